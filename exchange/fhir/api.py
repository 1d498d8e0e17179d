"""The read-only FHIR API: what it can do, one record as a whole, single resources, and a search of Observations."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from core.dates import local_date
from exchange.fhir.access import is_key, use_key
from exchange.fhir.bundle import build_bundle, list_resources, write_bundle
from exchange.fhir.resources import Resource, patient_id
from exchange.fhir.search import (
    DEFAULT_COUNT,
    BadSearchError,
    Page,
    check_parameters,
    check_patient,
    match_codes,
    match_dates,
    parse_page,
)
from exchange.models import AccessKey, Scope

CONTENT_TYPE = "application/fhir+json"
READ_TYPES = (
    "Patient", "Observation", "MedicationStatement", "MedicationAdministration", "Procedure",
)  # fmt: skip
P = ParamSpec("P")
KeyView = Callable[Concatenate[HttpRequest, AccessKey, P], HttpResponse]


def fhir_response(resource: Resource, status: int = 200) -> HttpResponse:
    return HttpResponse(write_bundle(resource), content_type=CONTENT_TYPE, status=status)


def fhir_error(status: int, code: str, text: str) -> HttpResponse:
    """Return an OperationOutcome that says in a sentence what is wrong."""
    issue = {"severity": "error", "code": code, "diagnostics": text}
    response = fhir_response({"resourceType": "OperationOutcome", "issue": [issue]}, status)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="fhir"'
    if status == 405:
        response["Allow"] = "GET, HEAD"
    if status == 429:
        response["Retry-After"] = "60"
    return response


def is_allowed(request: HttpRequest, action: str, key: str | None = None) -> bool:
    """Count one request of a rate limit (ACCOUNT_RATE_LIMITS)."""
    # allauth's public function does not count GET.
    used = ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=True)
    return used is not None


def read_token(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def public(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Open an address of the API: no log-in, no form token; only reading."""

    @wraps(view)
    def handle(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if request.method not in ("GET", "HEAD"):
            return fhir_error(405, "not-supported", "This API only reads.")
        return view(*args, **kwargs)

    return csrf_exempt(login_not_required(handle))


def needs_key(view: KeyView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Require the bearer token of a key that works; its use is written into the audit log."""

    @public
    @wraps(view)
    def handle(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        token, now = read_token(request), timezone.now()
        # Requests without a key are counted by address, those with one by key. Only what is allowed is written down.
        has_key = bool(token) and is_key(token, now)
        if not (is_allowed(request, "fhir", token) if has_key else is_allowed(request, "fhir_refused")):
            return fhir_error(429, "throttled", "Too many requests. Wait a minute.")
        key = use_key(token, now) if has_key else None
        if key is None:
            return fhir_error(401, "login", "A bearer token of a key that works is needed.")
        try:
            return view(request, key, *args, **kwargs)
        except BadSearchError as error:
            return fhir_error(400, "invalid", str(error))

    return handle  # type: ignore[return-value]


def load_resources(key: AccessKey) -> list[Resource]:
    record = key.record
    today = local_date(record.user, timezone.now())
    return list_resources(record, today, with_notes=key.scope == Scope.EVERYTHING)


def not_found() -> HttpResponse:
    return fhir_error(404, "not-found", "There is no such resource, or this key does not open it.")


@public
def metadata(_request: HttpRequest) -> HttpResponse:
    """Say what the API can do."""
    return fhir_response(build_capabilities())


@needs_key
def read(_request: HttpRequest, key: AccessKey, kind: str, pk: str) -> HttpResponse:
    """Send one resource."""
    for resource in load_resources(key):
        if (resource["resourceType"], resource["id"]) == (kind, pk):
            return fhir_response(resource)
    return not_found()


@needs_key
def everything(request: HttpRequest, key: AccessKey, pk: str) -> HttpResponse:
    """Send every resource of the patient; in pages with _count."""
    check_parameters(request.GET, ())
    if pk != patient_id(key.record):
        return not_found()
    resources = load_resources(key)
    count = len(resources) if "_count" not in request.GET else DEFAULT_COUNT
    return page_response(request, resources, parse_page(request.GET, count))


@needs_key
def search_observations(request: HttpRequest, key: AccessKey) -> HttpResponse:
    """Send the Observations of some days and codes, in pages."""
    check_parameters(request.GET, ("patient", "subject", "date", "code"))
    page = parse_page(request.GET, DEFAULT_COUNT)
    has_date, has_code = match_dates(request.GET), match_codes(request.GET)
    matches = []
    if check_patient(request.GET, patient_id(key.record)):
        matches = [
            resource
            for resource in load_resources(key)
            if resource["resourceType"] == "Observation" and has_date(resource) and has_code(resource)
        ]
    return page_response(request, matches, page)


def page_response(request: HttpRequest, matches: list[Resource], page: Page) -> HttpResponse:
    end = page.offset + page.count
    links = [("self", page.offset)]
    if page.offset:
        links.append(("previous", max(0, page.offset - page.count)))
    if page.count and end < len(matches):
        links.append(("next", end))
    bundle = build_bundle(
        matches[page.offset : end],
        timezone.now(),
        "searchset",
        total=len(matches),
        link=[{"relation": name, "url": build_link(request, offset, page.count)} for name, offset in links],
    )
    return fhir_response(bundle)


def build_link(request: HttpRequest, offset: int, count: int) -> str:
    query = request.GET.copy()
    query["_count"], query["_offset"] = str(count), str(offset)
    return f"{settings.BASE_URL}{request.path}?{query.urlencode()}"


def build_capabilities() -> Resource:
    """Return the CapabilityStatement. It lists what the routes answer; a test walks over all of it."""
    search = [
        {"name": "patient", "type": "reference"},
        {"name": "date", "type": "date"},
        {"name": "code", "type": "token"},
    ]
    resources: list[Resource] = []
    for kind in READ_TYPES:
        resource: Resource = {"type": kind, "interaction": [{"code": "read"}]}
        if kind == "Observation":
            resource["interaction"].append({"code": "search-type"})
            resource["searchParam"] = search
        if kind == "Patient":
            definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
            resource["operation"] = [{"name": "everything", "definition": definition}]
        resources.append(resource)
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-30",
        "kind": "instance",
        "implementation": {"description": "Headache diary, read-only", "url": f"{settings.BASE_URL}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "description": "A bearer token that the patient makes on her access page, by scope and end."
                },
                "resource": resources,
            }
        ],
    }
