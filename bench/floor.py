"""The floor: a logged-in page of the base template that reads one row, and does nothing else."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, get_own_record


@require_safe
def floor(request: PersonRequest) -> HttpResponse:
    return render(request, "floor.html", {"record": get_own_record(request)})


urlpatterns = [path("floor/", floor, name="floor"), path("", include("botoxtrack.urls"))]
