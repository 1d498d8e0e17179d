"""SMART Health Links: the manifest and the encrypted file behind the QR code that the patient shows at a visit."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.dates import local_date
from core.json_text import parse_json
from exchange.fhir.access import open_link, read_link, read_secret
from exchange.fhir.api import CONTENT_TYPE, is_allowed
from exchange.fhir.bundle import build_bundle, list_resources, write_bundle
from exchange.models import HealthLink, Scope

FILE_SECONDS = 300  # for which the address of a file works; the specification allows an hour
SALT = "exchange.health-link-file"
View = Callable[..., HttpResponse]


def for_viewers(view: View) -> View:
    """Open an address to viewers, which are pages of other sites: no log-in, no form token, any origin."""

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
        elif is_allowed(request, "health_link"):
            response = view(request, *args, **kwargs)
        else:
            response = JsonResponse({"error": "Too many requests. Wait a minute."}, status=429)
            response["Retry-After"] = "60"
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "content-type"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return csrf_exempt(login_not_required(handle))


def refuse(text: str, status: int, **more: Any) -> HttpResponse:
    return JsonResponse({"error": text, **more}, status=status)


@for_viewers
@require_http_methods(["POST"])
def manifest(request: HttpRequest, token: str) -> HttpResponse:
    """Send the manifest with the encrypted file to who names a recipient and, where one is set, the passcode."""
    try:
        asked = parse_json(request.body)
        recipient, passcode = asked["recipient"], asked.get("passcode", "")
        limit = asked.get("embeddedLengthMax")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return refuse("Send JSON with a recipient.", 400)
    if not isinstance(recipient, str) or not recipient.strip() or not isinstance(passcode, str):
        return refuse("Send JSON with a recipient.", 400)
    now = timezone.now()
    link, is_open = open_link(token, passcode, now)
    if link is None:
        return refuse("This link does not exist or has ended.", 404)
    if not is_open:
        return refuse("The passcode is wrong.", 401, remainingAttempts=link.tries_left)
    file = encrypt_record(link, now)
    answer: dict[str, Any] = {"contentType": CONTENT_TYPE}
    if isinstance(limit, int) and len(file) > limit:
        ticket = signing.dumps(link.pk, salt=SALT)
        answer["location"] = settings.BASE_URL + reverse("health_link_file", kwargs={"ticket": ticket})
    else:
        answer["embedded"] = file
    status = "can-change" if link.is_long_term else "finalized"
    return JsonResponse({"status": status, "files": [answer]})


@for_viewers
@require_http_methods(["GET"])
def file(_request: HttpRequest, ticket: str) -> HttpResponse:
    """Send the encrypted file at the address that a manifest named, while the link works."""
    try:
        pk = signing.loads(ticket, salt=SALT, max_age=FILE_SECONDS)
    except signing.BadSignature as error:
        raise Http404 from error
    now = timezone.now()
    link = read_link(pk, now)
    if link is None:
        raise Http404
    return HttpResponse(encrypt_record(link, now), content_type="application/jose")


def encrypt_record(link: HealthLink, now: datetime) -> str:
    """Return the bundle of the record as a JWE, encrypted with the key that only the QR code holds."""
    # Imported here: no other page encrypts.
    from joserfc import jwe
    from joserfc.jwk import OctKey

    record = link.record
    today = local_date(record.user, now)
    resources = list_resources(record, today, with_notes=link.scope == Scope.EVERYTHING)
    header = {"alg": "dir", "enc": "A256GCM", "cty": CONTENT_TYPE, "zip": "DEF"}
    key = OctKey.import_key({"kty": "oct", "k": read_secret(link)["key"]})
    return jwe.encrypt_compact(header, write_bundle(build_bundle(resources, now)), key)
