"""Value objects the figures are computed from: days, intakes, the diary (Rules, sections 1 to 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

ANY: Final = "any"
FOUR_HOURS: Final = "4h"
CRITERIA: Final = (ANY, FOUR_HOURS)

MILD: Final = "mild"
MODERATE: Final = "moderate"
SEVERE: Final = "severe"
INTENSITIES: Final = (MILD, MODERATE, SEVERE)

ONE_SIDED: Final = "one-sided"
PULSATING: Final = "pulsating"
WORSE_WITH_ACTIVITY: Final = "worse-with-activity"
NAUSEA: Final = "nausea"
VOMITING: Final = "vomiting"
LIGHT: Final = "light"
SOUND: Final = "sound"
AURA: Final = "aura"
FEATURES: Final = (ONE_SIDED, PULSATING, WORSE_WITH_ACTIVITY, NAUSEA, VOMITING, LIGHT, SOUND, AURA)

DRUG_CLASSES: Final = (
    "triptan", "ergot", "opioid", "combination", "simple", "nsaid", "gepant", "ditan", "other",
)  # fmt: skip
RELIEFS: Final = ("none", "partial", "complete")

HEADACHE_DAYS: Final = "headache_days"
MIGRAINE_DAYS: Final = "migraine_days"
MODERATE_SEVERE_DAYS: Final = "moderate_severe_days"
HEADACHE_HOURS: Final = "headache_hours"
ACUTE_MEDICATION_DAYS: Final = "acute_medication_days"
CLEAR_DAYS: Final = "clear_days"
LOST_DAYS: Final = "lost_days"
METRICS: Final = (
    HEADACHE_DAYS,
    MIGRAINE_DAYS,
    MODERATE_SEVERE_DAYS,
    HEADACHE_HOURS,
    ACUTE_MEDICATION_DAYS,
    CLEAR_DAYS,
    LOST_DAYS,
)
SUM_METRICS: Final = (HEADACHE_HOURS, LOST_DAYS)
YES_NO_METRICS: Final = tuple(metric for metric in METRICS if metric not in SUM_METRICS)


@dataclass(frozen=True, slots=True)
class Intake:
    """An intake of acute medication: one of DRUG_CLASSES, one of RELIEFS or None (not answered), name and doses."""

    drug_class: str
    relief: str | None = None
    name: str = ""
    doses: float = 1


@dataclass(frozen=True, slots=True)
class Day:
    """One recorded calendar day in the patient's own time zone (Rules, section 1).

    `hours` is 0 < h <= 24, `lost` is 0, 0.5 or 1 day; None is "not answered" everywhere. An empty
    `features` is an answer ("none of them"), None is not. `menstruation` is whether yes was answered.
    """

    date: date
    headache: bool
    intensity: str | None = None
    hours: float | None = None
    features: frozenset[str] | None = None
    lost: float | None = None
    intakes: tuple[Intake, ...] = ()
    menstruation: bool = False


@dataclass(frozen=True, slots=True)
class Diary:
    """A patient's recorded days by date, the ascending dates of the sessions without duplicates, and the criterion.

    Build it with `Diary.of`. A date that is not in `days` is unknown, never headache-free.
    """

    days: Mapping[date, Day]
    sessions: tuple[date, ...]
    criterion: str

    @classmethod
    def of(cls, days: Iterable[Day], sessions: Iterable[date] = (), criterion: str = ANY) -> "Diary":
        """Build a diary from days and sessions in any order; two sessions on one date count as one (Rules, section 3).

        Raise ValueError for an unknown criterion and for two entries on one date.
        """
        if criterion not in CRITERIA:
            raise ValueError(f"unknown criterion: {criterion!r}")
        by_date: dict[date, Day] = {}
        for day in days:
            if day.date in by_date:
                raise ValueError(f"two entries for {day.date}")
            by_date[day.date] = day
        return cls(by_date, tuple(sorted(set(sessions))), criterion)
