"""Facts that clinics ask for before treatment: counts from the record beside published numbers, no verdict. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from core import formatting
from figures.metric_index import MetricIndex
from figures.values import ACUTE_MEDICATION_DAYS, HEADACHE_DAYS, MIGRAINE_DAYS
from figures.windows import Window, build_now


class TriedPreventive(NamedTuple):
    """A course of a preventive; `is_running` on the day of the figures."""

    name: str
    started: date | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: what is counted, the count before the first session and lately, and the published number."""

    name: str
    before: str
    now: str
    published: str


def build_eligibility_facts(
    index: MetricIndex, baseline: Window | None, tried: Sequence[TriedPreventive]
) -> list[Fact]:
    """Build the facts as of the day of the index; `before` is a dash without a session."""
    as_of, latest = index.as_of, build_now(index)
    day_before = baseline.end if baseline else None
    counted = [
        Fact(
            name,
            describe_counted(baseline, metric) if baseline else "–",
            describe_counted(latest, metric),
            line,
        )
        for metric, name, line in (
            (HEADACHE_DAYS, _("Headache days"), _("15 or more a month (NICE TA260, ICHD-3 1.3)")),
            (MIGRAINE_DAYS, _("Migraine days"), _("8 or more a month (NICE TA260, ICHD-3 1.3)")),
            (ACUTE_MEDICATION_DAYS, _("Days with acute medication"), _("limits by class: ICHD-3 8.2")),
        )
    ]
    return [
        *counted[:2],
        Fact(
            _("Preventives entered"),
            describe_tried(tried, day_before) if day_before else "–",
            f"{describe_tried(tried, as_of)}. {describe_running(tried, as_of)}"
            if tried
            else _("none entered"),
            _("3 or more tried (NICE TA260)"),
        ),
        counted[2],
    ]


def describe_counted(window: Window, metric: str) -> str:
    """Return "20 in 26 counted days of 28"."""
    count = window.metrics[metric]
    if not count.known:
        return _("not known")
    return _("%(count)s in %(known)s counted days of %(days)s") % {
        "count": formatting.whole(count.count),
        "known": count.known,
        "days": window.days,
    }


def describe_tried(tried: Sequence[TriedPreventive], last: date) -> str:
    """Count and name the different preventives that had been started by a day, as far as they are entered."""
    names = list_names(course for course in tried if course.started is None or course.started <= last)
    if not names:
        return _("none entered")
    return _("%(number)s tried by then: %(names)s") % {"number": len(names), "names": ", ".join(names)}


def describe_running(tried: Sequence[TriedPreventive], as_of: date) -> str:
    """Name the preventives that are still taken on a day."""
    names = list_names(
        course
        for course in tried
        if course.is_running and (course.started is None or course.started <= as_of)
    )
    return _("Taken now: %(names)s") % {"names": ", ".join(names) or _("none entered")}


def list_names(courses: Iterable[TriedPreventive]) -> list[str]:
    """List each name once."""
    return list(dict.fromkeys(course.name for course in courses))
