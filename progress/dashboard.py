"""What the progress page shows, put together once for the patient and for her clinician."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.clock import iso_date
from accounts.models import Record as RecordRow
from headaches.calendar import year
from progress.charts import Figure, both, medication_chart, periods_chart, shown, weeks_chart
from progress.confounders import Course, Mark, caveat, marks
from progress.figures.answers import Answers
from progress.figures.engine import Figures, compute_from
from progress.figures.rules import REACHED
from progress.figures.values import HEADACHE_DAYS, METRICS, Record
from progress.figures.wear_off import weeks_of_cycles
from progress.gaps import oldest_gap
from progress.lines import line_words
from progress.medication import Group, groups
from progress.medication import value_words as month_words
from progress.periods import MOST_SHOWN, Period, completeness_words, finding, periods
from progress.periods import value_words as period_words
from progress.record import load
from progress.weeks import (
    cycle_lines,
    four_week_means,
    has_weeks,
    value_words,
    week_rows,
    weeks_detail,
    weeks_finding,
)
from progress.words import full_hint, headline, metric_changes, metric_name, metric_switch_name
from treatments.actions import upcoming
from treatments.models import Preventive

Context = dict[str, Any]


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
    """How many days of a span have an entry, and the oldest gap worth filling."""

    recorded: int
    days: int
    gap: date | None


def completeness(record: Record, as_of: date, today: date) -> Completeness:
    """From the first entry to as_of."""
    known = [on for on in record.days if on <= as_of]
    days = (as_of - min(known)).days + 1 if known else 0
    return Completeness(len(known), days, oldest_gap(record, today) if as_of == today else None)


def read(rows: list[Period]) -> list[tuple[float, str]]:
    return [(index, period_words(row)) for index, row in enumerate(rows)]


def states(record: Record) -> dict[date, str]:
    """The state of each recorded day, as the calendar names it."""
    return {on: (day.intensity or "headache") if day.headache else "free" for on, day in record.days.items()}


def periods_context(figures: Figures, metric: str, found: list[Mark]) -> Context:
    """The before-and-after chart of one metric, with its sentence and its table."""
    rows: list[Period] = periods(figures, metric)
    return {
        "metric_name": metric_name(metric),
        "switch": [(one, metric_switch_name(one)) for one in METRICS],
        "periods": rows,
        "left_out": max(0, len(rows) - 1 - MOST_SHOWN),
        "finding": finding(rows),
        "completeness": completeness_words(rows),
        "chart": both(periods_chart, rows, found, wide=read(shown(rows)), narrow=read(rows))
        if len(rows) > 1
        else None,
        "marks": found,
        "caveat": caveat(found),
    }


def weeks_context(answers: Answers, figures: Figures) -> Context:
    """Weeks since the injection; {} while there is none to draw."""
    found = figures.wear_off
    if found is None or not has_weeks(found):
        return {}
    cycles = weeks_of_cycles(answers)
    rows = week_rows(found)
    values = [(week, value_words(row)) for week, row in enumerate(rows[:12], start=1)]
    drawn: Figure = both(
        weeks_chart,
        four_week_means(found),
        [found.weeks[str(week)].per_week for week in range(1, 13)],
        cycle_lines(cycles),
        bool(found.signal),
        wide=values,
        narrow=values,
    )
    return {
        "weeks_chart": drawn,
        "weeks_rows": rows,
        "weeks_finding": weeks_finding(found),
        "weeks_detail": weeks_detail(found),
        "weeks_cycles": len(cycles),
    }


def medication_context(record: Record, figures: Figures) -> Context:
    """A chart and a table for each group of acute medicine of the last months."""
    return {"medication": [(group, medication_figure(group)) for group in groups(figures, record)]}


def medication_figure(group: Group) -> Figure:
    values = [(index, month_words(month)) for index, month in enumerate(group.months)]
    return both(medication_chart, group.months, group.limit, wide=values, narrow=values)


def lines_context(figures: Figures) -> Context:
    lines = [line_words(rule) for rule in figures.rules]
    return {"lines": lines, "lines_reached": sum(line.verdict == REACHED for line in lines)}


def courses(row: RecordRow) -> list[Course]:
    found = Preventive.objects.filter(record=row).values_list("name", "started", "ended")
    return [Course(name, started, ended) for name, started, ended in found]


def dashboard(row: RecordRow, query: Mapping[str, Any], today: date) -> Context:
    """The context of the progress page."""
    wanted = asked(query, today)
    record = load(row)
    answers = Answers.of(record, wanted.as_of)
    figures = compute_from(answers, record)
    return {
        "record": row,
        "asked": wanted,
        "today": today,
        "figures": figures,
        "headline": headline(figures, bool(record.days)),
        "hint": full_hint(figures),
        "changes": metric_changes(figures),
        "whole": completeness(record, wanted.as_of, today),
        "year": year(states(record), wanted.as_of, record.sessions) if record.days else [],
        "next": upcoming(row, today) if wanted.as_of == today else None,
        **periods_context(figures, wanted.metric, marks(courses(row), figures)),
        **weeks_context(answers, figures),
        **medication_context(record, figures),
        **lines_context(figures),
    }
