"""Delivery reports from the mail provider."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from reminders.operations import bounces


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_hook(request: HttpRequest) -> HttpResponse:
    """Accept the mail provider's bounce reports; anymail checks that it is the provider. 404 without one."""
    view = bounces.get_hook_view()
    if view is None:
        raise Http404
    return view(request)
