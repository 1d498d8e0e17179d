"""Times of a day at which doses were taken: read from what a person types, kept as "09:30;14:00", written her way."""

import re
from datetime import time
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import formatting

MOST: Final = 20
# 9, 9:30, 9.30, 9h30, 930 am, 2 pm
TYPED: Final = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?")


def read(text: str) -> str:
    """Times as typed, separated by semicolons or commas, as they are kept: sorted, "" for none.

    ValidationError for what is no time of day, and for more than 20.
    """
    found = sorted({one_time(part.strip()) for part in re.split(r"[;,\n]", text.lower()) if part.strip()})
    if len(found) > MOST:
        raise ValidationError(_("At most %(most)s times.") % {"most": MOST})
    return ";".join(f"{one:%H:%M}" for one in found)


def one_time(text: str) -> time:
    typed = TYPED.fullmatch(text)
    hour, minute = (int(typed[1]), int(typed[2] or 0)) if typed else (24, 0)
    half = (typed[3] or "")[:1] if typed else ""
    if half in ("a", "p"):
        hour = (hour % 12 if 1 <= hour <= 12 else 24) + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise ValidationError(
            _("“%(text)s” is no time of day. Write times like 9:30; 14:00.") % {"text": text[:20]}
        )
    return time(hour, minute)


def words(kept: str) -> str:
    """ "9:30, 14:00" """
    return ", ".join(clocks(kept))


def typed_again(kept: str) -> str:
    """As a form shows them: "9:30; 14:00"."""
    return "; ".join(clocks(kept))


def clocks(kept: str) -> list[str]:
    return [formatting.clock(time.fromisoformat(one)) for one in kept.split(";") if one]
