"""The one bridge from rows to the values the figures are computed from: two queries, whatever the length."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models import Q

from accounts.models import Record as RecordRow
from headaches.models import DiaryDay, Feature
from progress.figures.values import Day, Diary
from progress.figures.values import Intake as TakenMedicine
from treatments.models import InjectionSession

LOST = {"": None, "none": 0.0, "half": 0.5, "full": 1.0}
# A number of features stands for a set; there are only 256, so each is made once.
FEATURE_SETS = {
    number: frozenset(feature.word for feature in Feature if number & feature) for number in range(256)
}
DAY_COLUMNS = (
    "pk", "record_id", "date", "headache", "intensity", "hours", "features", "lost", "intakes__drug_class",
    "intakes__relief",
)  # fmt: skip

DayRow = tuple[int, int, date, bool, str, object, int | None, str, str | None, str | None]
Span = tuple[date, date]


def load_diary(row: RecordRow) -> Diary:
    """The whole record of one patient."""
    return Diary.of(load_days([row.pk])[row.pk], load_session_dates([row.pk])[row.pk], row.criterion)


def load_session_dates(record_ids: Iterable[int]) -> dict[int, list[date]]:
    """The dates of the sessions by record, in order. One query."""
    sessions: dict[int, list[date]] = defaultdict(list)
    found = InjectionSession.objects.filter(record__in=list(record_ids)).order_by("date")
    for record_id, on in found.values_list("record_id", "date"):
        sessions[record_id].append(on)
    return sessions


def load_days(
    whole: list[int], some: list[int] | None = None, span: Span | None = None
) -> dict[int, list[Day]]:
    """The recorded days by record, with their medicines: all of `whole`, and those of `some` within the span.

    One query: a row for each medicine of a day, and one for a day without.
    """
    asked = Q(record__in=whole)
    if some and span:
        asked |= Q(record__in=some, date__range=span)
    rows = DiaryDay.objects.filter(asked).order_by("date", "pk", "intakes__pk").values_list(*DAY_COLUMNS)
    days: dict[int, list[Day]] = defaultdict(list)
    for _pk, medicines in groupby(rows, key=itemgetter(0)):
        first, *others = medicines
        taken = tuple(TakenMedicine(row[8], row[9] or None) for row in (first, *others) if row[8])
        days[first[1]].append(build_day(first, taken))
    return days


def build_day(row: DayRow, intakes: tuple[TakenMedicine, ...]) -> Day:
    _pk, _record, on, headache, intensity, hours, features, lost, *_medicine = row
    return Day(
        date=on,
        headache=headache,
        intensity=intensity or None,
        hours=None if hours is None else float(hours),  # type: ignore[arg-type]  # a Decimal
        features=None if features is None else FEATURE_SETS[features],
        lost=LOST[lost],
        intakes=intakes,
    )
