"""Deletion of one row with an undo: the log-in stores the row until the notice is dismissed or the day is over."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.serializers.base import DeserializationError
from django.db import models, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import PersonRequest, lock_record
from accounts.models import Record, User
from accounts.signals import row_restored
from core.dates import local_date

SESSION_KEY = "deleted_row"


def delete_with_undo(
    request: PersonRequest,
    row: models.Model,
    *,
    text: str,
    page: str,
    delete: Callable[[], object] | None = None,
) -> None:
    """Delete a row without children. text: what the notice says; page: the path that shows it; delete: an action."""
    stored = serializers.serialize("json", [row])
    (delete or row.delete)()
    today = local_date(request.user, timezone.now())
    request.session[SESSION_KEY] = {"row": stored, "text": text, "page": page, "day": today.isoformat()}


def get_deletion_notice(request: HttpRequest, user: User | None) -> dict[str, Any] | None:
    """Return the last deletion of today if this page shows it."""
    notice: dict[str, Any] | None = request.session.get(SESSION_KEY) if user else None
    if user is None or notice is None or notice["page"] != request.path:
        return None
    return notice if notice["day"] == local_date(user, timezone.now()).isoformat() else None


def pop_deletion(request: HttpRequest) -> tuple[str, str]:
    """Take the last deletion out of the log-in. Return its row ("" if there is none) and the page that showed it."""
    notice = request.session.pop(SESSION_KEY, None)
    return (notice["row"], notice["page"]) if notice else ("", reverse("home"))


@transaction.atomic
def restore_row(*, record: Record, stored: str, now: datetime) -> None:
    """Bring a deleted row of this record back. Raise ValidationError if that is impossible by now."""
    lock_record(record)
    try:
        (deserialized,) = serializers.deserialize("json", stored)
    except (DeserializationError, ValueError) as error:
        raise ValidationError(_("Nothing was changed: this can no longer be undone.")) from error
    row = deserialized.object
    for field in row._meta.concrete_fields:
        if field.is_relation and not is_own_reference(record, field, getattr(row, field.attname)):
            if not field.null:
                raise ValidationError(_("Nothing was changed: what it belonged to is deleted too."))
            setattr(row, field.attname, None)
    if type(row)._default_manager.filter(pk=row.pk).exists():
        raise ValidationError(_("Nothing was changed: it is back already."))
    row.validate_unique()
    row.validate_constraints()
    row.save_base(raw=True, force_insert=True)  # raw: dates of creation stay
    row_restored.send(sender=type(row), record=record, now=now)


def is_own_reference(record: Record, field: Any, key: int | None) -> bool:
    """Whether a foreign key points to this record, to an existing row of it, or nowhere."""
    if field.related_model is Record:
        return key == record.pk
    return key is None or field.related_model._default_manager.filter(record=record, pk=key).exists()
