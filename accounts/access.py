"""The only door to a record: who may see or change which row. A stranger gets 404."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import AuditEntry, Grant, Record, User, hash_token

Row = TypeVar("Row", bound=models.Model)


class PersonRequest(HttpRequest):
    """A request of somebody who is logged in; the login middleware lets no other through."""

    user: User


class HasUser(Protocol):
    @property
    def user(self) -> Any: ...


def get_own_record(request: HasUser) -> Record:
    """The record of the person who asks. 404 when there is none (a clinician without a diary)."""
    return get_object_or_404(Record.objects.select_related("user"), user=request.user)


def has_record(user: User) -> bool:
    """Whether this person keeps a diary here."""
    return Record.objects.filter(user=user).exists()


def get_own_or_404(
    record: Record, model: type[Row], *, owner: str = "record", related: str | None = None, **lookup: Any
) -> Row:
    """One row of this record, or 404.

    owner: the path from the row to its record, where a parent lies between. related: a relation to load with it.
    """
    rows = model._default_manager.all()
    return get_object_or_404(rows.select_related(related) if related else rows, **{owner: record}, **lookup)


def get_shared_records(clinician: User) -> QuerySet[Record]:
    """Every record whose owner lets this clinician see it at this moment."""
    live = Grant.objects.filter(clinician=clinician, revoked_at__isnull=True, record__user__is_active=True)
    return Record.objects.filter(pk__in=live.values("record")).select_related("user").order_by("pk")


def get_shared_record(request: HasUser, key: str) -> Record:
    """A record that its owner shares with the person who asks; notes the look. 404 for everybody else.

    Check and note are one transaction, and the grant is held meanwhile: a look that cannot be noted does not
    happen, and none passes once taking back has been committed.
    """
    with transaction.atomic():
        live = Grant.objects.filter(clinician=request.user, revoked_at__isnull=True, record__key=key)
        held = live.select_for_update().values_list("pk", flat=True).first()
        record = get_shared_records(request.user).filter(key=key).first() if held else None
        if record is None:
            raise Http404
        log_access(record, request.user, AuditEntry.Action.SAW_PROGRESS)
    return record


def get_operator(request: HasUser) -> User:
    """The person who asks, if she runs this site. 404 for everybody else; the middleware asks for a second factor."""
    if not getattr(request.user, "is_operator", False):
        raise Http404
    found: User = request.user
    return found


def lock_record(record: Record) -> None:
    """Take the record's lock until the transaction ends: what one patient's requests write goes one after another.

    Call it first in an action, before anything is read that the action decides by.
    """
    Record.objects.select_for_update().only("pk").get(pk=record.pk)


def get_by_token(rows: type[Row], token: str) -> Row | None:
    """The row whose secret address was opened, for what needs no log-in; None for a made-up or replaced one.

    Only the hash of a token is kept (`token_hash`), so the database opens no door.
    """
    live = rows._default_manager.filter(token_hash=hash_token(token), record__user__is_active=True)
    return live.select_related("record__user").first()


def log_access(record: Record, actor: User, action: AuditEntry.Action) -> None:
    """Write one audit row."""
    log_access_to_many([record], actor, action)


def log_access_to_many(records: Iterable[Record], actor: User, action: AuditEntry.Action) -> None:
    """Write one audit row for each record, in one query."""
    now = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(record=record, actor=actor, actor_name=str(actor), action=action, at=now)
        for record in records
    )
