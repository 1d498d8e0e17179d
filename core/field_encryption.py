"""Rewrite what encrypted fields hold: with the first key of FIELD_KEYS, or in the clear."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models, transaction

from core.encrypted import (
    UnreadableFieldError,
    is_encrypted_with_first_key,
    list_encrypted_fields,
    write_plain,
)

BATCH: Final = 200


@dataclass(slots=True)
class Rewriting:
    """Values of one column. unreadable: encrypted with a key that is not there; they stay as they are."""

    column: str
    total: int = 0
    rewritten: int = 0
    unreadable: int = 0


def rewrite_all(*, decrypt: bool) -> list[Rewriting]:
    """Rewrite every encrypted column, in batches under a lock, so that nothing written meanwhile is lost."""
    return [rewrite_column(model, field, decrypt=decrypt) for model, field in list_encrypted_fields()]


def rewrite_column(model: type[models.Model], field: Any, *, decrypt: bool) -> Rewriting:
    result, last = Rewriting(f"{model.__name__}.{field.name}"), 0
    while True:
        with transaction.atomic(), write_plain() if decrypt else nullcontext():
            rows = model._base_manager.select_for_update().filter(pk__gt=last).order_by("pk")
            keys = list(rows.values_list("pk", flat=True)[:BATCH])
            for key, stored in read_column(model, field, keys):
                rewrite_value(model, field, key, stored, result, decrypt=decrypt)
        if len(keys) < BATCH:
            return result
        last = keys[-1]


def read_column(model: type[models.Model], field: Any, keys: list[int]) -> list[tuple[int, Any]]:
    """Return primary key and content of the column as the database holds it."""
    if not keys:
        return []
    quote = connection.ops.quote_name
    columns = f"{quote(model._meta.pk.column)}, {quote(field.column)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {quote(model._meta.db_table)} "  # noqa: S608  names of our own tables
            f"WHERE {quote(model._meta.pk.column)} IN ({', '.join(['%s'] * len(keys))})",
            keys,
        )
        return list(cursor.fetchall())


def rewrite_value(
    model: type[models.Model], field: Any, key: int, stored: Any, result: Rewriting, *, decrypt: bool
) -> None:
    if stored is None or stored in ("", b"", "null"):
        return
    result.total += 1
    marked = field.read_stored(stored)
    is_right = marked is None if decrypt else marked is not None and is_encrypted_with_first_key(marked)
    if is_right:
        return
    try:
        value = field.load(stored)
    except UnreadableFieldError:
        result.unreadable += 1
        return
    model._base_manager.filter(pk=key).update(**{field.name: value})
    result.rewritten += 1


def find_unreadable_column() -> str:
    """Return the first column whose newest value no key decrypts; "" if there is none. One query a column."""
    for model, field in list_encrypted_fields():
        newest = model._base_manager.exclude(**{f"{field.name}__isnull": True}).order_by("-pk")
        keys = list(newest.values_list("pk", flat=True)[:1])
        for _key, stored in read_column(model, field, keys):
            try:
                field.load(stored)
            except UnreadableFieldError:
                return f"{model.__name__}.{field.name}"
    return ""
