"""What the progress page shows, put together once for the patient and for her clinician."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.clock import iso_date
from accounts.models import Record as RecordRow
from progress.charts import Figure, both, periods_chart
from progress.figures.engine import Figures, compute
from progress.figures.values import HEADACHE_DAYS, METRICS, Record
from progress.periods import MOST_SHOWN, completeness_words, finding, periods
from progress.record import load
from progress.words import Headline, headline, metric_changes, metric_name, metric_switch_name
from treatments.actions import upcoming


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a metric and a day; `problem` says what could not be read."""

    metric: str
    as_of: date
    problem: str


def asked(query: Mapping[str, Any], today: date) -> Asked:
    """The metric and the day of a request; what makes no sense falls back, with a sentence."""
    metric = query.get("metric") or HEADACHE_DAYS
    text, problem = query.get("as_of") or "", ""
    as_of = iso_date(text) if text else today
    if as_of is None:
        as_of, problem = today, _("This is not a date. The page shows today.")
    elif as_of > today:
        as_of, problem = today, _("This day has not come yet. The page shows today.")
    elif as_of.year < 1900:
        as_of, problem = today, _("The diary begins in 1900. The page shows today.")
    if metric not in METRICS:
        metric, problem = HEADACHE_DAYS, _("There is no such figure. The page shows headache days.")
    return Asked(metric, as_of, problem)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many days of a span have an entry."""

    recorded: int
    days: int


def completeness(record: Record, figures: Figures) -> Completeness:
    """From the first entry to as_of."""
    known = [on for on in record.days if on <= figures.as_of]
    return Completeness(len(known), (figures.as_of - min(known)).days + 1 if known else 0)


def chart(rows: list[Any]) -> Figure | None:
    """The chart of 28-day periods, once there is something after the baseline."""
    return both(periods_chart, rows) if len(rows) > 1 else None


def dashboard(row: RecordRow, query: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The context of the progress page."""
    wanted = asked(query, today)
    record = load(row)
    figures = compute(record, wanted.as_of)
    rows = periods(figures, wanted.metric)
    sentence: Headline = headline(figures, bool(record.days))
    return {
        "record": row,
        "asked": wanted,
        "today": today,
        "figures": figures,
        "headline": sentence,
        "changes": metric_changes(figures),
        "metric_name": metric_name(wanted.metric),
        "switch": [(metric, metric_switch_name(metric)) for metric in METRICS],
        "periods": rows,
        "left_out": max(0, len(rows) - 1 - MOST_SHOWN),
        "finding": finding(rows),
        "completeness": completeness_words(rows),
        "chart": chart(rows),
        "whole": completeness(record, figures),
        "next": upcoming(row, today) if wanted.as_of == today else None,
    }
