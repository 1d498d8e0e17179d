"""What the progress pages of one record are built from. Each value is computed once, when a page asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from accounts.models import Record
from figures.engine import Figures, figures_from_index
from figures.metric_index import MetricIndex
from progress.cache.store import CachedDiary, DashboardKey
from progress.presentation.missing_rates import DiarySpan
from treatments.actions import get_next_session
from treatments.domain.schedule import NextSession
from treatments.models import Preventive


@dataclass(frozen=True)
class PageSource:
    """A record, its diary, and the key of the page that is built from them."""

    record: Record
    diary: CachedDiary
    key: DashboardKey

    @cached_property
    def index(self) -> MetricIndex:
        return self.diary.build_index(self.key.as_of)

    @cached_property
    def figures(self) -> Figures:
        return figures_from_index(self.index)

    @cached_property
    def span(self) -> DiarySpan:
        return DiarySpan.of(self.index)

    @cached_property
    def preventives(self) -> list[Preventive]:
        """All preventives; of an earlier day without those that started later."""
        preventives = Preventive.objects.filter(record=self.record)
        if not self.key.is_today:
            preventives = preventives.filter(Q(started__isnull=True) | Q(started__lte=self.key.as_of))
        return list(preventives)

    @cached_property
    def next_session(self) -> NextSession | None:
        """The next session; None where the page shows an earlier day, which expects nothing."""
        if not self.key.is_today:
            return None
        return get_next_session(self.record, self.key.as_of, self.diary.sessions)

    def address(self, own: str, shared: str, query: Mapping[str, str] | None = None) -> str:
        """Return the address of a page for its reader, for the same day: the patient's own, or the shared one."""
        url = reverse(own) if self.key.is_own else reverse(shared, kwargs={"key": self.record.key})
        as_of = {} if self.key.is_today else {"as_of": self.key.as_of.isoformat()}
        values = {**(query or {}), **as_of}
        return f"{url}?{urlencode(values)}" if values else url
