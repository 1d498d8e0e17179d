"""Drafts: what was typed and not sent, stored while typing, restored when the page opens again, ended by saving."""

import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import is_valid_path
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from accounts.models import Draft, User

# The hidden field of a form with drafts; its value is `edit`.
FIELD = "draft"
MAX_LENGTH = 32_000  # characters of a draft as JSON; a keepalive request may carry 64 kB
MAX_FIELDS, MAX_VALUES = 400, 60
NEWEST = 20  # how many are kept in any case
# However many there are, none is deleted earlier than MIN_AGE (WCAG 2.2.6).
MIN_AGE = timedelta(hours=20)
# More than anybody opens in 20 hours; it stops a program that fills the table.
MAX_DRAFTS = 200
EDIT = re.compile(r"[0-9a-f]{16,32}")
# NUL and lone surrogates: no database stores them.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Fields = dict[str, list[str]]


def parse_draft(body: bytes) -> tuple[str, str, Fields | None]:
    """Parse what a page sends into key, edit and fields; fields is None if it sends none. Raises ValidationError.

    The key is the path of the page, without a query.
    """
    try:
        payload = json.loads(body)
        key, edit, fields = payload["key"], payload["edit"], payload.get("fields")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValidationError(_("This is not a draft.")) from error
    is_storable = isinstance(key, str) and len(key) <= 200 and not UNSTORABLE.search(key)
    if not (is_storable and is_valid_path(key) and isinstance(edit, str) and EDIT.fullmatch(edit)):
        raise ValidationError(_("This draft does not belong to a page."))
    if fields is not None and not are_valid_fields(fields):
        raise ValidationError(_("A draft must contain lists of texts."))
    return key, edit, fields


def are_valid_fields(fields: Any) -> bool:
    return (
        isinstance(fields, dict)
        and len(fields) <= MAX_FIELDS
        and all(isinstance(values, list) and len(values) <= MAX_VALUES for values in fields.values())
        and all(
            isinstance(value, str) and not UNSTORABLE.search(value)
            for values in fields.values()
            for value in values
        )
        and not any(UNSTORABLE.search(name) for name in fields)
        and len(json.dumps(fields)) <= MAX_LENGTH
    )


@transaction.atomic
def save_draft(*, user: User, key: str, edit: str, fields: Fields, now: datetime) -> bool:
    """Store a draft; return False if its form was sent meanwhile. Raises ValidationError when there are too many."""
    lock_user(user)
    drafts = Draft.objects.filter(user=user)
    stored = drafts.filter(key=key).first()
    if stored and stored.edit == edit and stored.fields is None:
        return False
    others = drafts.exclude(key=key)
    others.filter(saved_at__lt=now - timedelta(days=settings.KEEP_DRAFT_DAYS)).delete()
    surplus = others.order_by("-saved_at", "-pk").values_list("pk", flat=True)[NEWEST - 1 : MAX_DRAFTS]
    others.filter(pk__in=list(surplus), saved_at__lt=now - MIN_AGE).delete()
    if others.count() >= MAX_DRAFTS:
        raise ValidationError(_("There are too many drafts. Save one of the open pages first."))
    values = {"edit": edit, "fields": fields, "saved_at": now}
    Draft.objects.update_or_create(user=user, key=key, defaults=values)
    return True


@transaction.atomic
def end_draft(*, user: User, key: str, edit: str, now: datetime) -> None:
    """End a draft whose form was sent or discarded: delete its fields, and ignore what this page still sends."""
    lock_user(user)
    values = {"edit": edit, "fields": None, "saved_at": now}
    if EDIT.fullmatch(edit):
        Draft.objects.update_or_create(user=user, key=key, defaults=values)
    else:
        Draft.objects.filter(user=user, key=key).delete()  # sent by a browser that runs no script


def discard_draft(request: PersonRequest, now: datetime) -> None:
    """End the draft of this page. For views that have saved the form of a page with drafts."""
    end_draft(user=request.user, key=request.path, edit=request.POST.get(FIELD, ""), now=now)


def build_owner_code(user: User) -> str:
    """Return the code under which a browser stores this user's drafts, also under another SECRET_KEY.

    It is unique, and reveals nothing about the user.
    """
    joined = user.date_joined.astimezone(UTC).isoformat(timespec="microseconds")
    return sha256(f"accounts.drafts {user.pk} {joined}".encode()).hexdigest()[:32]


def lock_user(user: User) -> None:
    """Lock the user, so that writes to one user's drafts never overlap."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)
