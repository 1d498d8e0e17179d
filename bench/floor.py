"""The page that others are compared with: logged in, of the base template, reading one row and nothing else."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record


@require_safe
def floor(request: PersonRequest) -> HttpResponse:
    return render(request, "floor.html", {"record": get_own_record(request)})


urlpatterns = [path("floor/", floor, name="floor"), path("", include("botoxtrack.urls"))]
