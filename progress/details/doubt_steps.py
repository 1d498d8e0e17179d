"""The methodology of what could overturn a verdict, with the record's own numbers (Rules, sections 14 to 17)."""

from django.utils.translation import gettext as _

from core import formatting
from figures.chains import Chain
from figures.engine import Figures
from figures.looks import Look
from figures.power import FALLS, LOGGED_DAYS
from figures.rules import DAYS_PER_28, Rule
from figures.unlogged import Unlogged
from figures.values import HEADACHE_DAYS
from figures.windows import MONTH, MetricCount
from progress.details.steps import Step, format_number
from progress.presentation.reference_lines import TITLES


def build_doubt_steps(figures: Figures) -> list[Step]:
    """Explain days not counted, luck, power and drift, as far as there are numbers for them."""
    steps = []
    look = figures.looks[HEADACHE_DAYS] if figures.looks else None
    if look is not None and figures.unlogged is not None:
        steps.append(build_unlogged_step(look, figures.unlogged))
    if any(rule.luck is not None for rule in figures.rules):
        steps.append(build_luck_step(figures))
    if figures.power is not None:
        steps.append(build_power_step(figures))
    if figures.drift is not None and figures.drift.interval is not None:
        low, high = figures.drift.interval
        line = _(
            "The 28 days before the first session minus the 28 days before those: %(difference)s, %(low)s to %(high)s."
        )
        values = {
            "difference": formatting.signed(figures.drift.difference, 4),
            "low": formatting.signed(low, 4),
            "high": formatting.signed(high, 4),
        }
        steps.append(Step(_("Before the days before"), (line % values,), "17"))
    return steps


def build_unlogged_step(look: Look, unlogged: Unlogged) -> Step:
    before, after = look.before.metrics[HEADACHE_DAYS], look.after.metrics[HEADACHE_DAYS]
    c1, c2 = format_number(before.count), format_number(after.count)
    low, high = (formatting.signed(limit, 0) for limit in unlogged.difference)
    lines = [
        _("Not counted: %(before)s days before and %(after)s days of the look.")
        % {"before": unlogged.before, "after": unlogged.after},
        _("The least the difference could be: %(sum)s")
        % {"sum": f"{c2} − ({c1} + {unlogged.before}) = {low}"},
        _("The most it could be: %(sum)s") % {"sum": f"({c2} + {unlogged.after}) − {c1} = {high}"},
    ]
    needed = _("To reach the rate of before, %(sum)s days rounded up, and not below 0") % {
        "sum": f"{c1} × {MONTH} ÷ {before.known} − {c2}"
    }
    found = _("more than there are") if unlogged.tipping is None else str(unlogged.tipping)
    return Step(_("What days not counted could change"), (*lines, f"{needed}: {found}"), "14")


def build_luck_step(figures: Figures) -> Step:
    lines = [
        _(
            "Days are a chain: its rate is (count + ½) ÷ (counted days + 1), its similarity r as above. "
            "Each is computed exactly."
        ),
    ]
    lines += [describe_rule_luck(rule, figures) for rule in figures.rules if rule.luck is not None]
    return Step(_("How often a diary in which nothing changes reaches a line"), tuple(lines), "15")


def describe_rule_luck(rule: Rule, figures: Figures) -> str:
    compared = rule.inputs[0]
    count, known = compared.count, compared.known
    if rule.unit == DAYS_PER_28 and figures.baseline is not None:
        baseline = figures.baseline.metrics[rule.metric]
        count, known = baseline.count, baseline.known
    r = (figures.autocorrelation or {})[rule.metric]
    return _("%(line)s: rate %(rate)s, r %(r)s; reached by %(number)s of 1000 such diaries.") % {
        "line": TITLES[rule.id],
        "rate": f"({format_number(count)} + ½) ÷ ({known} + 1) = {format_number(Chain.of_count(count, known, r).rate)}",
        "r": format_number(r),
        "number": format_thousand(rule.luck or 0.0),
    }


def build_power_step(figures: Figures) -> Step:
    baseline: MetricCount | None = figures.baseline.metrics[HEADACHE_DAYS] if figures.baseline else None
    power = figures.power
    assert baseline is not None
    assert power is not None
    chain = Chain.of_count(baseline.count, baseline.known, (figures.autocorrelation or {})[HEADACHE_DAYS])
    lines = [
        _("The rate before: %(sum)s")
        % {
            "sum": f"({format_number(baseline.count)} + ½) ÷ ({baseline.known} + 1) = {format_number(chain.rate)}"
        },
    ]
    for fall in FALLS:
        for days in LOGGED_DAYS:
            text = _(
                "A fall by %(fall)s of 100, with %(days)s of 28 days filled in: “fewer” in %(number)s of 1000 looks."
            )
            number = format_thousand(power[str(fall)][str(days)])
            lines.append(text % {"fall": fall, "days": days, "number": number})
    return Step(_("What the next look can show"), tuple(lines), "16")


def format_thousand(share: float) -> str:
    """Return how many of 1000 a probability is, with one decimal."""
    return formatting.decimal(share * 1000, 1)
