"""The record of a patient as one FHIR R4 bundle, validated with the models of fhir.resources (R4B)."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings

from accounts.models import Record
from exchange.fhir.figures import build_figures
from exchange.fhir.resources import (
    Resource,
    Subject,
    build_day,
    build_injection,
    build_intake,
    build_patient,
    build_preventive,
    build_score,
    build_session,
)
from figures.engine import figures_from_index
from headaches.models import DiaryDay
from progress.cache.store import load_cached_diary
from treatments.models import InjectionSession, InjectionSite

# The shapes that this process has validated.
KNOWN_SHAPES: Final[set[object]] = set()


def list_resources(record: Record, as_of: date, *, with_notes: bool = True) -> list[Resource]:
    """Return every resource of a record up to a day, the patient first. The queries are few, whatever the length."""
    subject = Subject(record)
    figures = figures_from_index(load_cached_diary(record).build_index(as_of))
    resources = [build_patient(subject)]
    recorded: list[date] = []
    days = (
        DiaryDay.objects.filter(record=record, date__lte=as_of).prefetch_related("intakes").order_by("date")
    )
    for day in days:
        recorded.append(day.date)
        resources.append(build_day(subject, day, with_notes=with_notes))
        resources += [
            build_intake(subject, day.date, position, intake)
            for position, intake in enumerate(day.intakes.all())
        ]
    for position, course in enumerate(record.preventives.order_by("started", "name", "pk")):
        if course.started is None or course.started <= as_of:
            resources.append(build_preventive(subject, position, course, as_of, with_notes=with_notes))
    resources += list_sessions(subject, as_of, with_notes=with_notes)
    resources += [
        build_score(subject, score) for score in record.scores.filter(date__lte=as_of).order_by("date", "pk")
    ]
    resources += build_figures(subject, figures, recorded)
    return resources


def list_sessions(subject: Subject, as_of: date, *, with_notes: bool) -> list[Resource]:
    resources = []
    sessions = InjectionSession.objects.filter(record=subject.record, date__lte=as_of).order_by("date")
    for session in sessions.prefetch_related("injections", "side_effects"):
        effects = [effect.effect for effect in session.side_effects.all()]
        resources.append(build_session(subject, session, effects, with_notes=with_notes))
        sites: list[InjectionSite | None] = list(session.injections.all())
        resources += [build_injection(subject, session, site) for site in sites or [None]]
    return resources


def build_bundle(
    resources: Iterable[Resource], now: datetime, kind: str = "collection", **more: Any
) -> Resource:
    """Return a bundle of resources, after their shapes were validated. Their references are those of the API."""
    listed = list(resources)
    validate_shapes(listed)
    entries = [{"fullUrl": build_url(resource), "resource": resource} for resource in listed]
    if kind == "searchset":
        entries = [{**entry, "search": {"mode": "match"}} for entry in entries]
    timestamp = now.isoformat(timespec="seconds")
    return {"resourceType": "Bundle", "type": kind, "timestamp": timestamp, **more, "entry": entries}


def build_url(resource: Resource) -> str:
    return f"{settings.BASE_URL}/fhir/{resource['resourceType']}/{resource['id']}"


def write_bundle(bundle: Resource) -> bytes:
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def validate_shapes(resources: Iterable[Resource]) -> None:
    """Validate one resource of each shape. Raise ValueError if it is not FHIR.

    Resources of one shape (the same fields with values of the same types) differ in dates, numbers and texts alone.
    Validating each of a diary of ten years would take longer than building it; the tests do that.
    """
    for resource in resources:
        shape = describe_shape(resource)
        if shape not in KNOWN_SHAPES:
            validate_resource(resource)
            KNOWN_SHAPES.add(shape)


def describe_shape(value: Any, name: str = "") -> object:
    """Return what two resources of the same shape have in common; of lists, the different shapes of their items."""
    if isinstance(value, dict):
        return tuple((key, describe_shape(item, key)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(dict.fromkeys(describe_shape(item) for item in value))
    return value if name in ("resourceType", "status") else type(value)


def validate_resource(resource: Resource) -> None:
    """Validate one resource as a whole. Raise ValueError if it is not FHIR R4B."""
    # Imported here: the models take half a second, which no other page needs.
    from fhir.resources.R4B import get_fhir_model_class

    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
