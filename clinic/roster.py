"""The clinician's list: one line a patient, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Record as RecordRow
from core.dates import local_date
from progress.cache.store import CachedDiary, load_cached_diaries
from progress.figures.engine import figures_from_index
from progress.figures.values import HEADACHE_DAYS
from progress.figures.windows import MONTH
from progress.presentation.sentences import MetricChange, build_metric_change, is_within_chance
from treatments.domain.schedule import NextSession, compute_next_session
from treatments.models import Booking


@dataclass(frozen=True, slots=True)
class RosterRow:
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


def build_roster(rows: list[RecordRow], now: datetime) -> list[RosterRow]:
    """A line for each record, in the order of their next sessions; an account that ended meanwhile has none."""
    known = load_cached_diaries(rows)
    booked: dict[int, date | None] = defaultdict(lambda: None)
    booked.update(Booking.objects.filter(record__in=rows).values_list("record_id", "date"))
    lines = [build_row(row, known[row.pk], booked[row.pk], now) for row in rows if row.pk in known]
    return sorted(lines, key=lambda one: one.order)


def build_row(row: RecordRow, known: CachedDiary, booked: date | None, now: datetime) -> RosterRow:
    today = local_date(row.user, now)
    answers = known.answers(today)
    figures = figures_from_index(answers)
    coming = compute_next_session(
        sessions=list(known.sessions), interval_days=row.interval_days, booked=booked, today=today
    )
    recorded = answers.recorded(today - timedelta(MONTH - 1), today)
    if figures.baseline is None or figures.now is None or figures.change is None:
        return RosterRow(row, coming, None, recorded, _("before the first session"))
    change = figures.change[HEADACHE_DAYS]
    remark = (
        _("not enough entries")
        if change is None
        else _("could be chance")
        if is_within_chance(change)
        else ""
    )
    words = build_metric_change(HEADACHE_DAYS, figures.baseline, figures.now, change)
    return RosterRow(row, coming, words, recorded, remark)
