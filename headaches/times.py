"""Times of day at which doses were taken: parsed from typed text, stored as "09:30;14:00", formatted by locale."""

import re
from datetime import time
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import formatting

MAX_TIMES: Final = 20
# 9, 9:30, 9.30, 9h30, 930 am, 2 pm
TYPED: Final = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?")


def parse_times(text: str) -> str:
    """Parse times separated by semicolons or commas into their stored form: sorted, "" for none.

    Raises ValidationError for what is no time of day, and for more than 20.
    """
    parsed = set()
    for part in filter(None, (part.strip() for part in re.split(r"[;,\n]", text.lower()))):
        typed = TYPED.fullmatch(part)
        hour, minute = (int(typed[1]), int(typed[2] or 0)) if typed else (24, 0)
        half = (typed[3] or "")[:1] if typed else ""
        if half in ("a", "p"):
            hour = (hour % 12 if 1 <= hour <= 12 else 24) + (12 if half == "p" else 0)
        if hour > 23 or minute > 59:
            raise ValidationError(
                _("“%(text)s” is no time of day. Write times like 9:30; 14:00.") % {"text": part[:20]}
            )
        parsed.add(time(hour, minute))
    if len(parsed) > MAX_TIMES:
        raise ValidationError(_("At most %(most)s times.") % {"most": MAX_TIMES})
    return ";".join(f"{value:%H:%M}" for value in sorted(parsed))


def format_times(stored: str, separator: str = ", ") -> str:
    """Return text such as "9:30, 14:00"."""
    return separator.join(formatting.clock(time.fromisoformat(value)) for value in stored.split(";") if value)
