"""The seven metrics: what one recorded day answers (Rules, section 2).

Yes and no are the whole numbers 1 and 0, so that a count of days stays a whole number. Unknown is None.
"""

from collections.abc import Callable, Mapping
from typing import Final

from figures import values
from figures.values import Day

MIN_HOURS: Final = 4  # of a headache day under the criterion of 4 hours; PREEMPT and the US label
_PAIN_FEATURES: Final = frozenset({values.ONE_SIDED, values.PULSATING, values.WORSE_WITH_ACTIVITY})
_LIGHT_AND_SOUND: Final = frozenset({values.LIGHT, values.SOUND})
_MIGRAINE_DRUGS: Final = frozenset({"triptan", "ergot"})
_HELPED: Final = frozenset({"partial", "complete"})
_MODERATE_OR_SEVERE: Final = frozenset({values.MODERATE, values.SEVERE})


def metric_value(metric: str, day: Day, criterion: str) -> float | None:
    """Return what `day` answers to `metric` under `criterion`: 1 or 0, hours, lost days, or None for unknown.

    Raise KeyError for an unknown metric (Rules, section 2).
    """
    return QUESTIONS[metric](day, criterion)


def _headache(day: Day, criterion: str) -> float | None:
    if not day.headache:
        return 0
    if criterion == values.ANY:
        return 1
    return None if day.hours is None else int(day.hours >= MIN_HOURS)


def _migraine(day: Day, _criterion: str) -> float | None:
    """Apply ICHD-3 1.3 C to the answers of one day."""
    if not day.headache:
        return 0
    for intake in day.intakes:
        if intake.drug_class in _MIGRAINE_DRUGS and intake.relief in _HELPED:
            return 1
    if day.features is None:
        return None
    if values.AURA in day.features:
        return 1
    return _without_aura(day.features, day.intensity)


def _without_aura(features: frozenset[str], intensity: str | None) -> float | None:
    """Apply ICHD-3 1.1 C and D: two of the four pain features, and nausea, vomiting, or light with sound."""
    is_accompanied = values.NAUSEA in features or values.VOMITING in features or features >= _LIGHT_AND_SOUND
    if not is_accompanied:
        return 0
    pain_features = len(features & _PAIN_FEATURES)
    if intensity is None and pain_features == 1:
        return None  # the missing intensity would decide
    return int(pain_features + (intensity in _MODERATE_OR_SEVERE) >= 2)


def _moderate_severe(day: Day, _criterion: str) -> float | None:
    if not day.headache:
        return 0
    return None if day.intensity is None else int(day.intensity in _MODERATE_OR_SEVERE)


def _lost(day: Day, _criterion: str) -> float | None:
    if day.lost is None:
        return None if day.headache else 0
    return day.lost


# Public because packing evaluates one metric on many days, and the look-up costs as much as most answers.
QUESTIONS: Final[Mapping[str, Callable[[Day, str], float | None]]] = {
    values.HEADACHE_DAYS: _headache,
    values.MIGRAINE_DAYS: _migraine,
    values.MODERATE_SEVERE_DAYS: _moderate_severe,
    values.HEADACHE_HOURS: lambda day, _criterion: day.hours if day.headache else 0,
    values.ACUTE_MEDICATION_DAYS: lambda day, _criterion: int(bool(day.intakes)),
    values.CLEAR_DAYS: lambda day, _criterion: int(not day.headache),
    values.LOST_DAYS: _lost,
}
