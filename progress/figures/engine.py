"""All figures of one record, and the same as JSON (Rules, section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

from progress.figures.acute import Overuse, compute_overuse
from progress.figures.answers import MetricIndex
from progress.figures.change import Change, autocorrelations, compute_change
from progress.figures.rules import Rule, evaluate_rules
from progress.figures.values import HEADACHE_DAYS, METRICS, Diary
from progress.figures.wear_off import CycleWeeks, WearOff, compute_wear_off, weeks_of_cycles
from progress.figures.windows import Cycle, Window, baseline_window, build_cycles, now_window


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure the product shows.

    `baseline`, `now`, `change` (baseline to now, by metric), `autocorrelation` (by yes/no metric) and
    `wear_off` are None without a session up to as_of; `cycles` and `rules` are then empty. `overuse` needs no
    session. `cycle_weeks` are what `wear_off` adds up; they are no part of the JSON.
    """

    as_of: date
    criterion: str
    baseline: Window | None
    now: Window | None
    cycles: tuple[Cycle, ...]
    change: Mapping[str, Change | None] | None
    autocorrelation: Mapping[str, float] | None
    rules: tuple[Rule, ...]
    wear_off: WearOff | None
    overuse: tuple[Overuse, ...]
    cycle_weeks: tuple[CycleWeeks, ...] = ()


def compute_figures(record: Diary, as_of: date) -> Figures:
    """The figures of `record` as they stood at the end of `as_of`; nothing later counts."""
    return figures_from_index(MetricIndex.of(record, as_of))


def figures_from_index(answers: MetricIndex) -> Figures:
    """The same from answers that were asked already."""
    before, current, by_cycle = baseline_window(answers), now_window(answers), build_cycles(answers)
    drugs = compute_overuse(answers)
    if before is None or current is None:
        return Figures(answers.as_of, answers.criterion, None, None, (), None, None, (), None, drugs)
    alike = autocorrelations(answers, before, by_cycle)
    by_week = weeks_of_cycles(answers)
    return Figures(
        as_of=answers.as_of,
        criterion=answers.criterion,
        baseline=before,
        now=current,
        cycles=by_cycle,
        change={
            metric: compute_change(
                metric, before.metrics[metric], current.metrics[metric], alike.get(metric, 0.0)
            )
            for metric in METRICS
        },
        autocorrelation=alike,
        rules=evaluate_rules(answers, before, current, by_cycle),
        wear_off=compute_wear_off(by_week, by_cycle, alike[HEADACHE_DAYS]),
        overuse=drugs,
        cycle_weeks=by_week,
    )


def as_json(figures: Figures) -> dict[str, object]:
    """The figures as `json.dumps` takes them: dates in ISO form, floats unrounded (Rules, section 12)."""
    return {
        field.name: _plain(getattr(figures, field.name))
        for field in fields(figures)
        if field.name != "cycle_weeks"
    }


def _plain(value: object) -> object:
    # Numbers first: they are most of what there is, and the question for a Mapping is a slow one.
    if value is None or isinstance(value, (int, float, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return [_plain(held) for held in value]
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        # A window outside a cycle has no label, so the key is left out.
        return {name: one for name, one in held.items() if name != "label" or one is not None}
    raise TypeError(f"no JSON for {type(value).__name__}")
