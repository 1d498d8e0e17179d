"""Health checks and metrics."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from reminders.operations import health


def is_private(request: HttpRequest) -> bool:
    """Whether a machine may read figures: by the token, or from this very machine when no proxy stands between."""
    token: str = settings.METRICS_TOKEN
    if token and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return True
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} & set(request.headers)
    nobody_between = not settings.ALLAUTH_TRUSTED_PROXY_COUNT and not forwarded
    return nobody_between and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The age of the last tick and of the oldest due row; 503 when either is too old."""
    if not is_private(request):
        raise Http404
    found = health.health(timezone.now())
    figures = {
        "well": found.is_well,
        "heartbeat_age_seconds": found.tick_age,
        "oldest_due_seconds": found.oldest_due,
    }
    return JsonResponse(figures, status=200 if found.is_well else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, and for nobody else."""
    if not is_private(request):
        raise Http404
    return HttpResponse(
        health.metrics(timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
