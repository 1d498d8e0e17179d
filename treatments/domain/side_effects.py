"""Side effects: those offered, published rates, when to ask, and the summary of a record.

Pure: no queries; `today` is passed in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from treatments.models import EffectCheck, SideEffect

NECK_PAIN, EYELID, BROW, HEADACHE = "neck pain", "eyelid droop", "brow change", "headache"
SITE_PAIN, NECK_WEAKNESS, FLU = "injection-site pain", "neck weakness", "flu-like symptoms"
SWALLOWING, SPEAKING, BREATHING = "trouble swallowing", "trouble speaking", "trouble breathing"
# Stored values, also used in files, and their labels.
OFFERED: Final = {
    NECK_PAIN: gettext_lazy("Neck pain"),
    EYELID: gettext_lazy("Eyelid droop"),
    BROW: gettext_lazy("Brow raised or uneven"),
    HEADACHE: gettext_lazy("Headache after it"),
    SITE_PAIN: gettext_lazy("Pain at the injection sites"),
    NECK_WEAKNESS: gettext_lazy("Neck weakness"),
    FLU: gettext_lazy("Flu-like"),
    SWALLOWING: gettext_lazy("Trouble swallowing"),
    SPEAKING: gettext_lazy("Trouble speaking"),
    BREATHING: gettext_lazy("Trouble breathing"),
}
EMERGENCIES: Final = (SWALLOWING, SPEAKING, BREATHING)
# Parts of own words that mean the same.
EMERGENCY_WORDS: Final = ("swallow", "breath", "speak", "speech", "chok")
MAX_DAYS_ASKED: Final = 20  # after the session; later there is no question


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rate was published."""

    label: str | Promise
    address: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A published share of people in percent. of: what was counted, if not the effect itself."""

    percent: str
    source: Source
    of: str | Promise = ""


# Eur J Neurol 2014: events associated with the drug.
FOUR_TRIALS: Final = Source(
    gettext_lazy("four trials, 1,997 people, put down to the injections"), "https://doi.org/10.1111/ene.12393"
)
COMPEL: Final = Source(
    gettext_lazy("COMPEL, 716 people, put down to the injections"),
    "https://doi.org/10.1186/s10194-018-0840-8",
)
HULL: Final = Source(gettext_lazy("one clinic, 254 people"), "https://doi.org/10.1186/1129-2377-15-54")
WEAKNESS: Final = gettext_lazy("muscle weakness")
# Other effects have no number in these sources.
RATES: Final[Mapping[str, Sequence[Rate]]] = {
    NECK_PAIN: (Rate("12.6", FOUR_TRIALS), Rate("4.1", COMPEL)),
    EYELID: (Rate("4.6", FOUR_TRIALS), Rate("2.5", COMPEL), Rate("11.0", HULL)),
    HEADACHE: (Rate("1.7", COMPEL),),
    SITE_PAIN: (Rate("2.0", COMPEL), Rate("14.9", HULL, gettext_lazy("for 24 hours or longer"))),
    NECK_WEAKNESS: (Rate("8.0", FOUR_TRIALS, WEAKNESS), Rate("1.4", COMPEL, WEAKNESS)),
    SWALLOWING: (Rate("2.0", HULL),),
}


def effect_label(effect: str) -> str:
    """Return the label of a stored effect; own words are their own label."""
    return str(OFFERED.get(effect, effect))


def is_emergency(effect: str) -> bool:
    """Whether an effect concerns swallowing, speaking or breathing, also in own words."""
    text = effect.lower()
    return effect in EMERGENCIES or any(word in text for word in EMERGENCY_WORDS)


def due_check(session: date, answered: Collection[int], today: date) -> int | None:
    """Return the day (3, 7 or 14) of the question that is open today; None if there is none or it was answered."""
    passed = (today - session).days
    reached = [day for day in EffectCheck.DAYS if day <= passed]
    if not reached or passed > MAX_DAYS_ASKED or reached[-1] in answered:
        return None
    return reached[-1]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One effect over all sessions. longest: days, both ends included, or None; of: sessions with any answer."""

    effect: str
    name: str
    sessions: int
    of: int
    longest: int | None
    is_ongoing: bool
    worst: str
    rates: Sequence[Rate]

    @property
    def frequency(self) -> str:
        """A label such as "after 2 of 5 sessions with an answer"."""
        text = ngettext(
            "after %(n)s of %(of)s session with an answer",
            "after %(n)s of %(of)s sessions with an answer",
            self.of,
        )
        return text % {"n": self.sessions, "of": self.of}

    @property
    def duration(self) -> str:
        """A label such as "11 days at the longest"."""
        if self.longest is None:
            return _("length not given")
        text = ngettext("%(n)s day at the longest", "%(n)s days at the longest", self.longest)
        duration = text % {"n": self.longest}
        return _("%(words)s, going on") % {"words": duration} if self.is_ongoing else duration


SEVERITIES: Final = ("", "mild", "moderate", "severe")


def summarize_effects(side_effects: Iterable[SideEffect], sessions: int, today: date) -> list[EffectLine]:
    """Summarize each effect of a record, the most frequent first. sessions: those with any answer."""
    by_effect: dict[str, list[SideEffect]] = {}
    for side_effect in side_effects:
        by_effect.setdefault(side_effect.effect.strip().lower(), []).append(side_effect)
    lines = []
    for name, courses in by_effect.items():
        code = name if name in OFFERED else courses[0].effect.strip()
        longest, is_ongoing = 0, False
        for course in courses:
            start, end = course.started, course.ended
            # An effect without an end lasts until today, for the first 20 days.
            if start and not end and (today - start).days <= MAX_DAYS_ASKED:
                end = today
            if start and end and end >= start:
                longest = max(longest, (end - start).days + 1)
                is_ongoing = is_ongoing or course.ended is None
        worst = max((course.severity for course in courses), key=SEVERITIES.index)
        lines.append(
            EffectLine(
                effect=code,
                name=effect_label(code),
                sessions=len({course.session_id for course in courses}),
                of=sessions,
                longest=longest or None,
                is_ongoing=is_ongoing,
                worst=str(SideEffect.Severity(worst).label) if worst else "",
                rates=RATES.get(code, ()),
            )
        )
    return sorted(lines, key=lambda line: (-line.sessions, line.name))
