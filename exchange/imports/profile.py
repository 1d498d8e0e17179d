"""Parser of profile.json: the settings of a record."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import INTERVAL_DAYS, Record
from exchange import cells
from exchange.cells import BadCellError
from exchange.imports.lines import RecordReader
from exchange.parsers import TENTH, ZERO
from exchange.schema import (
    PROFILE,
    PROFILE_FIELDS,
    Problem,
    Row,
    Values,
)

MAX_PROFILE_BYTES = 64 * 1024


def read_profile(reader: RecordReader, text: str, problems: list[Problem]) -> None:
    """Read the settings; fields that are not in the file stay unchanged."""
    try:
        profile = json.loads(text, parse_float=Decimal) if len(text) <= MAX_PROFILE_BYTES else None
    except (ValueError, RecursionError):
        profile = None
    if not isinstance(profile, dict):
        problems.append(Problem(PROFILE, 0, _("is no JSON object")))
        return
    unknown = sorted(set(profile) - set(PROFILE_FIELDS))
    if unknown:
        names = ", ".join(name[:40] for name in unknown)
        problems.append(Problem(PROFILE, 0, _("has unknown fields: %(names)s") % {"names": names}))
        return
    values: Values = {}
    for name in PROFILE_FIELDS:
        if name in profile:
            try:
                values[name] = PROFILE_PARSERS[name](profile[name])
            except BadCellError as error:
                problems.append(Problem(PROFILE, 0, f"{name}: {error}"))
    if values.get("interval_days", INTERVAL_DAYS) < INTERVAL_DAYS and not values.get("interval_reason"):
        reason = _("interval_reason: fewer than 84 days between sessions needs a reason in words")
        problems.append(Problem(PROFILE, 0, reason))
    reader.add(PROFILE, Row((), values))


def choice_parser(allowed: Callable[[], Any]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed():
            raise BadCellError(_("“%(value)s” is not known") % {"value": str(value)[:40]})
        return value

    return parse


def parse_interval(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 365:
        raise BadCellError(_("must be a whole number from 1 to 365"))
    return value


def parse_reason(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or "\0" in value or not value.isprintable():
        raise BadCellError(_("must be a text of at most 200 characters"))
    return value


def parse_baseline(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadCellError(_("must be a number from 0 to 31, or null"))
    return cells.format_number(cells.parse_number(str(value), ZERO, Decimal(31), TENTH))


PROFILE_PARSERS: dict[str, Callable[[Any], Any]] = {
    "time_zone": choice_parser(available_timezones),
    "criterion": choice_parser(lambda: Record.Criterion.values),
    "interval_days": parse_interval,
    "interval_reason": parse_reason,
    "recalled_baseline": parse_baseline,
    "language": choice_parser(lambda: [code for code, _name in settings.LANGUAGES]),
    "rhythm": choice_parser(lambda: Record.Rhythm.values),
}
