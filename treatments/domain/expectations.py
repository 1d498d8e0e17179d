"""What to expect when: the stages of a cycle as dates, each with its source. Pure; `today` is passed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from treatments.domain.schedule import NextSession, due_date

PAST, NOW, AHEAD = "past", "now", "ahead"
DAY: Final = timedelta(1)
# The last day of the primary window after the second session (Rules, section 5: nice-30).
SECOND_CYCLE_DAYS: Final = 83
# Days since the session, from and to.
USUAL_STAGES: Final = (("sore", 0, 1), ("first", 6, 13), ("best", 14, 55), ("wearing", 56, 83))

# For each usual stage: title, what is usual, source, URL of the source.
TEXTS: Final[Mapping[str, tuple[str | Promise, str | Promise, str | Promise, str]]] = {
    "sore": (
        gettext_lazy("Days 1 and 2: sore spots"),
        gettext_lazy("The injection sites and the neck may be sore."),
        gettext_lazy("Hull, 254 people: pain at the sites for a day or longer in 15 of 100"),
        "https://doi.org/10.1186/1129-2377-15-54",
    ),
    "first": (
        gettext_lazy("Around weeks 1 and 2: the first effect"),
        gettext_lazy(
            "In the trials the two groups differed in week 1, and again from week 3 on. Many notice nothing yet."
        ),
        gettext_lazy("PREEMPT, early onset: Cephalalgia 2019"),
        "https://doi.org/10.1177/0333102418825382",
    ),
    "best": (
        gettext_lazy("Weeks 3 to 8: usually the best weeks"),
        gettext_lazy(
            "Of 80 people: 19.0 headache days a month before, 10.6 in the first month, 9.3 in the second."
        ),
        gettext_lazy("80 people, Arquivos de Neuro-Psiquiatria 2021"),
        "http://www.scielo.br/scielo.php?script=sci_arttext&pid=S0004-282X2021001000886",
    ),
    "wearing": (
        gettext_lazy("Weeks 9 to 12: it may wear off"),
        gettext_lazy("Noted in 63 of 100 charts, most often 2 to 4 weeks before the next injections."),
        gettext_lazy("143 people, Headache 2019, Masters-Israilov and Robbins"),
        "https://www.medscape.com/viewarticle/921189",
    ),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A range of days, both ends included, with what is usual then and where that was published."""

    code: str
    first: date
    last: date
    title: str | Promise
    text: str | Promise
    source: str | Promise
    address: str
    state: str


def first_fair_date(sessions: Sequence[date], interval_days: int) -> date | None:
    """Return the day on which two cycles are over: 83 days after the second session, or after its due date.

    None before the first session.
    """
    if not sessions:
        return None
    second = sessions[1] if len(sessions) > 1 else due_date(sessions[0], interval_days)
    return second + timedelta(SECOND_CYCLE_DAYS)


def stage_state(first: date, last: date, today: date) -> str:
    return PAST if last < today else NOW if first <= today else AHEAD


def build_stages(sessions: Sequence[date], next_session: NextSession, today: date) -> list[Stage]:
    """Build the stages of the running cycle and what follows it; [] before the first session."""
    if next_session.last is None:
        return []
    start = next_session.last
    stages = []
    for code, first_day, last_day in USUAL_STAGES:
        first, last = start + first_day * DAY, start + last_day * DAY
        stages.append(Stage(code, first, last, *TEXTS[code], stage_state(first, last, today)))
    stages.append(build_next_stage(next_session, today))
    fair = first_fair_date(sessions, next_session.interval_days)
    if fair and fair >= today:
        stages.append(
            Stage(
                "fair",
                fair,
                fair,
                _("The first fair time to judge"),
                _("After two cycles. Before that it is too early to judge, whichever way it goes."),
                _("NICE TA260, section 1"),
                "https://www.nice.org.uk/guidance/ta260/chapter/1-Recommendations",
                stage_state(fair, fair, today),
            )
        )
    return stages


def build_next_stage(next_session: NextSession, today: date) -> Stage:
    window = next_session.window
    first, last = (
        (next_session.booked, next_session.booked)
        if next_session.booked
        else (window or (next_session.target, next_session.target))
    )
    return Stage(
        "next",
        first,
        last,
        _("Session %(number)s") % {"number": next_session.number},
        _("It is booked.") if next_session.booked else _("Usually within 7 days of the due date."),
        _("every 12 weeks, as in the trials (COMPEL: 7 days either way)"),
        "https://doi.org/10.1186/s10194-018-0840-8",
        stage_state(first, last, today),
    )
