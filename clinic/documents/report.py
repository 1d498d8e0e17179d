"""The one-page report of a record: what the pages show, set as a PDF (clinic/documents/report.typ).

The same record, day and language give the same bytes; the checksum in the footer is that of the printed values.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Record
from charts.printed import draw_file
from clinic.documents.typeset import FONT, PAPERS, Document
from core import formatting
from figures.engine import Figures
from figures.values import HEADACHE_DAYS
from figures.wear_off import KEYS, LATER
from progress.cache.load import load_relief
from progress.cache.store import DashboardKey, load_cached_diary
from progress.charts.periods import period_charts
from progress.charts.weeks import weeks_chart
from progress.dashboard.source import PageSource
from progress.details.visit import sheet_context
from progress.models import Page
from progress.presentation.confounders import Course, find_annotations
from progress.presentation.doubts import describe_doubts
from progress.presentation.looks import build_look_changes
from progress.presentation.periods import build_periods, describe_completeness, describe_periods
from progress.presentation.reference_lines import build_line_labels
from progress.presentation.relief import build_relief_row
from progress.presentation.weeks import (
    WeekRow,
    describe_wear_off,
    describe_week,
    four_week_means,
    has_weeks,
    week_name,
    weekly_rate,
)
from treatments.actions import get_visit_sheet
from treatments.models import Preventive

# Pixels across the plots: more of them make a chart smaller on its fixed width of paper.
PERIODS_PLOT: Final = 1150
WEEKS_PLOT: Final = 560
SHORT_DAYS: Final = 56  # a preventive taken for less is marked as short


@dataclass(frozen=True, slots=True)
class Density:
    """How much stands on the page: the size of its text in points, and the rows of its lists."""

    size: float
    rows: int


# From roomy to dense; the first that fits on one page is used.
DENSITIES: Final = (
    Density(8.4, 6), Density(7.8, 6), Density(7.3, 5), Density(6.9, 4), Density(6.5, 3), Density(6, 2),
)  # fmt: skip


def write_report(record: Record, as_of: date, *, is_today: bool, is_own: bool, paper: str = "a4") -> bytes:
    """Return the report in the active language as a PDF of one page. paper: "a4" or "letter"."""
    source = build_source(record, as_of, is_today=is_today, is_own=is_own)
    content = build_content(source)
    document = Document("report.typ", fit_values(content, DENSITIES[0], paper))
    for density in DENSITIES[1:]:
        if document.count_pages() == 1:
            break
        document = Document("report.typ", fit_values(content, density, paper))
    return document.write_pdf(as_of)


def build_source(record: Record, as_of: date, *, is_today: bool, is_own: bool) -> PageSource:
    key = DashboardKey(
        Page.OVERVIEW, is_own, get_language() or "", "", as_of, is_today, record.user.time_zone
    )
    return PageSource(record, load_cached_diary(record), key)


def fit_values(content: dict[str, Any], density: Density, paper: str) -> dict[str, Any]:
    """Return the values of the template: the content with its lists cut, size, paper and checksum."""
    values = dict(content)
    for name in ("sessions", "medicine", "preventives"):
        values[name] = content[name][: density.rows]
    for side in ("left", "right"):
        values[side] = [
            {"title": title, "lines": cut_lines(lines, density.rows)}
            for title, lines in content[side]
            if lines
        ]
    checksum = sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
    footer = _(
        "As of %(day)s · checksum %(checksum)s · version %(version)s. Counts from the diary; no advice."
    ) % {
        "day": content["as_of"],
        "checksum": checksum,
        "version": read_version(),
    }
    return {**values, "size": density.size, "paper": PAPERS[paper], "footer": footer}


def cut_lines(lines: list[str], rows: int) -> list[str]:
    if len(lines) <= rows:
        return lines
    return [*lines[:rows], _("and %(number)s more in the diary") % {"number": len(lines) - rows}]


@cache
def read_version() -> str:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def build_content(source: PageSource) -> dict[str, Any]:
    """Return every text of the report."""
    record, figures, as_of = source.record, source.figures, source.key.as_of
    sheet = sheet_context(source)
    courses = [Course(each.name, each.started, each.ended) for each in source.preventives]
    headline = sheet["headline"]
    return {
        "lang": (get_language() or "en").split("-")[0],
        "title": _("Headache diary: report"),
        "author": "botoxtrack",
        "patient": str(record.user),
        "day": [as_of.year, as_of.month, as_of.day],
        "as_of": formatting.day(as_of),
        "facts": build_facts(source),
        "headline": headline.title,
        "detail": headline.detail,
        "doubts": " ".join(describe_doubts(figures, courses)),
        **build_change_table(source),
        **build_charts(source, courses),
        **build_session_table(sheet),
        **build_medicine_table(sheet.get("medicine") or {}),
        **build_preventive_table(source.preventives, as_of),
        **build_lines_table(source),
        **build_lists(source, sheet),
        "words": {
            "page": _("Page"),
            "before_after": _("Before and after"),
            "chart": _("Headache days in each 28 days"),
            "sessions": _("Sessions"),
            "medicine": _("Days with acute medicine"),
            "preventives": _("Other preventives"),
            "weeks": _("Weeks after the injection"),
            "lines": _("Yardsticks from guidelines"),
        },
    }


def build_facts(source: PageSource) -> list[str]:
    """Return the day and the criterion, then completeness and the next session."""
    record, figures, as_of = source.record, source.figures, source.key.as_of
    facts = [
        _("As of %(day)s. A headache day is: %(criterion)s.")
        % {"day": formatting.day(as_of), "criterion": record.get_criterion_display()}
    ]
    lines = []
    now = figures.now
    if figures.baseline is not None and now is not None:
        lines.append(
            _(
                "Days filled in: %(before)s of the 28 before the first session, %(recorded)s of the last %(days)s."
            )
            % {"before": figures.baseline.recorded, "recorded": now.recorded, "days": now.days}
        )
    if source.next_session and source.next_session.last:
        lines.append(
            _("Week %(week)s of the cycle; next session %(day)s.")
            % {"week": source.next_session.week_of_cycle, "day": formatting.day(source.next_session.target)}
        )
    if lines:
        facts.append(" ".join(lines))
    return facts


def build_change_table(source: PageSource) -> dict[str, Any]:
    """Return each metric before and at the latest look, with its change and interval."""
    rows = []
    for change in build_look_changes(source.figures):
        before, after = (
            "–" if rate is None else formatting.decimal(rate) for rate in (change.before, change.after)
        )
        rows.append(
            [
                change.name,
                f"{before} ({change.before_raw})",
                f"{after} ({change.after_raw})" if change.after_raw != "–" else "–",
                f"{change.difference} ({change.percent})" if change.difference != "–" else "–",
                change.interval,
                change.label,
            ]
        )
    return {
        "changes": rows,
        "change_head": [
            _("In 28 days"),
            _("before"),
            _("at the latest look"),
            _("difference"),
            _("likely range"),
            _("what it shows"),
        ],
        "change_note": " ".join(
            [
                *describe_windows(source.figures),
                _(
                    "A month is 28 days; a number needs 20 counted days. A change is judged at fixed looks, with a "
                    "99 % range. Some people start in a bad spell that would have passed anyway."
                ),
            ]
        ),
    }


def describe_windows(figures: Figures) -> list[str]:
    """Return the days that the table compares."""
    look = figures.looks[HEADACHE_DAYS] if figures.looks else None
    before = look.before if look else figures.baseline
    texts = []
    if before is not None:
        text = _("Before: %(start)s to %(end)s.")
        texts.append(text % {"start": formatting.day(before.start), "end": formatting.day(before.end)})
    if look is not None:
        text = _("Latest look: %(start)s to %(end)s.")
        texts.append(text % {"start": formatting.day(look.start), "end": formatting.day(look.end)})
    return texts


def build_charts(source: PageSource, courses: Sequence[Course]) -> dict[str, Any]:
    """Return the charts of the pages as SVG, each with its finding as alternative text; None where there is none."""
    figures = source.figures
    periods = build_periods(figures, HEADACHE_DAYS, source.span)
    chart = weeks = None
    finding = ""
    if len(periods) > 1:
        wide, _narrow = period_charts(periods, find_annotations(courses, figures))
        alt = f"{describe_periods(periods)} {describe_completeness(periods)}"
        chart = {"svg": draw_file(wide, PERIODS_PLOT, FONT), "alt": alt}
    wear_off = figures.wear_off
    if wear_off is not None and has_weeks(wear_off):
        finding, _detail = describe_wear_off(wear_off)
        numbers = KEYS[: KEYS.index(LATER)]
        rates = [weekly_rate(wear_off.weeks[key]) for key in numbers]
        by_cycle = [
            [weekly_rate(cycle.weeks[key]) if key in cycle.weeks else None for key in numbers]
            for cycle in figures.cycle_weeks
        ]
        texts = [
            describe_week(WeekRow(week_name(key), week.count, week.known, weekly_rate(week)))
            for key, week in wear_off.weeks.items()
        ]
        drawn = weeks_chart(
            four_week_means(wear_off),
            rates,
            by_cycle,
            texts[: len(numbers)],
            has_signal=bool(wear_off.signal),
        )
        weeks = {"svg": draw_file(drawn, WEEKS_PLOT, FONT), "alt": f"{finding} {' '.join(texts)}"}
    return {"chart": chart, "weeks": weeks, "weeks_finding": finding}


def build_session_table(sheet: dict[str, Any]) -> dict[str, Any]:
    """Return the latest sessions with units, sites, lot and the days since the one before."""
    rows = [
        [
            f"{line.number} · {formatting.abbreviated_day(line.session.date)}",
            "–" if line.session.units is None else formatting.halves(float(line.session.units)),
            str(line.session.sites or "–"),
            line.session.lot or "–",
            "–" if line.days_since is None else str(line.days_since),
        ]
        for line in sheet["session_lines"]
    ]
    products = list(dict.fromkeys(line.session.product for line in sheet["session_lines"]))
    return {
        "sessions": rows,
        "session_head": [_("Date"), _("Units"), _("Sites"), _("Lot"), _("Days since the last")],
        "session_note": ", ".join(products),
    }


def build_medicine_table(medicine: dict[str, Any]) -> dict[str, Any]:
    """Return the days of each group by month, the running month first, and the published lines."""
    names = [name[:1].upper() + name[1:] for name in medicine.get("names", [])]
    rows = [
        [formatting.month_year(first), *map(str, days), f"{recorded}/{length}"]
        for first, days, recorded, length in medicine.get("months", [])
    ]
    notes = [
        _("Published line, %(group)s: %(limit)s days a month.") % {"group": name, "limit": limit}
        for name, limit in medicine.get("limits", [])
    ]
    return {
        "medicine": rows[::-1],
        "medicine_head": [_("Month"), *names, _("filled in")],
        "medicine_note": " ".join(notes),
    }


def build_preventive_table(courses: Sequence[Preventive], as_of: date) -> dict[str, Any]:
    """Return the preventives with dose, class and days; under 8 weeks they are marked as short."""
    rows = []
    for course in courses:
        name = f"{course.name}, {course.dose}" if course.dose else course.name
        rows.append(
            [
                name,
                str(course.get_drug_class_display()) if course.drug_class else "–",
                describe_days(course, as_of),
            ]
        )
    return {
        "preventives": rows[::-1],
        "preventive_head": [_("Name, dose"), _("Class"), _("Days taken")],
    }


def describe_days(course: Preventive, as_of: date) -> str:
    """Return how many days a preventive was taken, such as "40, short" or "210, taken now"."""
    if course.started is None or (course.ended is None and not course.runs(as_of)):
        return _("not recorded")
    last = min(course.ended or as_of, as_of)
    days = (last - course.started).days + 1
    if course.runs(as_of):
        return _("%(days)s, taken now") % {"days": days}
    return _("%(days)s, short") % {"days": days} if days < SHORT_DAYS else str(days)


def build_lines_table(source: PageSource) -> dict[str, Any]:
    rows = []
    for rule in source.figures.rules:
        label = build_line_labels(rule)
        doubt = " ".join(filter(None, [label.robust, label.luck]))
        rows.append([f"{label.title} ({label.source})", label.verdict_label, label.working, doubt or "–"])
    head = [_("Line and source"), _("Verdict"), _("Working"), _("How sure")]
    return {"lines": rows, "line_head": head}


def build_lists(source: PageSource, sheet: dict[str, Any]) -> dict[str, list[tuple[str, list[str]]]]:
    """Return what stands as lists in the two columns, each with its title."""
    effects = [
        f"{line.name}: {line.frequency}{f', {line.worst}' if line.worst else ''}"
        for line in sheet["effect_lines"]
    ]
    relief = [
        f"{row.name}: {row.taken}, {row.helped}"
        for row in map(build_relief_row, load_relief(source.record, source.key.as_of))
    ]
    return {
        "left": [
            (_("Relief in the last 84 days"), relief),
            (_("What I want to ask"), get_visit_sheet(source.record).questions),
        ],
        "right": [(_("Side effects"), effects), (_("Scores"), sheet["score_lines"])],
    }
