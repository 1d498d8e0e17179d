"""Access control: who may see or change which row. Everybody else gets 404."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.audit.log import log_events
from accounts.audit_models import AuditEntry
from accounts.models import Grant, Record, User, hash_token

Row = TypeVar("Row", bound=models.Model)


class PersonRequest(HttpRequest):
    """A request of a logged-in user; the login middleware refuses all others."""

    user: User


class HasUser(Protocol):
    @property
    def user(self) -> Any: ...


def get_own_record(request: HasUser) -> Record:
    """Return the record of the user. 404 when there is none (a clinician without a diary)."""
    if not has_record(request.user):
        raise Http404
    record: Record = request.user.record
    return record


def find_record(email: str) -> Record | None:
    """Return the record of an account by its address, for commands of the host; None if there is none."""
    return Record.objects.select_related("user").filter(user__email=email.lower()).first()


def has_record(user: User) -> bool:
    """Whether this user keeps a diary here. The record is read once for each user object."""
    return hasattr(user, "record")


def get_own_or_404(
    record: Record, model: type[Row], *, owner: str = "record", related: str | None = None, **lookup: Any
) -> Row:
    """Return one row of this record, or raise 404.

    owner: the path from the row to its record, if there is a parent between them. related: a relation to load with it.
    """
    queryset = model._default_manager.all()
    if related:
        queryset = queryset.select_related(related)
    return get_object_or_404(queryset, **{owner: record}, **lookup)


def get_shared_records(clinician: User) -> QuerySet[Record]:
    """Return every record whose owner shares it with this clinician now."""
    grants = Grant.objects.filter(clinician=clinician, revoked_at__isnull=True, record__user__is_active=True)
    return Record.objects.filter(pk__in=grants.values("record")).select_related("user").order_by("pk")


def get_shared_record(request: HasUser, key: str) -> Record:
    """Return a record that its owner shares with the user, and log the access. 404 for everybody else.

    Check and log entry are one transaction, which locks the grant: nobody sees a record without a log entry, or after
    the access was revoked.
    """
    with transaction.atomic():
        grants = Grant.objects.filter(clinician=request.user, revoked_at__isnull=True, record__key=key)
        is_granted = grants.select_for_update().values_list("pk", flat=True).first() is not None
        record = get_shared_records(request.user).filter(key=key).first() if is_granted else None
        if record is None:
            raise Http404
        log_access([record], request.user, AuditEntry.Action.SAW_PROGRESS)
    return record


def get_operator(request: HasUser) -> User:
    """Return the user if she is an operator. 404 for everybody else; the middleware asks for a second factor."""
    user: User = request.user
    if not getattr(user, "is_operator", False):
        raise Http404
    return user


def lock_record(record: Record) -> None:
    """Lock the record until the transaction ends, so that writes to one record never overlap.

    Call it first in an action, before reading anything that the action depends on.
    """
    Record.objects.select_for_update().only("pk").get(pk=record.pk)


def get_by_token(model: type[Row], token: str) -> Row | None:
    """Return the row of a secret link, for pages without a log-in; None if the link is invalid or was replaced.

    Only the token's SHA-256 is stored (`token_hash`), so that a copy of the database gives no access.
    """
    matches = model._default_manager.filter(token_hash=hash_token(token), record__user__is_active=True)
    return matches.select_related("record__user").first()


def log_access(records: Iterable[Record], actor: User, action: AuditEntry.Action) -> None:
    """Write that somebody did something with, or saw of, each record into its owner's audit log."""
    log_events([record.user for record in records], action, actor=actor, now=timezone.now())
