"""What to expect when: the stages of a cycle as dates, each with its source. Values in, values out; no clock."""

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
# The last day of the primary window after the second session (rules, section 5: nice-30).
SECOND_CYCLE_DAYS: Final = 83
# Days since the session, from and to.
USUAL: Final = (("sore", 0, 1), ("first", 6, 13), ("best", 14, 55), ("wearing", 56, 83))

# Of each usual stage: title, what is usual, source, its address.
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
    """A stretch of days, both ends included; what is usual then, and where that was published."""

    code: str
    first: date
    last: date
    title: str | Promise
    words: str | Promise
    source: str | Promise
    address: str
    state: str


def first_fair_date(sessions: Sequence[date], interval_days: int) -> date | None:
    """The day on which two cycles are over: 83 days after the second session, which is expected where it is not yet.

    None before the first session.
    """
    if not sessions:
        return None
    second = sessions[1] if len(sessions) > 1 else due_date(sessions[0], interval_days)
    return second + timedelta(SECOND_CYCLE_DAYS)


def is_too_early(sessions: Sequence[date], interval_days: int, today: date) -> bool:
    """Whether two cycles are not over yet."""
    fair = first_fair_date(sessions, interval_days)
    return fair is not None and today < fair


def state(first: date, last: date, today: date) -> str:
    return PAST if last < today else NOW if first <= today else AHEAD


def build_stages(sessions: Sequence[date], coming: NextSession, today: date) -> list[Stage]:
    """The stages of the running cycle and what comes after it; [] before the first session."""
    if coming.last is None:
        return []
    start = coming.last
    found = [
        usual_stages(code, start + first * DAY, start + last * DAY, today) for code, first, last in USUAL
    ]
    found.append(next_stage(coming, today))
    fair = first_fair_date(sessions, coming.interval_days)
    if fair and fair >= today:
        found.append(fair_stage(fair, today))
    return found


def current_stage(coming: NextSession | None, today: date) -> Stage | None:
    """The stage of the cycle that runs today, for one line on the first page."""
    if coming is None or coming.last is None:
        return None
    running = [stage for stage in build_stages((), coming, today)[: len(USUAL)] if stage.state == NOW]
    return running[0] if running else None


def usual_stages(code: str, first: date, last: date, today: date) -> Stage:
    title, words, source, address = TEXTS[code]
    return Stage(code, first, last, title, words, source, address, state(first, last, today))


def next_stage(coming: NextSession, today: date) -> Stage:
    window = coming.window
    first, last = (
        (coming.booked, coming.booked) if coming.booked else (window or (coming.target, coming.target))
    )
    return Stage(
        "next",
        first,
        last,
        _("Session %(number)s") % {"number": coming.number},
        _("It is booked.") if coming.booked else _("Usually within 7 days of the due date."),
        _("every 12 weeks, as in the trials (COMPEL: 7 days either way)"),
        "https://doi.org/10.1186/s10194-018-0840-8",
        state(first, last, today),
    )


def fair_stage(fair: date, today: date) -> Stage:
    return Stage(
        "fair",
        fair,
        fair,
        _("The first fair time to judge"),
        _("After two cycles. Before that it is too early to judge, whichever way it goes."),
        _("NICE TA260, section 1"),
        "https://www.nice.org.uk/guidance/ta260/chapter/1-Recommendations",
        state(fair, fair, today),
    )
