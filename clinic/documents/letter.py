"""The continuation letter: its sections, filled from the figures. What the diary does not know is said, not filled in.

A section is a title and lines of plain text, which the clinician edits before it becomes a DOCX or PDF. What identifies
the patient to a payer, and what only an examination can tell, are blanks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.documents.report import describe_days
from clinic.payers.assess import answer_rules
from core import formatting
from figures.change import compute_change
from figures.engine import Figures, figures_from_index
from figures.metric_index import MetricIndex
from figures.payers import RuleSet
from figures.values import ANY, FOUR_HOURS, HEADACHE_DAYS, HEADACHE_HOURS, LOST_DAYS, MIGRAINE_DAYS
from figures.windows import Window
from headaches.medicine_days import group_name
from progress.cache.load import load_relief
from progress.dashboard.scores import load_impressions
from progress.dashboard.source import PageSource
from progress.details.visit import sheet_context
from progress.presentation.medication import build_groups
from progress.presentation.relief import build_relief_row
from progress.presentation.sentences import metric_name
from treatments.actions import load_latest_goals
from treatments.domain.scores import format_score
from treatments.models import MIDAS_COUNTS, InjectionSession, Score

# Left to the clinician: the diary does not know them, or must not say them.
BLANKS: Final = {
    "patient": gettext_lazy("Name of the patient"),
    "born": gettext_lazy("Date of birth"),
    "member": gettext_lazy("Member number"),
    "claim": gettext_lazy("Claim number"),
    "diagnosis": gettext_lazy("ICD-10"),
    "npi": gettext_lazy("NPI"),
    "examination": gettext_lazy("Examination"),
    "other_causes": gettext_lazy("Other causes excluded"),
    "dose": gettext_lazy("Dose asked for"),
    "signature": gettext_lazy("Name and signature of the clinician"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the letter. code: its name in forms."""

    code: str
    title: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def build_sections(source: PageSource, rule_set: RuleSet | None) -> list[Section]:
    """Return the sections of a letter in the active language; a part without data says that it is not recorded."""
    sheet = sheet_context(source)
    parts: list[tuple[str, str, list[str]]] = [
        ("change", _("Headache before and now"), list(describe_change(source))),
        ("rules", rule_set.name if rule_set else "", list(describe_rules(source, rule_set))),
        ("treatment", _("Treatment"), list(describe_treatment(source))),
        ("preventives", _("Preventives tried"), list(describe_preventives(source))),
        ("relief", _("Response to acute medicine, last 84 days"), list(describe_response(source))),
        ("overuse", _("Days with acute medicine by month"), list(describe_months(source))),
        ("scores", _("Scores"), list(describe_scores(source))),
        ("effects", _("Side effects"), list(describe_effects(sheet))),
        ("function", _("Function"), list(describe_function(source))),
    ]
    return [Section(code, title, lines or [_("not recorded")]) for code, title, lines in parts if title]


# ---------- headache ----------


def describe_change(source: PageSource) -> Iterator[str]:
    """Yield the windows, each metric before and now with its change, and how it is counted."""
    figures = source.figures
    if figures.baseline is None or figures.now is None:
        yield _("There is no session in the record yet, so nothing can be compared.")
        return
    dates = source.index.diary.recorded_dates()
    if dates is not None:
        yield _(
            "The diary covers %(start)s to %(end)s; %(recorded)s of these %(days)s days are filled in."
        ) % {
            "start": formatting.day(dates[0]),
            "end": formatting.day(dates[1]),
            "recorded": source.index.recorded(*dates),
            "days": (dates[1] - dates[0]).days + 1,
        }
    yield describe_window(_("Before the first session"), figures.baseline)
    yield describe_window(_("Now"), figures.now)
    for name, metric, criterion in (
        (_("Headache days, any length"), HEADACHE_DAYS, ANY),
        (_("Headache days of 4 hours or more"), HEADACHE_DAYS, FOUR_HOURS),
        (metric_name(MIGRAINE_DAYS), MIGRAINE_DAYS, ANY),
        (metric_name(HEADACHE_HOURS), HEADACHE_HOURS, ANY),
    ):
        yield describe_metric(name, metric, figures_of(source, criterion))
    yield _("A month is 28 days: the count of the known days × 28 / their number, from 20 known days on.")


def figures_of(source: PageSource, criterion: str) -> Figures:
    """Return the figures under a criterion, which need not be that of the record."""
    index = source.index
    if index.criterion == criterion:
        return source.figures
    return figures_from_index(MetricIndex.of_packed(index.diary, index.sessions, criterion, index.as_of))


def describe_window(name: str, window: Window) -> str:
    return _("%(name)s: %(start)s to %(end)s, %(recorded)s of %(days)s days filled in.") % {
        "name": name,
        "start": formatting.day(window.start),
        "end": formatting.day(window.end),
        "recorded": window.recorded,
        "days": window.days,
    }


def describe_metric(name: str, metric: str, figures: Figures) -> str:
    """Return "Headache days: 21.0 a month before (28 known days), 10.1 now (25 known days): −10.9, −52 %"."""
    if figures.baseline is None or figures.now is None:
        return name + ": " + _("not recorded") + "."
    before, now = figures.baseline.metrics[metric], figures.now.metrics[metric]
    text = _("%(name)s: %(before)s before, %(now)s now") % {
        "name": name,
        "before": describe_rate(before.per_28, before.known),
        "now": describe_rate(now.per_28, now.known),
    }
    change = compute_change(metric, before, now, 0.0)
    if change is None:
        return f"{text}."
    percent = f", {formatting.percent(change.percent)}" if change.percent is not None else ""
    return f"{text}: {formatting.signed(change.difference)}{percent}."


def describe_rate(per_28: float | None, known_days: int) -> str:
    if per_28 is None:
        return _("not enough recorded (%(known)s known days)") % {"known": known_days}
    return _("%(rate)s a month (%(known)s known days)") % {
        "rate": formatting.decimal(per_28),
        "known": known_days,
    }


def describe_rules(source: PageSource, rule_set: RuleSet | None) -> Iterator[str]:
    """Yield for each rule what it asks, what the diary shows, and whether these numbers meet it."""
    if rule_set is None:
        return
    for answer in answer_rules(source.record, source.index, (rule_set,)):
        for rule in answer.rules:
            yield f"{rule.stage}: {rule.asks}"
            yield f"{rule.shows} {rule.verdict}"
            yield from rule.working
    yield _("Source: %(source)s, read on %(day)s.") % {
        "source": rule_set.source,
        "day": formatting.day(rule_set.checked),
    }


# ---------- treatment ----------


def describe_treatment(source: PageSource) -> Iterator[str]:
    """Yield each session with product, units, sites, lot, waste and the days since the one before; the next date."""
    sessions = InjectionSession.objects.filter(record=source.record, date__lte=source.key.as_of).order_by(
        "date"
    )
    before: date | None = None
    muscles_before = ""
    for number, session in enumerate(sessions.prefetch_related("injections"), start=1):
        sites = sum(site.sites or 0 for site in session.injections.all())
        units = formatting.halves(float(session.units)) if session.units is not None else _("not recorded")
        wasted = formatting.halves(float(session.wasted)) if session.wasted is not None else _("not recorded")
        parts = [
            session.product or _("product not recorded"),
            _("units: %(units)s") % {"units": units},
            _("sites: %(sites)s") % {"sites": sites or _("not recorded")},
            _("lot: %(lot)s") % {"lot": session.lot or _("not recorded")},
            _("units wasted: %(units)s") % {"units": wasted},
        ]
        if before is not None:
            parts.append(_("%(days)s days after the session before") % {"days": (session.date - before).days})
        before = session.date
        yield f"{number} · {formatting.day(session.date)}: {', '.join(parts)}."
        muscles = describe_muscles(session)
        if muscles and muscles == muscles_before:
            yield _("Units by muscle: as in the session before.")
        elif muscles:
            yield _("Units by muscle: %(muscles)s.") % {"muscles": muscles}
        muscles_before = muscles
    if source.next_session is not None and source.next_session.last is not None:
        name = (
            _("Next session booked: %(day)s.")
            if source.next_session.booked
            else _("Next session due: %(day)s.")
        )
        yield name % {"day": formatting.day(source.next_session.target)}


def describe_muscles(session: InjectionSession) -> str:
    """Return "corrugator left 5, right 5; procerus midline 5"; "" where no units of a muscle are recorded."""
    by_muscle: dict[str, list[str]] = {}
    for site in session.injections.all():
        if site.units is not None:
            side = f"{site.get_side_display()} " if site.side else ""
            by_muscle.setdefault(site.get_muscle_display(), []).append(
                f"{side}{formatting.halves(float(site.units))}"
            )
    return "; ".join(f"{muscle} {', '.join(doses)}" for muscle, doses in by_muscle.items())


def describe_preventives(source: PageSource) -> Iterator[str]:
    """Yield each course with class, dose, dates, days, and the reason it ended."""
    missing, as_of = _("not recorded"), source.key.as_of
    for course in source.preventives:
        is_running = course.runs(as_of)
        end = _("today") if is_running else formatting.day(course.ended) if course.ended else missing
        text = _(
            "%(name)s: class %(class)s, dose reached %(dose)s, from %(start)s to %(end)s, days %(days)s; "
            "it ended because: %(reason)s."
        )
        yield text % {
            "name": course.name,
            "class": course.get_drug_class_display() if course.drug_class else missing,
            "dose": course.dose or missing,
            "start": formatting.day(course.started) if course.started else missing,
            "end": end,
            "days": describe_days(course, as_of),
            "reason": course.outcome or (_("taken now") if is_running else missing),
        }


# ---------- medicine, scores, function ----------


def describe_response(source: PageSource) -> Iterator[str]:
    for row in map(build_relief_row, load_relief(source.record, source.key.as_of)):
        yield f"{row.name}: {row.taken}, {row.helped}."


def describe_months(source: PageSource) -> Iterator[str]:
    """Yield the months of each group, and those at or over the published line."""
    for group in build_groups(source.figures, source.index):
        months = ", ".join(
            f"{formatting.month_year(month.first)} {month.days} ({month.recorded}/{month.length})"
            for month in reversed(group.months)
        )
        yield f"{group.name[:1].upper()}{group.name[1:]}: {months}."
    if source.figures.overuse:
        yield _("In brackets: days filled in, of the days of the month.")
    reached = [overuse for overuse in source.figures.overuse if overuse.at_or_above]
    if source.figures.overuse and not reached:
        yield _("No month is at or over its published line, as far as recorded.")
    for overuse in reached[-12:]:
        first = date.fromisoformat(f"{overuse.month}-01")
        yield _("At or over the published line of %(limit)s: %(group)s, %(month)s, %(days)s days.") % {
            "limit": overuse.limit,
            "group": group_name(overuse.group),
            "month": formatting.month_year(first),
            "days": overuse.days,
        }


def describe_scores(source: PageSource) -> Iterator[str]:
    """Yield the totals of HIT-6 with their dates in one line, and each of MIDAS with its counts A to E."""
    scores = source.record.scores.filter(date__lte=source.key.as_of).order_by("date", "pk")
    totals = [
        f"{format_score(score.score)} ({formatting.day(score.date)})"
        for score in scores
        if score.instrument == Score.Instrument.HIT6
    ]
    if totals:
        yield f"HIT-6: {', '.join(totals)}."
    for score in scores:
        if score.instrument == Score.Instrument.MIDAS:
            counts = [getattr(score, name) for name in MIDAS_COUNTS]
            letters = _("A to E not recorded")
            if None not in counts:
                letters = ", ".join(
                    f"{letter} {count}" for letter, count in zip("ABCDE", counts, strict=True)
                )
            yield f"MIDAS: {format_score(score.score)} ({formatting.day(score.date)}; {letters})."


def describe_effects(sheet: dict[str, Any]) -> Iterator[str]:
    for line in sheet["effect_lines"]:
        yield f"{line.name}: {line.frequency}{f', {line.worst}' if line.worst else ''}, {line.duration}."


def describe_function(source: PageSource) -> Iterator[str]:
    """Yield lost days, goals with what became of them, and the overall impressions."""
    if source.figures.baseline is not None:
        yield describe_metric(metric_name(LOST_DAYS), LOST_DAYS, source.figures)
    for day, goals in load_latest_goals(source.record, source.key.as_of):
        for goal in goals:
            outcome = goal.get_outcome_display() if goal.outcome else _("not recorded")
            yield _("Goal of %(day)s: %(goal)s. How it went: %(outcome)s.") % {
                "day": formatting.day(day),
                "goal": goal.goal.rstrip("."),
                "outcome": outcome,
            }
    for number, impression in load_impressions(source.record, source.index.sessions):
        yield _("Overall impression after session %(number)s: %(impression)s.") % {
            "number": number,
            "impression": impression.get_answer_display(),
        }
