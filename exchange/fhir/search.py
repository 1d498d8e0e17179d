"""Searching the resources of a record: Observation by date and code, and pages (FHIR R4, search)."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import QueryDict

from exchange.fhir.resources import Resource

DATE: Final = re.compile(r"(eq|ne|gt|lt|ge|le)?(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
MAX_COUNT: Final = 1000
DEFAULT_COUNT: Final = 100
Span = tuple[date, date]


class BadSearchError(ValueError):
    """A search that is refused; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the matches: from `offset` on, at most `count`."""

    offset: int
    count: int


def parse_page(query: QueryDict, default: int) -> Page:
    return Page(
        parse_whole(query, "_offset", 0, 10_000_000), parse_whole(query, "_count", default, MAX_COUNT)
    )


def parse_whole(query: QueryDict, name: str, default: int, high: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise BadSearchError(f"{name} must be a whole number.")
    return min(int(text), high)


def check_parameters(query: QueryDict, known: Iterable[str]) -> None:
    unknown = sorted(set(query) - set(known) - {"_format", "_count", "_offset"})
    if unknown:
        raise BadSearchError(f"The parameter {unknown[0]!r} is not supported.")


def match_dates(query: QueryDict) -> Callable[[Resource], bool]:
    """Return whether an Observation matches every date of a query, such as ge2026-05 or 2026-05-06."""
    tests = [parse_date(text) for text in query.getlist("date")]
    return lambda resource: all(test(find_span(resource)) for test in tests)


def parse_date(text: str) -> Callable[[Span], bool]:
    parts = DATE.fullmatch(text)
    try:
        if parts is None:
            raise ValueError
        prefix, year, month, day = parts[1] or "eq", int(parts[2]), int(parts[3] or 0), int(parts[4] or 0)
        low = date(year, month or 1, day or 1)
        high = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError as error:
        raise BadSearchError(
            f"{text!r} is no date. Write it like 2026, 2026-05 or 2026-05-06, with eq, ne, gt, lt, ge or le before it."
        ) from error
    compare: dict[str, Callable[[Span], bool]] = {
        "eq": lambda span: low <= span[0] and span[1] <= high,
        "ne": lambda span: span[0] < low or high < span[1],
        "gt": lambda span: span[1] > high,
        "lt": lambda span: span[0] < low,
        "ge": lambda span: span[1] >= low,
        "le": lambda span: span[0] <= high,
    }
    return compare[prefix]


def find_span(resource: Resource) -> Span:
    """Return the days that an Observation is about."""
    period = resource.get("effectivePeriod")
    if period:
        return date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
    day = date.fromisoformat(resource["effectiveDateTime"])
    return day, day


def match_codes(query: QueryDict) -> Callable[[Resource], bool]:
    """Return whether an Observation has one of the codes of each `code`: code, system|code, system| or |code."""
    asked = [[parse_code(text) for text in texts.split(",")] for texts in query.getlist("code")]

    def matches(resource: Resource) -> bool:
        codings = resource["code"]["coding"]
        return all(
            any(
                system in (None, coding["system"]) and code in ("", coding["code"])
                for system, code in wanted
                for coding in codings
            )
            for wanted in asked
        )

    return matches


def parse_code(text: str) -> tuple[str | None, str]:
    if "|" not in text:
        return None, text
    system, _, code = text.partition("|")
    return system, code


def check_patient(query: QueryDict, patient_id: str) -> bool:
    """Return whether a query is about this patient, who may be left out."""
    named = [*query.getlist("patient"), *query.getlist("subject")]
    return all(name.removeprefix("Patient/") == patient_id for name in named)
