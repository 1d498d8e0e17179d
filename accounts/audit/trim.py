"""Delete entries of the audit log that are older than the operator keeps them. Each cut is an entry of its own."""

from datetime import datetime

from django.db import connection, transaction

from accounts.audit.log import Action, append
from accounts.audit.triggers import DELETE_CUT, PREFIX
from accounts.audit_chain import Content
from accounts.audit_models import AuditEntry, AuditTrail


def trim_trails(before: datetime, now: datetime) -> int:
    """Delete the entries from before an instant; return how many. The newest entry of a trail always stays."""
    ids = AuditEntry.objects.filter(at__lt=before).values_list("trail_id", flat=True).order_by().distinct()
    return sum(trim_trail(trail_id, before, now) for trail_id in list(ids))


@transaction.atomic
def trim_trail(trail_id: int, before: datetime, now: datetime) -> int:
    """Cut one trail: note it in the trail, say where it begins now, and delete what is before."""
    trail = AuditTrail.objects.select_for_update().get(pk=trail_id)
    kept = trail.log.filter(at__gte=before).order_by("number").first()
    last = trail.log.filter(number__lt=kept.number if kept else trail.entries).order_by("-number").first()
    if last is None:
        return 0
    append([trail], Content("", 0, Action.TRIMMED, now, "", "", str(last.number)))
    trail.cut, trail.cut_hash = last.number, last.hash
    trail.save(update_fields=["cut", "cut_hash"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT {PREFIX}delete_cut()")
            return int(cursor.fetchone()[0])
        cursor.execute(DELETE_CUT)
        return int(cursor.rowcount)
