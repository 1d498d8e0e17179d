"""Taking an import back: every row it wrote becomes what it was, unless it was changed since."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Record
from exchange.imports.apply import (
    SHARED_KEY_FILES,
    AppliedRow,
    lock_rows,
    save_history,
    set_profile,
    snapshot_days,
    update_row,
    write_intakes,
)
from exchange.rows import StoredRow, load_rows, select_rows
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    EFFECT_CHECKS,
    GOALS,
    INJECTIONS,
    PROFILE,
    SESSIONS,
    SIDE_EFFECTS,
    TABLES,
    FileSchema,
    Key,
)
from headaches.models import Intake
from treatments.models import InjectionSession
from treatments.signals import session_changed

# What hangs on a session goes before the session.
ORDER = [*reversed(TABLES), PROFILE]


def pack_log(touched: Iterable[AppliedRow]) -> bytes:
    """What an import has written, to be kept with it."""
    rows = [(one.file, one.pk, one.key, one.before, one.after) for one in touched]
    return zlib.compress(json.dumps(rows).encode())


def unpack_log(kept: bytes) -> list[AppliedRow]:
    rows = json.loads(zlib.decompress(kept))
    return [AppliedRow(file, pk, tuple(key), before, after) for file, pk, key, before, after in rows]


@transaction.atomic
def revert_rows(record: Record, touched: Iterable[AppliedRow], now: datetime) -> list[AppliedRow]:
    """Undo what was written; answers the rows that stay, because they were changed since."""
    lock_rows(record)
    by_file: dict[str, list[AppliedRow]] = defaultdict(list)
    for one in touched:
        by_file[one.file].append(one)
    kept = load_rows(record)
    stay: list[AppliedRow] = []
    for file in ORDER:
        found: dict[int | Key, StoredRow] = {}
        for row in kept[file]:
            found[row.pk if file in SHARED_KEY_FILES else row.key] = row
        undone: list[tuple[StoredRow, AppliedRow]] = []
        for one in by_file[file]:
            current = found.get(one.pk if file in SHARED_KEY_FILES else one.key)
            if current and current.values == one.after:
                undone.append((current, one))
            elif current or one.before:
                stay.append(one)
        if file == PROFILE:
            restore_profile(record, undone, now)
        else:
            stay += restore_row(record, file, undone, now)
    if by_file[SESSIONS] or by_file[APPOINTMENT]:
        session_changed.send(sender=InjectionSession, record=record, now=now)
    return stay


def restore_row(
    record: Record, file: str, undone: list[tuple[StoredRow, AppliedRow]], now: datetime
) -> list[AppliedRow]:
    """Make these rows of one file what they were; answers those that stay."""
    table = TABLES[file]
    back = [(current, one.before) for current, one in undone if one.before]
    gone = [(current, one) for current, one in undone if not one.before]
    held = is_still_used(record) if file == SESSIONS else set()
    before = snapshot_days(record, [current.key[0] for current, _values in back]) if file == DIARY else {}
    remove_row(table, [current.pk for current, _one in gone if not held.intersection(current.key)])
    update_row(table, [(current.pk, values) for current, values in back])
    if file == DIARY:
        emptied = [current.pk for current, _values in back]
        for start in range(0, len(emptied), 500):
            Intake.objects.filter(day__in=emptied[start : start + 500]).delete()
        write_intakes(AppliedRow(DIARY, current.pk, current.key, None, values) for current, values in back)
        save_history(record, before, now)
    return [one for current, one in gone if held.intersection(current.key)]


def is_still_used(record: Record) -> set[str]:
    """The dates of sessions that something hangs on which the import did not bring."""
    return {
        on.isoformat()
        for file in (INJECTIONS, SIDE_EFFECTS, EFFECT_CHECKS, GOALS)
        for on in select_rows(record, TABLES[file]).values_list("session__date", flat=True)
    }


def remove_row(table: FileSchema, keys: list[int]) -> None:
    for start in range(0, len(keys), 500):
        table.model._default_manager.filter(pk__in=keys[start : start + 500]).delete()


def restore_profile(record: Record, undone: list[tuple[StoredRow, AppliedRow]], now: datetime) -> None:
    for _current, one in undone:
        if one.before:
            set_profile(record, one.before, now)
