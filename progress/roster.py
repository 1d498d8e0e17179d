"""The clinician's list: one line a patient, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.clock import day_of
from accounts.models import Record as RecordRow
from progress.figures.engine import compute
from progress.figures.values import HEADACHE_DAYS, Record
from progress.record import load_many
from progress.words import MetricChange, could_be_chance, metric_change
from treatments.models import Booking
from treatments.schedule import NextSession, next_session


@dataclass(frozen=True, slots=True)
class Line:
    """One patient of the list. change is None before the first session."""

    record: RecordRow
    next: NextSession | None
    change: MetricChange | None
    recorded: int
    remark: str

    @property
    def order(self) -> tuple[date, str]:
        """The next session first; who has none stands last."""
        return (self.next.target if self.next else date.max, str(self.record.user))


def roster(rows: list[RecordRow], now: datetime) -> list[Line]:
    """A line for each record, in the order of their next sessions."""
    records = load_many(rows)
    booked: dict[int, date | None] = defaultdict(lambda: None)
    booked.update(Booking.objects.filter(record__in=rows).values_list("record_id", "date"))
    lines = [line(row, records[row.pk], booked[row.pk], now) for row in rows]
    return sorted(lines, key=lambda one: one.order)


def line(row: RecordRow, record: Record, booked: date | None, now: datetime) -> Line:
    today = day_of(row.user, now)
    figures = compute(record, today)
    coming = next_session(
        sessions=list(record.sessions), interval_days=row.interval_days, booked=booked, today=today
    )
    recorded = sum((today - on).days < 28 for on in record.days if on <= today)
    if figures.baseline is None or figures.now is None or figures.change is None:
        return Line(row, coming, None, recorded, _("before the first session"))
    change = figures.change[HEADACHE_DAYS]
    remark = (
        _("not enough entries") if change is None else _("could be chance") if could_be_chance(change) else ""
    )
    words = metric_change(HEADACHE_DAYS, figures.baseline, figures.now, change)
    return Line(row, coming, words, recorded, remark)
