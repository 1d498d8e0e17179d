"""The progress pages between head and foot: each with its template and its context, from the cache if it is valid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_lazy

from accounts.models import Record
from core.counters import count
from progress.cache.store import (
    CachedDashboard,
    CachedDiary,
    DashboardKey,
    get_cached_dashboard,
    load_cached_diary,
    store_dashboard,
)
from progress.dashboard.all_figures import details_context
from progress.dashboard.medicine import medicine_context
from progress.dashboard.over_time import time_context
from progress.dashboard.overview import overview_context
from progress.dashboard.query import DashboardQuery
from progress.dashboard.scores import page_context
from progress.dashboard.source import PageSource
from progress.dashboard.treatment import treatment_context
from progress.models import Page


@dataclass(frozen=True, slots=True)
class PageView:
    """One page: its title, the names of its address for the patient and for her clinician, and its context.

    Its template is templates/progress/pages/NAME.html.
    """

    title: Any
    own: str
    shared: str
    build: Callable[[PageSource], dict[str, Any]]


PAGES: Final[Mapping[str, PageView]] = {
    Page.OVERVIEW: PageView(gettext_lazy("Overview"), "progress", "patient", overview_context),
    Page.TIME: PageView(gettext_lazy("Over time"), "progress_time", "patient_time", time_context),
    Page.MEDICINE: PageView(
        gettext_lazy("Medicine"), "progress_medicine", "patient_medicine", medicine_context
    ),
    Page.TREATMENT: PageView(
        gettext_lazy("Treatment"), "progress_treatment", "patient_treatment", treatment_context
    ),
    Page.SCORES: PageView(
        gettext_lazy("Scores and goals"), "progress_scores", "patient_scores", page_context
    ),
    Page.DETAILS: PageView(
        gettext_lazy("All the figures"), "progress_details", "patient_details", details_context
    ),
}


def build_key(record: Record, page: str, query: DashboardQuery, today: date, *, is_own: bool) -> DashboardKey:
    """Return the key of a page in the active language. Only the page over time depends on the metric."""
    metric = query.metric if page == Page.TIME else ""
    return DashboardKey(
        page, is_own, get_language() or "", metric, query.as_of, query.as_of == today, record.user.time_zone
    )


def render_page(record: Record, diary: CachedDiary, key: DashboardKey) -> CachedDashboard:
    """Render a page between head and foot."""
    source = PageSource(record, diary, key)
    context = {
        "record": record,
        "dashboard": key,
        "is_own": key.is_own,
        "addresses": {name: source.address(page.own, page.shared) for name, page in PAGES.items()},
        "methodology_url": source.address(
            "how", "patient_how", {"metric": key.metric} if key.metric else None
        ),
        **PAGES[key.page].build(source),
    }
    body = render_to_string(f"progress/pages/{key.page}.html", context)
    return CachedDashboard(body, bool(context.get("has_charts")))


def get_page(record: Record, key: DashboardKey) -> CachedDashboard:
    """Return a page from the cache; render and store it when record, day or code have changed."""
    page = get_cached_dashboard(record, key)
    count("dashboards_total", source="computed" if page is None else "cache")
    if page is None:
        diary = load_cached_diary(record)
        page = render_page(record, diary, key)
        if diary.is_guarded:
            store_dashboard(record, key, diary.treatment if key.is_treatment else diary.version, page)
    return page
