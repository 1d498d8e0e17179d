"""Reading JSON that others wrote: every value is checked before it is used. Pure."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from core.json_text import parse_json
from exchange.archive import RefusedError
from exchange.cells import BadCellError
from exchange.imports.datetimes import ParsedMoment

Entry = dict[str, Any]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_MILLISECONDS: Final = 4_102_444_800_000  # the year 2100


def load_json(text: str) -> Entry:
    """Return the object of a file. Raise RefusedError."""
    try:
        loaded = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise RefusedError(_("The file is damaged or cut off; nothing of it was read.")) from error
    if not isinstance(loaded, dict):
        raise RefusedError(_("The file is damaged or cut off; nothing of it was read."))
    return loaded


def list_entries(loaded: Entry, key: str) -> list[tuple[int, Entry]]:
    """Return the entries below a key, numbered from 1; what is no entry is an empty one, and named by its reader."""
    entries = loaded.get(key)
    if not isinstance(entries, list):
        return []
    return [
        (number, entry if isinstance(entry, dict) else {}) for number, entry in enumerate(entries, start=1)
    ]


def get_text(entry: Entry, key: str) -> str:
    """Return a text or a number as text; "" for none. Raise BadCellError for anything else."""
    value = entry.get(key)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value).strip()
    raise BadCellError(_("%(name)s is no text and no number") % {"name": key})


def get_list(entry: Entry, key: str) -> list[str]:
    """Return the texts of a list, or the one text; what is neither is left out."""
    value = entry.get(key)
    values = value if isinstance(value, list) else [value]
    texts = [
        get_text({"name": item.get("name")} if isinstance(item, dict) else {"name": item}, "name")
        for item in values
    ]
    return [text for text in texts if text]


def get_moment(entry: Entry, key: str) -> ParsedMoment | None:
    """Return the instant of milliseconds since 1970, None if there are none. Raise BadCellError."""
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_MILLISECONDS:
        raise BadCellError(_("%(name)s is no time") % {"name": key})
    moment = EPOCH + timedelta(milliseconds=value)
    return ParsedMoment(moment.date(), moment.time(), UTC)
