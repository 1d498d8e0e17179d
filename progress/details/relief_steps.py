"""The methodology of relief and of days around menstruation, with the record's own numbers (Rules, section 18)."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formatting
from figures.menstrual import MIN_ONSETS, YEAR, DayCount, Menstrual
from figures.relief import MIN_ANSWERS, RELIEF_DAYS, Relief
from progress.details.steps import Step, format_number
from progress.presentation.relief import build_relief_row


def build_relief_steps(reliefs: Sequence[Relief], menstrual: Menstrual | None, as_of: date) -> list[Step]:
    """Explain how often each medicine helped and the days around menstruation, as far as there are numbers for them."""
    steps = []
    if reliefs:
        lines = (
            describe_span(as_of, RELIEF_DAYS),
            _("Names that differ only in capitals, or in blanks at their ends, are one medicine."),
            _("Helped: (some relief + full relief) ÷ answers, from %(minimum)s answers on.")
            % {"minimum": MIN_ANSWERS},
            *map(describe_working, reliefs),
        )
        steps.append(Step(_("How often each medicine helped"), lines, "18", "relief"))
    if menstrual is not None:
        lines = (
            describe_span(as_of, YEAR),
            _("A period begins on a day with menstruation whose ten days before have none."),
            _("Around it are the two days before that day, the day itself and the two days after it."),
            _("Counted: %(onsets)s periods; at least %(minimum)s are needed.")
            % {"onsets": menstrual.onsets, "minimum": MIN_ONSETS},
            _("Around them: %(counted)s") % {"counted": describe_days(menstrual.inside)},
            _("On the other days: %(counted)s") % {"counted": describe_days(menstrual.outside)},
        )
        steps.append(Step(_("Days around menstruation"), lines, "18", "menstrual"))
    return steps


def describe_span(as_of: date, days: int) -> str:
    return _("%(days)s days, from %(start)s to %(end)s.") % {
        "days": days,
        "start": formatting.day(as_of - timedelta(days - 1)),
        "end": formatting.day(as_of),
    }


def describe_working(relief: Relief) -> str:
    """Return "Sumatriptan: 6 days, 7 doses; (2 + 3) ÷ 6 answers = 0.8333; not answered: 1"."""
    parts = [f"{relief.name}: {build_relief_row(relief).taken}"]
    if relief.helped is None:
        text = ngettext(
            "%(answered)s answer, so no share", "%(answered)s answers, so no share", relief.answered
        )
        parts.append(text % {"answered": relief.answered})
    else:
        sum_of_helped = f"({relief.partial} + {relief.complete}) ÷ {relief.answered}"
        parts.append(
            _("%(sum)s answers = %(share)s") % {"sum": sum_of_helped, "share": format_number(relief.helped)}
        )
    parts.append(_("not answered: %(number)s") % {"number": relief.unanswered})
    return "; ".join(parts)


def describe_days(days: DayCount) -> str:
    return _("headache on %(count)s of %(known)s counted days") % {"count": days.count, "known": days.known}
