"""The clinician's list of patients, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Record
from core.dates import local_date
from figures.engine import figures_from_index
from figures.values import HEADACHE_DAYS
from figures.windows import MONTH
from progress.cache.store import load_cached_diaries
from progress.presentation.missing_rates import DiarySpan
from progress.presentation.sentences import MetricChange, build_metric_change, is_within_chance
from treatments.domain.schedule import NextSession, compute_next_session
from treatments.models import Booking


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One patient of the list. recorded: of the last 28 days; change: None before the first session."""

    record: Record
    next_session: NextSession | None
    change: MetricChange | None
    recorded: int
    remark: str

    @property
    def sort_key(self) -> tuple[date, str]:
        """Sorts by the date of the next session; patients without one come last."""
        return (self.next_session.target if self.next_session else date.max, str(self.record.user))


def build_roster(records: list[Record], now: datetime) -> list[RosterRow]:
    """Return a row for each record, sorted by next session; none for an account that was deleted meanwhile."""
    diaries = load_cached_diaries(records)
    booked_dates: dict[int, date | None] = defaultdict(lambda: None)
    booked_dates.update(Booking.objects.filter(record__in=records).values_list("record_id", "date"))
    rows = []
    for record in [record for record in records if record.pk in diaries]:
        diary, today = diaries[record.pk], local_date(record.user, now)
        next_session = compute_next_session(
            sessions=list(diary.sessions),
            interval_days=record.interval_days,
            booked=booked_dates[record.pk],
            today=today,
        )
        index = diary.build_index(today)
        recorded = index.recorded(today - timedelta(MONTH - 1), today)
        figures = figures_from_index(index)
        metric_change, remark = None, _("before the first session")
        if figures.baseline is not None and figures.now is not None and figures.change is not None:
            change = figures.change[HEADACHE_DAYS]
            metric_change = build_metric_change(
                HEADACHE_DAYS, figures.baseline, figures.now, change, DiarySpan.of(index)
            )
            remark = metric_change.label if change is None else ""
            if change is not None and is_within_chance(change):
                remark = _("could be chance")
        rows.append(RosterRow(record, next_session, metric_change, recorded, remark))
    return sorted(rows, key=lambda row: row.sort_key)
