"""Template context of the pages that ask about a day: today, pain mode, the last seven days, one day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Record
from core import formatting
from headaches.actions import get_day
from headaches.attacks import describe_attack
from headaches.calendar import CalendarDay, build_days, mark_days
from headaches.doses import describe_doses
from headaches.medicine_days import describe_medicine_days
from headaches.models import DayState, DeviceChange, DiaryDay
from headaches.notices import UndoNotice
from headaches.relief import find_relief_question
from headaches.snapshots import get_revision
from headaches.sync import Conflict, open_conflicts

# Recorded days by date, with their medicines.
Days = Mapping[dt.date, DiaryDay]


def answer_choices(current: str | None) -> list[tuple[str, str, bool]]:
    """Return value, label and whether it is the present answer, "No headache" first."""
    choices = [
        (DayState.FREE, _("No headache")),
        (DayState.MILD, _("Mild headache")),
        (DayState.MODERATE, _("Moderate headache")),
        (DayState.SEVERE, _("Severe headache")),
    ]
    return [(str(value), label, value == current) for value, label in choices]


def pain_context(
    record: Record, today: dt.date, query: Mapping[str, str], notice: UndoNotice | None, now: dt.datetime
) -> dict[str, Any]:
    """Ask how bad it is; then for the medicine; then nothing more."""
    day = get_day(record, today)
    choices = [
        (DayState.MILD, _("Mild")),
        (DayState.MODERATE, _("Moderate")),
        (DayState.SEVERE, _("Severe")),
    ]
    is_answered = day is not None and day.headache and "ask" not in query
    intakes = day.intakes.all() if day else []
    return {
        "today": today,
        "day": day,
        "revision": get_revision(day),
        "texts": device_texts(),
        "answers": [(str(value), label, day is not None and value == day.state) for value, label in choices],
        "taken": [describe_doses(intake.name, intake.doses, intake.times) for intake in intakes],
        "asks_medicine": is_answered,
        "attack": describe_attack(record, now),
        "relief_question": find_relief_question(record, day, now),
        "done": is_answered and "done" in query,
        "medicines": record.medicines.all(),
        "notice": notice,
    }


def device_texts() -> dict[str, Any]:
    """Return the texts of the offline diary; its script fills in {day}, {state} and {medicine}."""
    return {
        "states": {state.value: str(state.label) for state in DayState},
        "saved": _("Saved: %(state)s, %(day)s") % {"state": "{state}", "day": "{day}"},
        "cleared": _("%(day)s is not recorded now.") % {"day": "{day}"},
        "takenBack": _("Taken back."),
        "taken": _("Saved: %(medicine)s") % {"medicine": "{medicine}"},
        "removed": _("Removed: %(medicine)s") % {"medicine": "{medicine}"},
        "recorded": _("Today is recorded"),
        "today": _("How was today?"),
        "how": _("How was %(day)s?") % {"day": "{day}"},
        "refused": _("%(day)s, %(state)s:") % {"day": "{day}", "state": "{state}"},
        "waiting": _("waiting to be sent"),
        "took": _("medicine taken"),
    }


@dataclass(frozen=True, slots=True)
class ConflictOffer:
    """A conflict as a page shows it: the recorded version, and each other with its label."""

    date: dt.date
    state: str
    label: str
    offered: list[tuple[DeviceChange, str]]


def build_offer(conflict: Conflict) -> ConflictOffer:
    state = DayState(conflict.recorded.state) if conflict.recorded else DayState.UNRECORDED
    offered = [(entry, str(DayState(entry.answer).label)) for entry in conflict.entries]
    return ConflictOffer(conflict.date, state.value, str(state.label), offered)


def week_context(
    record: Record,
    recorded: Days,
    today: dt.date,
    notice: UndoNotice | None,
    now: dt.datetime | None = None,
) -> dict[str, Any]:
    """The last seven days with their four answers each, today first. With `now` it also asks whether a dose helped.

    recorded: of load_recent_days.
    """
    days = [
        CalendarDay(
            date,
            recorded[date].state if date in recorded else DayState.UNRECORDED,
            date == today,
            is_later=False,
        )
        for date in (today - dt.timedelta(back) for back in range(7))
    ]
    return {
        "days": [(day, answer_choices(day.state), get_revision(recorded.get(day.date))) for day in days],
        "relief_question": find_relief_question(record, recorded.get(today), now) if now else None,
        "attack": describe_attack(record, now) if now else None,
        "has_timer": now is not None,
        "left": sum(day.state == DayState.UNRECORDED for day in days),
        "conflicts": [build_offer(conflict) for conflict in open_conflicts(record)],
        "today": today,
        "notice": notice,
        "texts": device_texts(),
    }


def day_context(record: Record, date: dt.date, today: dt.date, notice: UndoNotice | None) -> dict[str, Any]:
    """The four answers of one day, and the notice of its latest change."""
    day = get_day(record, date)
    return {
        "date": date,
        "today": today,
        "revision": get_revision(day),
        "recorded": day is not None,
        "answers": answer_choices(day.state if day else None),
        "notice": notice if notice and notice.change.date == date else None,
        "texts": device_texts(),
    }


def today_context(
    record: Record, recorded: Days, today: dt.date, notice: UndoNotice | None, now: dt.datetime
) -> dict[str, Any]:
    """The question, whether a dose helped, the last seven days, the notice, and open conflicts.

    recorded: of load_recent_days.
    """
    day, clear_day = recorded.get(today), ""
    week_start, month_start = today - dt.timedelta(6), today.replace(day=1)
    this_month = [past for date, past in recorded.items() if date >= month_start]
    if day and day.state == DayState.FREE:  # unrecorded days take nothing away
        number = sum(past.state == DayState.FREE for past in this_month)
        text = ngettext(
            "A clear day, one of %(number)s recorded in %(month)s.",
            "A clear day, one of %(number)s recorded in %(month)s.",
            number,
        )
        if number == 1:
            text = _("A clear day, the first recorded in %(month)s.")
        clear_day = text % {"number": number, "month": formatting.month_year(today)}
    last_seven_days = build_days(mark_days(recorded), week_start, today, today)
    gaps = [past for past in last_seven_days[:-1] if past.state == DayState.UNRECORDED]
    return {
        "today": today,
        "day": day,
        "revision": get_revision(day),
        "answers": answer_choices(day.state if day else None),
        "last_days": last_seven_days,
        "gap": gaps[-1] if gaps else None,
        "gaps": len(gaps),
        "clear_day": clear_day,
        "relief_question": find_relief_question(record, day, now),
        "attack": describe_attack(record, now),
        "medicine_days": describe_medicine_days(
            record,
            today,
            [(taken.drug_class, past.date) for past in this_month for taken in past.intakes.all()],
        ),
        "conflicts": [build_offer(conflict) for conflict in open_conflicts(record)],
        "notice": notice,
        "texts": device_texts(),
    }
