"""Verify the audit log: every hash, every number, every name, and that the database still refuses changes."""

from collections.abc import Iterator, Set
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import F, QuerySet

from accounts.audit.triggers import missing_triggers
from accounts.audit_chain import hash_entry, hash_identity
from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail

# A worker may take five minutes for all nightly jobs; this many entries take a fraction of that.
ENTRIES_A_NIGHT: Final = 500_000


def find_faults_of_night(now: datetime) -> Iterator[str]:
    """Yield the faults of the part of the log that is looked at this night: of all of it while it is small."""
    parts = 1 + AuditEntry.objects.count() // ENTRIES_A_NIGHT
    return find_faults(AuditTrail.objects.alias(part=F("pk") % parts).filter(part=now.toordinal() % parts))


def find_faults(trails: QuerySet[AuditTrail] | None = None) -> Iterator[str]:
    """Yield a sentence for each fault: an entry changed, removed, inserted or put elsewhere, or a name changed.

    trails: those whose entries are looked at; None for all. Names are always looked at.
    """
    for name in missing_triggers(connection):
        yield f"The database does not refuse changes: trigger {name} is missing. Run manage.py migrate."
    identities = {identity.hash: identity for identity in AuditIdentity.objects.select_related("trail")}
    for identity in identities.values():
        if identity.hash != hash_identity(identity.salt, identity.trail.key, identity.name, identity.email):
            yield f"Identity {identity.pk}: name or address was changed."
    erased = set(AuditTrail.objects.filter(erased_at__isnull=False).values_list("key", flat=True))
    looked_at = AuditTrail.objects.all() if trails is None else trails
    for trail in looked_at.order_by("pk").iterator():
        yield from find_faults_of_trail(trail, identities.keys(), erased)


def find_faults_of_trail(trail: AuditTrail, identities: Set[str], erased: Set[str]) -> Iterator[str]:
    """Yield a sentence for each fault of one trail. identities: hashes of names; erased: keys of erased trails."""
    number, head, declared = trail.cut, trail.cut_hash, 0
    for entry in AuditEntry.objects.filter(trail=trail).order_by("number").iterator():
        place = f"Trail {trail.pk}, entry {entry.number}"
        if entry.number != number + 1:
            yield f"{place}: entries {number + 1} to {entry.number - 1}, before it, were removed."
        elif entry.previous != head:
            yield f"{place}: it does not follow the one before: one of the two was changed, inserted or moved."
        if entry.hash != hash_entry(entry.previous, entry.content(trail.key)):
            yield f"{place}: it was changed."
        if entry.actor_hash and entry.actor_hash not in identities and entry.actor_key not in erased:
            yield f"{place}: the name of its actor was removed."
        if entry.action == AuditEntry.Action.TRIMMED:
            declared = int(entry.detail)
        number, head = entry.number, entry.hash
    if (number, head) != (trail.entries, trail.head):
        yield f"Trail {trail.pk}: its end was changed: entry {trail.entries} was the last, now it is {number}."
    if trail.cut != declared:
        yield f"Trail {trail.pk}: entries up to {trail.cut} are gone, by the log those up to {declared}."
