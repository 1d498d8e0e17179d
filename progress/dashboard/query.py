"""The query string of a progress page: a metric and a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.dates import parse_iso_date
from figures.values import HEADACHE_DAYS, METRICS


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """The parsed query string: a metric and a day; `problem` says what could not be parsed, else ""."""

    metric: str
    as_of: date
    problem: str


def parse_query(query: Mapping[str, Any], today: date) -> DashboardQuery:
    """Parse the metric and the day of a request; an invalid value falls back to its default and sets `problem`."""
    metric = query.get("metric") or HEADACHE_DAYS
    text, problem = query.get("as_of") or "", ""
    as_of = parse_iso_date(text) if text else today
    if as_of is None:
        as_of, problem = today, _("This is not a date. The page shows today.")
    elif as_of > today:
        as_of, problem = today, _("This day has not come yet. The page shows today.")
    elif as_of.year < 1900:
        as_of, problem = today, _("The diary begins in 1900. The page shows today.")
    if metric not in METRICS:
        metric, problem = HEADACHE_DAYS, _("There is no such chart. The page shows headache days.")
    return DashboardQuery(metric, as_of, problem)
