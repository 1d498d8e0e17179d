"""Side effects: the ones that are offered, what trials found, what is asked when, and what a record holds of them.

Values in, values out: no queries, no clock.
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
# As they are stored and stand in files, and as they are read.
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
# What says the same in words of one's own.
EMERGENCY_WORDS: Final = ("swallow", "breath", "speak", "speech", "chok")
LAST_ASKED: Final = 20  # days after the session; later nobody is asked


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rate was published."""

    words: str | Promise
    address: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of people, in percent, and of what."""

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
# Effects that are not here have no number in these sources.
RATES: Final[Mapping[str, Sequence[Rate]]] = {
    NECK_PAIN: (Rate("12.6", FOUR_TRIALS), Rate("4.1", COMPEL)),
    EYELID: (Rate("4.6", FOUR_TRIALS), Rate("2.5", COMPEL), Rate("11.0", HULL)),
    HEADACHE: (Rate("1.7", COMPEL),),
    SITE_PAIN: (Rate("2.0", COMPEL), Rate("14.9", HULL, gettext_lazy("for 24 hours or longer"))),
    NECK_WEAKNESS: (Rate("8.0", FOUR_TRIALS, WEAKNESS), Rate("1.4", COMPEL, WEAKNESS)),
    SWALLOWING: (Rate("2.0", HULL),),
}


def effect_label(effect: str) -> str:
    """A stored effect as it is read; words of one's own stay what they are."""
    return str(OFFERED.get(effect, effect))


def is_emergency(effect: str) -> bool:
    """Swallowing, speaking, breathing: also in words of one's own."""
    words = effect.lower()
    return effect in EMERGENCIES or any(word in words for word in EMERGENCY_WORDS)


def due_check(session: date, answered: Collection[int], today: date) -> int | None:
    """The day (3, 7 or 14) whose question is open today; None when none is, or when it was answered."""
    passed = (today - session).days
    reached = [day for day in EffectCheck.DAYS if day <= passed]
    if not reached or passed > LAST_ASKED or reached[-1] in answered:
        return None
    return reached[-1]


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One effect over all sessions. longest: days, both ends included; None where no length is known."""

    effect: str
    name: str
    sessions: int
    of: int
    longest: int | None
    running: bool
    worst: str
    rates: Sequence[Rate]

    @property
    def often(self) -> str:
        """ "after 2 of 5 sessions" """
        words = ngettext("after %(n)s of %(of)s session", "after %(n)s of %(of)s sessions", self.of)
        return words % {"n": self.sessions, "of": self.of}

    @property
    def lasted(self) -> str:
        """ "11 days at the longest" """
        if self.longest is None:
            return _("length not given")
        words = ngettext("%(n)s day at the longest", "%(n)s days at the longest", self.longest)
        said = words % {"n": self.longest}
        return _("%(words)s, going on") % {"words": said} if self.running else said


SEVERITIES: Final = ("", "mild", "moderate", "severe")


def effect_length(row: SideEffect, today: date) -> int | None:
    """Days of an effect; one without an end goes on, for as long as anybody could still be asked about it."""
    if row.started is None:
        return None
    end = row.ended or (today if (today - row.started).days <= LAST_ASKED else None)
    return (end - row.started).days + 1 if end and end >= row.started else None


def summary(rows: Iterable[SideEffect], sessions: int, today: date) -> list[EffectLine]:
    """Each effect of a record, the most frequent first; sessions is how many there were."""
    by_effect: dict[str, list[SideEffect]] = {}
    for row in rows:
        by_effect.setdefault(row.effect.strip().lower(), []).append(row)
    lines = [build_effect_line(found, sessions, today) for found in by_effect.values()]
    return sorted(lines, key=lambda one: (-one.sessions, one.name))


def build_effect_line(rows: Sequence[SideEffect], sessions: int, today: date) -> EffectLine:
    effect = rows[0].effect.strip()
    known = effect.lower() if effect.lower() in OFFERED else effect
    lengths = [days for row in rows if (days := effect_length(row, today)) is not None]
    worst = max((row.severity for row in rows), key=SEVERITIES.index)
    return EffectLine(
        effect=known,
        name=effect_label(known),
        sessions=len({row.session_id for row in rows}),
        of=sessions,
        longest=max(lengths, default=None),
        running=any(row.ended is None and effect_length(row, today) is not None for row in rows),
        worst=str(SideEffect.Severity(worst).label) if worst else "",
        rates=RATES.get(known, ()),
    )
