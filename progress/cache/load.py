"""Load the diary of a record as value objects for the figures. Two queries, whatever its length."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db.models import Q

from accounts.models import Record
from figures.relief import RELIEF_DAYS, Relief, compute_relief
from figures.values import Day, Diary
from figures.values import Intake as IntakeValue
from headaches.models import DiaryDay, Feature
from treatments.models import InjectionSession

LOST = {"": None, "none": 0.0, "half": 0.5, "full": 1.0}
# The stored number is a bit set of features. There are only 256, so each frozenset is built once.
FEATURE_SETS = {
    number: frozenset(feature.word for feature in Feature if number & feature) for number in range(256)
}
DAY_COLUMNS = (
    "pk", "record_id", "date", "headache", "intensity", "hours", "features", "lost", "menstruation",
    "intakes__drug_class", "intakes__relief", "intakes__name", "intakes__doses",
)  # fmt: skip

Span = tuple[date, date]


def load_diary(record: Record) -> Diary:
    """Load the whole diary of one patient."""
    return Diary.of(
        load_days([record.pk])[record.pk], load_session_dates([record.pk])[record.pk], record.criterion
    )


def load_relief(record: Record, as_of: date) -> tuple[Relief, ...]:
    """Load how often each medicine helped in the days up to as_of; a packed diary has no names. One query."""
    span = (as_of - timedelta(RELIEF_DAYS - 1), as_of)
    return compute_relief(load_days([], [record.pk], span)[record.pk], as_of)


def load_session_dates(record_ids: Iterable[int]) -> dict[int, list[date]]:
    """Load the ascending dates of the sessions by record. One query."""
    sessions: dict[int, list[date]] = defaultdict(list)
    rows = InjectionSession.objects.filter(record__in=list(record_ids)).order_by("date")
    for record_id, day in rows.values_list("record_id", "date"):
        sessions[record_id].append(day)
    return sessions


def load_days(
    whole_records: list[int], changed_records: list[int] | None = None, span: Span | None = None
) -> dict[int, list[Day]]:
    """Load recorded days by record, with their medicines: all of `whole_records`; of `changed_records` those in span.

    One query: a row for each medicine of a day, and one for a day without.
    """
    condition = Q(record__in=whole_records)
    if changed_records and span:
        condition |= Q(record__in=changed_records, date__range=span)
    rows = DiaryDay.objects.filter(condition).order_by("date", "pk", "intakes__pk").values_list(*DAY_COLUMNS)
    days: dict[int, list[Day]] = defaultdict(list)
    for _pk, medicines in groupby(rows, key=itemgetter(0)):
        first, *others = medicines
        _day_pk, record_id, day, headache, intensity, hours, features, lost, menstruation, *_medicine = first
        days[record_id].append(
            Day(
                date=day,
                headache=headache,
                intensity=intensity or None,
                hours=None if hours is None else float(hours),
                features=None if features is None else FEATURE_SETS[features],
                lost=LOST[lost],
                intakes=tuple(_build_intake(*row[9:]) for row in (first, *others) if row[9]),
                menstruation=bool(menstruation),
            )
        )
    return days


def _build_intake(drug_class: str, relief: str, name: str, doses: Decimal) -> IntakeValue:
    return IntakeValue(drug_class, relief or None, name, float(doses))
