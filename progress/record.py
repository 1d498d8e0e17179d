"""The one bridge from rows to the values the figures are computed from: three queries, whatever the length."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from accounts.models import Record as RecordRow
from headaches.models import DiaryDay, Feature, Intake
from progress.figures.values import Day, Record
from progress.figures.values import Intake as TakenMedicine
from treatments.models import InjectionSession

LOST = {"": None, "none": 0.0, "half": 0.5, "full": 1.0}
# A number of features stands for a set; there are only 256, so each is made once.
FEATURE_SETS = {
    number: frozenset(feature.word for feature in Feature if number & feature) for number in range(256)
}
DAY_COLUMNS = ("pk", "record_id", "date", "headache", "intensity", "hours", "features", "lost")

DayRow = tuple[int, int, date, bool, str, object, int | None, str]


def load(row: RecordRow) -> Record:
    """The whole record of one patient."""
    return load_many([row])[row.pk]


def load_many(rows: Iterable[RecordRow]) -> dict[int, Record]:
    """The whole records of several patients by primary key, in the same three queries."""
    records = {row.pk: row for row in rows}
    days = taken_days(list(records))
    sessions: dict[int, list[date]] = defaultdict(list)
    for record_id, on in InjectionSession.objects.filter(record__in=records).values_list("record_id", "date"):
        sessions[record_id].append(on)
    return {pk: Record.of(days[pk], sessions[pk], row.criterion) for pk, row in records.items()}


def taken_days(record_ids: list[int]) -> dict[int, list[Day]]:
    """The recorded days by record, with their medicines."""
    intakes: dict[int, list[TakenMedicine]] = defaultdict(list)
    taken = Intake.objects.filter(day__record__in=record_ids).order_by("pk")
    for day_id, drug_class, relief in taken.values_list("day_id", "drug_class", "relief"):
        intakes[day_id].append(TakenMedicine(drug_class, relief or None))
    days: dict[int, list[Day]] = defaultdict(list)
    for row in DiaryDay.objects.filter(record__in=record_ids).order_by("date").values_list(*DAY_COLUMNS):
        days[row[1]].append(day_of_row(row, tuple(intakes.get(row[0], ()))))
    return days


def day_of_row(row: DayRow, intakes: tuple[TakenMedicine, ...]) -> Day:
    _pk, _record, on, headache, intensity, hours, features, lost = row
    return Day(
        date=on,
        headache=headache,
        intensity=intensity or None,
        hours=None if hours is None else float(hours),  # type: ignore[arg-type]  # a Decimal
        features=None if features is None else FEATURE_SETS[features],
        lost=LOST[lost],
        intakes=intakes,
    )
