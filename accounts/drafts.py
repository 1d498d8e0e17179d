"""What was typed and not sent yet: kept while it is typed, brought back when the page opens again, ended by saving."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from accounts.models import Draft, User

# The hidden field of a form that has drafts; it carries `edit`.
FIELD = "draft"
LONGEST = 32_000  # characters of a draft as JSON; a keepalive request may carry 64 kB
MOST_FIELDS, MOST_VALUES = 400, 60
KEPT = 20
# However many there are, none goes earlier (WCAG 2.2.6).
LEAST_LIFE, LIFE = timedelta(hours=20), timedelta(days=30)
# More than anybody opens in 20 hours; a program that fills the table meets it.
CEILING = 200
EDIT = re.compile(r"[0-9a-f]{16,32}")
# NUL, and half of a character: no database takes them.
UNKEPT = re.compile("[\0\ud800-\udfff]")

Fields = dict[str, list[str]]


def parse_draft(body: bytes) -> tuple[str, str, Fields | None]:
    """Key, edit and fields of what a page sends; fields are None where it sends none. ValidationError in words."""
    try:
        sent = json.loads(body)
        key, edit, fields = sent["key"], sent["edit"], sent.get("fields")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValidationError(_("This is not a draft.")) from error
    if not (is_page(key) and isinstance(edit, str) and EDIT.fullmatch(edit)):
        raise ValidationError(_("This draft belongs to no page."))
    if fields is not None and not are_fields(fields):
        raise ValidationError(_("A draft holds lists of texts."))
    return key, edit, fields


def is_page(key: Any) -> bool:
    """Whether this is the address of a page of ours, without a query."""
    if not isinstance(key, str) or len(key) > 200 or UNKEPT.search(key):
        return False
    try:
        resolve(key)
    except Resolver404:
        return False
    return True


def are_fields(fields: Any) -> bool:
    return (
        isinstance(fields, dict)
        and len(fields) <= MOST_FIELDS
        and all(isinstance(values, list) and len(values) <= MOST_VALUES for values in fields.values())
        and all(
            isinstance(value, str) and not UNKEPT.search(value)
            for values in fields.values()
            for value in values
        )
        and not any(UNKEPT.search(name) for name in fields)
        and len(json.dumps(fields)) <= LONGEST
    )


@transaction.atomic
def save_draft(*, user: User, key: str, edit: str, fields: Fields, now: datetime) -> bool:
    """Write a draft; False when its form has been sent meanwhile. ValidationError when there are too many."""
    lock_user(user)
    rows = Draft.objects.filter(user=user)
    found = rows.filter(key=key).first()
    if found and found.edit == edit and found.fields is None:
        return False
    make_room(rows.exclude(key=key), now)
    values = {"edit": edit, "fields": fields, "saved_at": now}
    Draft.objects.update_or_create(user=user, key=key, defaults=values)
    return True


def delete_old(now: datetime) -> int:
    """Delete every draft that was saved more than a month ago; return how many."""
    deleted, _by_model = Draft.objects.filter(saved_at__lt=now - LIFE).delete()
    return deleted


def make_room(rows: QuerySet[Draft], now: datetime) -> None:
    """Let the old ones go: all beyond a month, and beyond the newest those of more than 20 hours."""
    rows.filter(saved_at__lt=now - LIFE).delete()
    beyond = rows.order_by("-saved_at", "-pk").values_list("pk", flat=True)[KEPT - 1 : CEILING]
    rows.filter(pk__in=list(beyond), saved_at__lt=now - LEAST_LIFE).delete()
    if rows.count() >= CEILING:
        raise ValidationError(_("There are too many drafts. Save one of the open pages first."))


@transaction.atomic
def end_draft(*, user: User, key: str, edit: str, now: datetime) -> None:
    """The form was sent, or its draft discarded: the fields go, and what this opening still sends counts no more."""
    lock_user(user)
    values = {"edit": edit, "fields": None, "saved_at": now}
    if EDIT.fullmatch(edit):
        Draft.objects.update_or_create(user=user, key=key, defaults=values)
    else:
        Draft.objects.filter(user=user, key=key).delete()  # sent by a browser that runs no script


def discard_draft(request: PersonRequest, now: datetime) -> None:
    """To be called where a page with drafts has saved its form."""
    end_draft(user=request.user, key=request.path, edit=request.POST.get(FIELD, ""), now=now)


def get_draft(user: User, key: str) -> Draft | None:
    return Draft.objects.filter(user=user, key=key).first()


def lock_user(user: User) -> None:
    """Drafts of one person are written one after another."""
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def owner_code(user: User) -> str:
    """What a browser files this person's drafts under: says nothing of her, and no other gets the same."""
    return salted_hmac("accounts.drafts", str(user.pk), algorithm="sha256").hexdigest()[:32]
