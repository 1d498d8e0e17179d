"""Health checks and metrics."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from core.counters import format_totals
from core.health import list_setup_problems
from progress.cache.triggers import are_installed
from reminders.delivery.transport import NotSentError, open_transport
from reminders.operations.health import load_health
from reminders.operations.health import metrics as format_metrics


def is_private(request: HttpRequest) -> bool:
    """Whether the request may read the figures: it has the token, or comes from this machine without a proxy."""
    token: str = settings.METRICS_TOKEN
    if token and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return True
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} & set(request.headers)
    is_direct = not settings.ALLAUTH_TRUSTED_PROXY_COUNT and not forwarded
    return is_direct and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" when the site can serve; 503 with a line for each reason when it cannot, or only slowly.

    Reasons: those of /healthz, and that the triggers of the cache are missing.
    """
    problems = list_setup_problems()
    if not problems and not are_installed(connection):
        problems = ["triggers are missing: run manage.py migrate"]
    return HttpResponse(
        "\n".join(problems) or "ok", status=503 if problems else 200, content_type="text/plain"
    )


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return the age of the last tick and of the oldest due reminder; 503 when either is too old."""
    if not is_private(request):
        raise Http404
    health = load_health(timezone.now())
    figures = {
        "well": health.is_well,
        "heartbeat_age_seconds": health.tick_age,
        "oldest_due_seconds": health.oldest_due,
    }
    return JsonResponse(figures, status=200 if health.is_well else 503)


@login_not_required
@require_safe
def healthz_mail(request: HttpRequest) -> HttpResponse:
    """Answer "ok" if the mail server accepts a connection, 503 with the kind of error if it does not."""
    if not is_private(request):
        raise Http404
    transport = open_transport()
    try:
        transport.connect()
    except NotSentError as error:
        return HttpResponse(f"the mail server is not reached: {error}", status=503, content_type="text/plain")
    finally:
        transport.close()
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics for Prometheus."""
    if not is_private(request):
        raise Http404
    return HttpResponse(
        format_metrics(timezone.now()) + format_totals(),
        content_type="text/plain; version=0.0.4; charset=utf-8",
    )
