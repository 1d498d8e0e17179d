"""Undo of an import: every row it wrote is restored, unless it was changed since."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.access import lock_record
from accounts.models import Record
from exchange.imports.apply import (
    SHARED_KEY_FILES,
    AppliedRow,
    save_history,
    set_profile,
    snapshot_days,
    update_rows,
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
    Key,
)
from headaches.models import Intake
from treatments.models import InjectionSession
from treatments.signals import session_changed

# Rows that refer to a session are deleted before the session.
UNDO_ORDER = [*reversed(TABLES), PROFILE]


@transaction.atomic
def revert_rows(record: Record, applied: Iterable[AppliedRow], now: datetime) -> list[AppliedRow]:
    """Undo written rows. Return those that are kept because they were changed since."""
    lock_record(record)
    by_file: dict[str, list[AppliedRow]] = defaultdict(list)
    for applied_row in applied:
        by_file[applied_row.file].append(applied_row)
    stored = load_rows(record)
    kept_rows: list[AppliedRow] = []
    for file in UNDO_ORDER:
        current_rows: dict[int | Key, StoredRow] = {}
        for row in stored[file]:
            current_rows[row.pk if file in SHARED_KEY_FILES else row.key] = row
        to_undo: list[tuple[StoredRow, AppliedRow]] = []
        for applied_row in by_file[file]:
            current = current_rows.get(applied_row.pk if file in SHARED_KEY_FILES else applied_row.key)
            # A row of an earlier release may lack a value; its present one stands for it.
            if current and current.values == current.values | applied_row.after:
                to_undo.append((current, applied_row))
            elif current or applied_row.before:
                kept_rows.append(applied_row)
        if file == PROFILE:
            for settings in [row.before for _current, row in to_undo if row.before]:
                set_profile(record, settings, now)
        else:
            kept_rows += restore_rows(record, file, to_undo, now)
    if by_file[SESSIONS] or by_file[APPOINTMENT]:
        session_changed.send(sender=InjectionSession, record=record, now=now)
    return kept_rows


def restore_rows(
    record: Record, file: str, to_undo: list[tuple[StoredRow, AppliedRow]], now: datetime
) -> list[AppliedRow]:
    """Restore these rows of one file. Return those that are kept."""
    table = TABLES[file]
    to_restore = [
        (current, current.values | applied_row.before)
        for current, applied_row in to_undo
        if applied_row.before
    ]
    to_delete = [(current, applied_row) for current, applied_row in to_undo if not applied_row.before]
    # The dates of sessions to which rows still refer that the import did not write.
    used_dates = {
        day.isoformat()
        for referring in ((INJECTIONS, SIDE_EFFECTS, EFFECT_CHECKS, GOALS) if file == SESSIONS else ())
        for day in select_rows(record, TABLES[referring]).values_list("session__date", flat=True)
    }
    before = (
        snapshot_days(record, [current.key[0] for current, _values in to_restore]) if file == DIARY else {}
    )
    unused_keys = [current.pk for current, _one in to_delete if not used_dates.intersection(current.key)]
    for start in range(0, len(unused_keys), 500):
        table.model._default_manager.filter(pk__in=unused_keys[start : start + 500]).delete()
    update_rows(table, [(current.pk, values) for current, values in to_restore])
    if file == DIARY:
        day_keys = [current.pk for current, _values in to_restore]
        for start in range(0, len(day_keys), 500):
            Intake.objects.filter(day__in=day_keys[start : start + 500]).delete()
        write_intakes(
            AppliedRow(DIARY, current.pk, current.key, None, values) for current, values in to_restore
        )
        save_history(record, before, now)
    return [applied_row for current, applied_row in to_delete if used_dates.intersection(current.key)]
