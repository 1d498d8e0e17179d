"""Write entries of the audit log."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.audit_chain import Content, hash_entry, hash_identity
from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail
from accounts.models import User

Action = AuditEntry.Action
# The key of the one trail that belongs to no account.
NOBODY = "nobody"
DETAIL_LENGTH = 64  # of the column


def log_event(user: User, action: Action, *, actor: User | None, now: datetime, detail: str = "") -> None:
    """Write one entry about an account. actor: who did it; None for nobody who is logged in."""
    log_events([user], action, actor=actor, now=now, detail=detail)


@transaction.atomic
def log_events(
    users: Sequence[User], action: Action, *, actor: User | None, now: datetime, detail: str = ""
) -> None:
    """Write one entry about each account, in a fixed number of queries.

    The trails stay locked until the transaction ends, in the order of their keys, so that two writers neither take the
    same number nor wait for each other in a circle.
    """
    trails = lock_trails({user.pk for user in users} | ({actor.pk} if actor else set()))
    identity = get_identity(trails[actor.pk], actor) if actor else None
    append(
        [trails[user.pk] for user in users],
        Content(
            "",
            0,
            action,
            now,
            trails[actor.pk].key if actor else "",
            identity.hash if identity else "",
            detail,
        ),
    )


def log_changed_settings(
    user: User, changed: Sequence[str], now: datetime, *, actor: User | None, area: str = ""
) -> None:
    """Write which settings of a user were changed, by name. actor: None when a link of an e-mail did it."""
    if changed:
        names = ", ".join(changed)
        detail = f"{area}: {names}" if area else names
        log_event(user, Action.SETTINGS_CHANGED, actor=actor, now=now, detail=detail[:DETAIL_LENGTH])


@transaction.atomic
def log_failure_of_nobody(action: Action, *, now: datetime) -> None:
    """Write a failed log-in under an address without an account into the trail of nobody.

    The address is not stored. The work is that of a failed log-in of an account: the time tells nobody who has one.
    """
    trails = AuditTrail.objects.select_for_update().filter(key=NOBODY)
    trail = trails.first()
    if trail is None:
        AuditTrail.objects.bulk_create([AuditTrail(key=NOBODY)], ignore_conflicts=True)
        trail = trails.get()
    append([trail], Content("", 0, action, now, "", "", ""))


def lock_trails(user_ids: set[int]) -> dict[int, AuditTrail]:
    """Return the locked trail of each user, by the user's primary key; create those that are missing."""
    trails = read_and_lock(user_ids)
    missing = user_ids - trails.keys()
    if missing:
        AuditTrail.objects.bulk_create(
            [AuditTrail(user_id=user_id) for user_id in sorted(missing)], ignore_conflicts=True
        )
        trails |= read_and_lock(missing)
    return trails


def read_and_lock(user_ids: set[int]) -> dict[int, AuditTrail]:
    rows = AuditTrail.objects.select_for_update().filter(user__in=user_ids).order_by("user_id")
    return {trail.user_id: trail for trail in rows if trail.user_id is not None}


def get_identity(trail: AuditTrail, actor: User) -> AuditIdentity:
    """Return the row with the present name and address of an actor, whose trail is locked."""
    values = {"name": str(actor), "email": actor.email}
    identity = AuditIdentity.objects.filter(trail=trail, **values).first()
    if identity is None:
        salt = secrets.token_hex(32)
        identity = AuditIdentity.objects.create(
            trail=trail, salt=salt, hash=hash_identity(salt, trail.key, **values), **values
        )
    return identity


def append(trails: Sequence[AuditTrail], template: Content) -> None:
    """Write the entry to the end of each trail. The trails are locked."""
    entries = []
    for trail in trails:
        content = replace(template, trail=trail.key, number=trail.entries + 1)
        previous, trail.head, trail.entries = trail.head, hash_entry(trail.head, content), content.number
        entries.append(
            AuditEntry(
                trail=trail,
                number=content.number,
                action=content.action,
                at=content.at,
                actor_key=content.actor_key,
                actor_hash=content.actor_hash,
                detail=content.detail,
                previous=previous,
                hash=trail.head,
            )
        )
    AuditEntry.objects.bulk_create(entries)
    AuditTrail.objects.bulk_update(trails, ["entries", "head"], batch_size=200)
