"""Rows of another diary added up by calendar day (clinical rules, sections 1 and 11). Pure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.cells import BadCellError, format_number
from exchange.imports.datetimes import MAX_DURATION, format_hours
from exchange.schema import DIARY, WRITTEN_AT, Problem, RecordFiles, Row
from headaches.models import FIRST_DATE, DiaryDay

# The meaning "no headache" of a strength.
NO_HEADACHE: Final = "none"
# The strength of a row that does not say whether there was a headache, and may hold details of its day.
UNKNOWN: Final = "unknown"
RANKS: Final = ["", *DiaryDay.Intensity.values]
MAX_NOTE: Final = 5000  # characters of one day
MAX_TRIGGERS: Final = 500  # characters of one day
MAX_DOSES: Final = 100  # of one medicine on one day
ONE_DAY: Final = timedelta(1)


class TakenMedicine(NamedTuple):
    """A medicine as the file names it. relief: none, partial, complete, or "" for not answered."""

    name: str
    relief: str = ""
    doses: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Attack:
    """One row: its days with the duration on each or None, its strength, and what belongs to its first day.

    strength: NO_HEADACHE, mild, moderate, severe, "" for a headache whose strength was not given, or UNKNOWN.
    day_strengths: where it is known by day.
    """

    days: dict[date, timedelta | None]
    strength: str
    medicines: tuple[TakenMedicine, ...] = ()
    note: str = ""
    menstruation: bool | None = None
    triggers: tuple[str, ...] = ()
    day_strengths: dict[date, str] = field(default_factory=dict)

    def check_dates(self, today: date) -> None:
        """Raise BadCellError for a day after tomorrow (she may have flown west since) or before 1900."""
        for day in (min(self.days), max(self.days)):
            if day > today + ONE_DAY:
                raise BadCellError(_("%(day)s lies in the future") % {"day": day.isoformat()})
            if day < FIRST_DATE:
                raise BadCellError(_("%(day)s lies before 1900") % {"day": day.isoformat()})


class TouchedDays(NamedTuple):
    """The days a row may be about that could not be read. has_end: whether it is known when it ended."""

    days: frozenset[date]
    has_end: bool = True


@dataclass(slots=True)
class DayTotal:
    """The sum of all rows about one day; duration is None if any is unknown."""

    line: int
    headache: bool = False
    strength: str = ""
    duration: timedelta | None = timedelta()
    doses: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    menstruation: bool | None = None
    triggers: dict[str, None] = field(default_factory=dict)

    def add_details(self, attack: Attack) -> None:
        """Add what belongs to the day whether there was a headache or not."""
        for name, relief, doses in attack.medicines:
            self.doses[name, relief] += doses  # type: ignore[assignment]  # a Counter of Decimals
        if attack.note and attack.note not in self.notes:
            self.notes.append(attack.note)
        if attack.menstruation is not None:
            self.menstruation = attack.menstruation or bool(self.menstruation)
        self.triggers |= dict.fromkeys(attack.triggers)

    def merge(self, details: "DayTotal") -> None:
        """Add the details that other rows have about the day."""
        self.doses.update(details.doses)
        self.notes += [note for note in details.notes if note not in self.notes]
        self.triggers |= details.triggers
        if details.menstruation is not None:
            self.menstruation = details.menstruation or bool(self.menstruation)

    @property
    def problem(self) -> str:
        """Why the day does not fit into the diary, or ""."""
        if max(self.doses.values(), default=0) > MAX_DOSES:
            return _("more than 100 doses of one medicine on one day")
        if len("\n".join(self.notes)) > MAX_NOTE:
            return _("the notes of this day have more than 5000 characters together")
        if len("; ".join(self.triggers)) > MAX_TRIGGERS:
            return _("the triggers of this day have more than 500 characters together")
        return ""


class DayCollector:
    """The days of a file, and what of it could not be read.

    A day that an unreadable row touches is left out, because it would be incomplete.
    """

    def __init__(self, file: str, today: date) -> None:
        self.file, self.today = file, today
        self.totals: dict[date, DayTotal] = {}
        self.problems: list[Problem] = []
        self.incomplete_days: set[date] = set()
        # Days of which nothing is known, although no row that was read is about them.
        self.unknown_days: set[date] = set()
        self.undated_line = 0
        # They count only if another row says whether there was a headache.
        self.details: dict[date, DayTotal] = {}

    def add(self, attack: Attack, line: int) -> None:
        """Add a row: the worst strength counts, durations are summed, an unknown one makes the day's unknown."""
        if attack.strength == UNKNOWN:
            self.details.setdefault(min(attack.days), DayTotal(line)).add_details(attack)
            return
        for day, duration in attack.days.items():
            total = self.totals.setdefault(day, DayTotal(line))
            if attack.strength == NO_HEADACHE:
                continue
            total.headache = True
            strength = attack.day_strengths.get(day, attack.strength)
            total.strength = max(total.strength, strength, key=RANKS.index)
            total.duration = None if duration is None or total.duration is None else total.duration + duration
        self.totals[min(attack.days)].add_details(attack)

    def reject(self, line: int, reason: str, touched: TouchedDays | None) -> None:
        """Name a row that could not be read. touched: None if it is not known on which day it began."""
        self.problems.append(Problem(self.file, line, reason))
        if touched is None:
            self.undated_line = self.undated_line or line or 1
            return
        self.incomplete_days |= touched.days
        start = min(touched.days)
        # A later day is never filled, and a wrong date may be the last of all calendars.
        if not touched.has_end and start <= self.today + ONE_DAY:
            self.unknown_days |= {start + timedelta(offset) for offset in range(MAX_DURATION.days + 1)}

    def leave_out(self, day: date) -> None:
        """Leave a day unrecorded, although a row is about it."""
        self.unknown_days.add(day)

    def fill(self) -> None:
        """Take days without a row between the first and the last date as headache-free, unless an unread row may
        be about them."""
        if not self.totals:
            return
        if self.undated_line:
            reason = _(
                "a row without a readable date could be about any day; days without a row stay unrecorded"
            )
            self.problems.append(Problem(self.file, self.undated_line, reason))
            return
        first, last = min(self.totals), max(self.totals)
        for offset in range((last - first).days):
            day = first + timedelta(offset)
            if day not in self.unknown_days:
                self.totals.setdefault(day, DayTotal(0))

    def merge_details(self, get_class: Callable[[str], str]) -> None:
        """Give details to the days they belong to, and name the days that stay unrecorded all the same."""
        silent_lines = []
        for day, details in self.details.items():
            total = self.totals.get(day)
            if total:
                total.merge(details)
            elif any(get_class(name) for name, _relief in details.doses):
                reason = _("%(day)s has a medicine, but nothing says whether there was a headache")
                self.problems.append(Problem(self.file, details.line, reason % {"day": day.isoformat()}))
            elif day not in self.incomplete_days:
                silent_lines.append(details.line)
        if silent_lines:
            reason = ngettext(
                "%(number)s day stays unrecorded: the file does not say whether there was a headache",
                "%(number)s days stay unrecorded: the file does not say whether there was a headache",
                len(silent_lines),
            )
            self.problems.append(
                Problem(self.file, min(silent_lines), reason % {"number": len(silent_lines)})
            )

    def count_medicines(self) -> Counter[str]:
        """Count the days of each medicine."""
        totals = [*self.totals.values(), *self.details.values()]
        return Counter(name for total in totals for name, _relief in total.doses)

    def finish(self, get_class: Callable[[str], str]) -> RecordFiles:
        """Return the rows of diary.csv in the order of their dates. get_class: of a medicine; "" to leave it out."""
        self.merge_details(get_class)
        for day, total in self.totals.items():
            if total.problem:
                self.problems.append(Problem(self.file, total.line, total.problem))
                self.incomplete_days.add(day)
        rows = [
            build_day_row(day, self.totals[day], get_class)
            for day in sorted(self.totals)
            if day not in self.incomplete_days
        ]
        return RecordFiles({DIARY: rows}, sorted(self.problems, key=lambda problem: problem.line))


def build_day_row(day: date, total: DayTotal, get_class: Callable[[str], str]) -> Row:
    values = {
        "headache": total.headache,
        "intensity": total.strength,
        "hours": format_hours(total.duration) if total.headache and total.duration else None,
        "features": None,
        "lost": "",
        "menstruation": total.menstruation,
        "triggers": "; ".join(total.triggers),
        "note": "\n".join(total.notes),
        WRITTEN_AT: None,
        "intakes": [
            [name, drug_class, format_number(Decimal(doses)), relief]
            for (name, relief), doses in total.doses.items()
            if (drug_class := get_class(name))
        ],
    }
    return Row((day.isoformat(),), values, total.line)
