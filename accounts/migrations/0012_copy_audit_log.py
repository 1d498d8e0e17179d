"""Copy the entries of the access log into a chain for each account. Addresses are those of today, if any."""

import secrets

from django.db import migrations

from accounts.audit_chain import Content, hash_entry, hash_identity
from accounts.audit_models import generate_trail_key

BATCH = 2000


def copy_entries(apps, schema_editor):
    user_model, old, trail_model, identity_model, entry_model = (
        apps.get_model("accounts", name)
        for name in ("User", "OldAuditEntry", "AuditTrail", "AuditIdentity", "AuditEntry")
    )
    actor_ids = set(old.objects.filter(actor__isnull=False).values_list("actor_id", flat=True).distinct())
    user_ids = actor_ids | set(old.objects.values_list("record__user_id", flat=True).distinct())
    trail_model.objects.bulk_create(
        [trail_model(user_id=pk, key=generate_trail_key()) for pk in sorted(user_ids)], batch_size=500
    )
    trails = {trail.user_id: trail for trail in trail_model.objects.filter(user_id__isnull=False)}
    emails = dict(user_model.objects.filter(pk__in=actor_ids).values_list("pk", "email"))
    identities = {}

    def hash_of(row):
        if row.actor_id is None:
            return ""
        key = (row.actor_id, row.actor_name)
        if key not in identities:
            trail, salt, email = trails[row.actor_id], secrets.token_hex(32), emails[row.actor_id]
            identities[key] = identity_model.objects.create(
                trail=trail, name=row.actor_name, email=email, salt=salt,
                hash=hash_identity(salt, trail.key, row.actor_name, email),
            ).hash
        return identities[key]

    entries = []
    for row in old.objects.select_related("record").order_by("at", "pk").iterator():
        trail = trails[row.record.user_id]
        actor_key = trails[row.actor_id].key if row.actor_id else ""
        content = Content(trail.key, trail.entries + 1, row.action, row.at, actor_key, hash_of(row), "")
        previous, trail.head = trail.head, hash_entry(trail.head, content)
        trail.entries += 1
        entries.append(
            entry_model(
                trail=trail, number=content.number, action=row.action, at=row.at, actor_key=actor_key,
                actor_hash=content.actor_hash, detail="", previous=previous, hash=trail.head,
            )
        )
        if len(entries) >= BATCH:
            entry_model.objects.bulk_create(entries)
            entries = []
    entry_model.objects.bulk_create(entries)
    trail_model.objects.bulk_update(trails.values(), ["entries", "head"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_audit_trails")]

    operations = [migrations.RunPython(copy_entries, migrations.RunPython.noop, elidable=True)]
