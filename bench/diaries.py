"""Generated diaries of any length, the same at every run."""

from datetime import date, timedelta
from random import Random

from figures.values import FEATURES, INTENSITIES, RELIEFS, Day, Diary, Intake

START = date(2005, 1, 1)

DAYS_A_YEAR = 365

SESSIONS_IN_TEN_YEARS = 43


def build_diary(years: int) -> Diary:
    """Build a full diary: two days of three with headache and all answers, half of those with medication."""
    random = Random(years)
    number = years * DAYS_A_YEAR
    sessions = SESSIONS_IN_TEN_YEARS * years // 10
    return Diary.of(
        (_build_day(START + timedelta(days=index), random) for index in range(number)),
        (START + timedelta(days=28 + index * (number - 28) // sessions) for index in range(sessions)),
    )


def _build_day(date_of_day: date, random: Random) -> Day:
    if random.random() < 1 / 3:
        return Day(date_of_day, False, lost=0)
    return Day(
        date_of_day,
        True,
        random.choice(INTENSITIES),
        random.randint(1, 48) / 2,
        frozenset(random.sample(FEATURES, random.randint(0, 4))),
        random.choice([0, 0.5, 1]),
        tuple(Intake(random.choice(["triptan", "nsaid"]), random.choice(RELIEFS)) for _ in range(2))
        if random.random() < 1 / 2
        else (),
    )
