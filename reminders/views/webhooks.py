"""Delivery reports from the mail provider."""

import logging
from importlib import import_module

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

log = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_hook(request: HttpRequest) -> HttpResponse:
    """Accept the mail provider's bounce reports; anymail checks that it is the provider. 404 without one."""
    if not settings.MAIL_PROVIDER:
        raise Http404
    module = import_module(f"anymail.webhooks.{settings.MAIL_PROVIDER}")
    views = [
        member
        for name, member in vars(module).items()
        if name.endswith("TrackingWebhookView") and member.__module__ == module.__name__
    ]
    try:
        response: HttpResponse = views[0].as_view()(request)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # Anymail expects the form that the provider documents.
        log.warning("a report of the mail provider cannot be read: %s", type(error).__name__)
        return HttpResponseBadRequest(content_type="text/plain")
    return response
