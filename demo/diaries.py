"""The demo's diaries: random, but shaped like those of the trials. Pure apart from the generator it is given.

About 20 headache days of 28 before treatment, 7 fewer in the first cycle, 10 fewer later, with some wear-off in weeks 9
to 12; consecutive days are similar; some days and some weeks are missing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from headaches.models import Feature

BASELINE_RATE = 20 / 28
FIRST_CYCLE_RATE = 13 / 28
LATER_RATE = 9 / 28
WEAR_OFF = 5 / 28
SLOW_START = 3 / 28
# Correlation of a day with the day before.
CORRELATION = 0.25

TRIPTAN = ("Sumatriptan 50 mg", "triptan")
NSAID = ("Ibuprofen 400 mg", "nsaid")
SIMPLE = ("Paracetamol 500 mg", "simple")


@dataclass(frozen=True, slots=True)
class DemoDay:
    """One recorded day; intakes as (name, class, doses, relief)."""

    date: date
    headache: bool
    intensity: str = ""
    hours: Decimal | None = None
    features: int | None = None
    lost: str = ""
    intakes: tuple[tuple[str, str, Decimal, str], ...] = ()
    note: str = ""
    late_hours: int = 0


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody fills in a diary: share of days recorded, gaps in days before the end, share with details."""

    recorded: float
    gaps: tuple[tuple[int, int], ...] = ()
    details: float = 0.85


def make_diary(random: Random, start: date, end: date, sessions: list[date], habits: Habits) -> list[DemoDay]:
    """Return the recorded days from start to end, both included."""
    days: list[DemoDay] = []
    has_headache = random.random() < BASELINE_RATE
    for offset in range((end - start).days + 1):
        day = start + timedelta(offset)
        rate, past = BASELINE_RATE, [session for session in sessions if session <= day]
        if past:
            week = (day - past[-1]).days // 7 + 1
            rate = FIRST_CYCLE_RATE if len(past) == 1 else LATER_RATE
            rate += SLOW_START if week <= 2 else WEAR_OFF if week >= 9 else 0
        has_headache = random.random() < rate + CORRELATION * (int(has_headache) - rate)
        if has_headache:
            demo_day = make_headache_day(random, day, rate, habits)
        else:
            # A painkiller for another reason is medication on a day without headache.
            intakes = ((*SIMPLE, Decimal(1), ""),) if random.random() < 0.03 else ()
            demo_day = DemoDay(day, headache=False, intakes=intakes, late_hours=pick_lateness(random))
        back = (end - day).days
        is_in_gap = any(low <= back <= high for low, high in habits.gaps)
        # The generator must be asked for every day, so that a seed always gives the same diary.
        if random.random() <= habits.recorded and not is_in_gap:
            days.append(demo_day)
    return days


def make_headache_day(random: Random, day: date, rate: float, habits: Habits) -> DemoDay:
    severe, moderate = 0.12 + 0.18 * rate, 0.30 + 0.15 * rate
    draw = random.random()
    intensity = "severe" if draw < severe else "moderate" if draw < severe + moderate else "mild"
    if random.random() > habits.details:
        return DemoDay(day, headache=True, intensity=intensity, late_hours=pick_lateness(random))
    longest = {"mild": 8, "moderate": 14, "severe": 22}[intensity]
    shortest = {"mild": 2, "moderate": 4, "severe": 8}[intensity]
    hours = Decimal(random.randint(shortest, longest))
    likely = {"mild": 0.25, "moderate": 0.55, "severe": 0.8}[intensity]
    features = sum(int(feature) for feature in USUAL_FEATURES if random.random() < likely)
    if random.random() < 0.05:
        features |= int(Feature.AURA)
    if intensity == "severe":
        lost = "full" if random.random() < 0.6 else "half"
    else:
        lost = "half" if intensity == "moderate" and random.random() < 0.4 else "none"
    intakes: list[tuple[str, str, Decimal, str]] = []
    relief = random.choices(("none", "partial", "complete"), (2, 5, 3))[0]
    if random.random() < {"mild": 0.05, "moderate": 0.4, "severe": 0.75}[intensity]:
        intakes.append((*TRIPTAN, Decimal(random.choice((1, 1, 2))), relief))
    if random.random() < {"mild": 0.3, "moderate": 0.3, "severe": 0.35}[intensity]:
        intakes.append((*NSAID, Decimal(1), relief))
    return DemoDay(
        day,
        headache=True,
        intensity=intensity,
        hours=hours,
        features=features,
        lost=lost,
        intakes=tuple(intakes),
        note=random.choice(NOTES) if random.random() < 0.06 else "",
        late_hours=pick_lateness(random),
    )


USUAL_FEATURES = (
    Feature.ONE_SIDED,
    Feature.PULSATING,
    Feature.WORSE_WITH_ACTIVITY,
    Feature.NAUSEA,
    Feature.LIGHT,
    Feature.SOUND,
)
NOTES = (
    "Woke up with it.",
    "After a short night.",
    "Storm coming.",
    "Travelled all day.",
    "Neck stiff since yesterday.",
)


def pick_lateness(random: Random) -> int:
    """Return the hours between the evening of a day and its entry."""
    draw = random.random()
    return 0 if draw < 0.78 else 20 if draw < 0.93 else 80


# ---------- details of the five sessions of the demo's first patient ----------

VIAL = 200
# Extra sites on each side in each session; the others follow the fixed scheme.
EXTRAS: tuple[dict[str, int], ...] = (
    {}, {}, {"trapezius": 1}, {"trapezius": 1, "occipitalis": 1}, {"trapezius": 1, "occipitalis": 1},
)  # fmt: skip
LOTS = ("C7412C3", "C7519C3", "C7606C4", "C7688C4", "C7731C4")
# Session, effect, severity, first and last day after it.
EFFECTS = (
    (0, "neck pain", "mild", 1, 5), (0, "injection-site pain", "mild", 0, 1), (1, "eyelid droop", "mild", 6, 16),
    (2, "neck pain", "moderate", 1, 6), (3, "eyelid droop", "mild", 8, 14), (3, "headache", "moderate", 0, 1),
)  # fmt: skip
# Session, and goals with their outcomes.
GOALS = (
    (0, ("Pick the kids up every day", "partly"), ("Read for half an hour", "reached")),
    (1, ("Pick the kids up every day", "reached"), ("Swim once a week", "not yet")),
    (2, ("Swim once a week", "partly"), ("Work four mornings", "partly")),
    (3, ("Work four mornings", "reached"), ("Swim once a week", "reached")),
    (4, ("Work five mornings", ""), ("A weekend away", ""), ("Swim twice a week", "")),
)
# Name, class, dose, first and last day back, outcome.
PREVENTIVES = (
    ("Propranolol", "beta blocker", "80 mg daily", 1190, 980, "no effect"),
    ("Topiramate", "anticonvulsant", "100 mg daily", 900, 780, "not tolerated: tingling, words missing"),
    ("Amitriptyline", "tricyclic", "25 mg at night", 700, 545, "no effect"),
)
# Days back, questionnaire, scale, total.
SCORES = (
    (420, "hit6", "", "66"), (332, "hit6", "", "63"), (240, "hit6", "", "60"), (156, "hit6", "", "61"),
    (73, "hit6", "", "58"), (15, "hit6", "", "56"), (420, "midas", "", "78"), (240, "midas", "", "52"),
    (73, "midas", "", "31"), (420, "msq", "restrictive", "38.6"), (73, "msq", "restrictive", "62.9"),
    (420, "msq", "preventive", "45"), (73, "msq", "preventive", "70"), (420, "msq", "emotional", "40"),
    (73, "msq", "emotional", "66.7"),
)  # fmt: skip
