"""The latest look of each metric as text: which period was looked at, what it showed, when the next one is. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from figures.change import Change, compute_change
from figures.engine import Figures
from figures.looks import UNCLEAR, Look
from figures.values import HEADACHE_DAYS, METRICS, SUM_METRICS
from figures.windows import WEEKS_1_4, WEEKS_5_8, WEEKS_9_12
from progress.presentation.sentences import (
    MetricChange,
    build_metric_change,
    describe_range,
    format_amount,
)

PERIOD_NAMES = {
    WEEKS_1_4: gettext_lazy("weeks 1 to 4 after session %(number)s"),
    WEEKS_5_8: gettext_lazy("weeks 5 to 8 after session %(number)s"),
    WEEKS_9_12: gettext_lazy("weeks 9 to 12 after session %(number)s"),
}


def period_name(label: str, cycle: int) -> str:
    """Return "weeks 9 to 12 after session 7"."""
    return str(PERIOD_NAMES[label]) % {"number": cycle}


def reference_name(look: Look) -> str:
    """Return what a look is compared with: the 28 days before the first session, or the first recorded period."""
    if look.reference_period is None:
        return _("the 28 days before the first session")
    period = look.reference_period
    return _("the first four recorded weeks (%(period)s)") % {
        "period": period_name(period.window.label or "", period.cycle)
    }


def describe_look(look: Look, figures: Figures, places: int) -> str:
    """Describe the latest look at headache days with its range, and say when the next look is."""
    before, after = (window.metrics[HEADACHE_DAYS].per_28 or 0.0 for window in (look.before, look.after))
    if look.reference_period is None:
        sentence = _(
            "Look at %(period)s: %(after)s headache days in 28 days, %(before)s before Botox. "
            "The real change is probably %(range)s."
        )
    else:
        sentence = _(
            "Look at %(period)s: %(after)s headache days in 28 days, %(before)s in %(reference)s. "
            "The real change is probably %(range)s."
        )
    sentence %= {
        "period": period_name(look.label, look.cycle),
        "after": format_amount(after, places),
        "before": format_amount(before, places),
        "reference": reference_name(look),
        "range": describe_range(look.interval),
    }
    if look.verdict == UNCLEAR:
        sentence = _("%(sentence)s This could be chance.") % {"sentence": sentence}
    return f"{sentence} {describe_next_look(figures)}"


def describe_next_look(figures: Figures) -> str:
    """Say when a change is judged next."""
    if figures.next_look is None:
        return _("The next look comes after the next session.")
    return _("The next look is on %(day)s.") % {"day": formatting.day(figures.next_look)}


def build_look_change(figures: Figures, metric: str) -> MetricChange | None:
    """Return one metric at its latest look, None without a session.

    Sums are not judged: they are shown for the periods of the look at headache days. Before a look only the baseline
    is shown.
    """
    if figures.baseline is None or figures.looks is None:
        return None
    judged_metric = HEADACHE_DAYS if metric in SUM_METRICS else metric
    look = figures.looks[judged_metric]
    recent = figures.now
    if look is None:
        return build_metric_change(metric, figures.baseline, None, None, recent=recent)
    if metric in SUM_METRICS:
        change = compute_change(metric, look.before.metrics[metric], look.after.metrics[metric], 0.0)
        return build_metric_change(metric, look.before, look.after, change, recent=recent)
    change = Change(look.difference, look.percent, look.interval)
    return build_metric_change(metric, look.before, look.after, change, verdict=look.verdict, recent=recent)


def build_look_changes(figures: Figures) -> list[MetricChange]:
    """Return every metric at its latest look; [] without a session."""
    rows = (build_look_change(figures, metric) for metric in METRICS)
    return [row for row in rows if row is not None]
