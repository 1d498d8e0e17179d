"""The audit log as its owner reads it: by day, what happened several times on a day once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate

from accounts.audit_models import AuditEntry, AuditIdentity
from accounts.models import User


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One or several equal events of a day. actor: None for nobody known or an account erased since."""

    row: dict[str, Any]
    actor: AuditIdentity | None

    @property
    def what(self) -> str:
        return str(AuditEntry.Action(self.row["action"]).label)


def group_entries(user: User, zone: tzinfo) -> QuerySet[AuditEntry, dict[str, Any]]:
    """Return one row for each day in the zone, actor and action: day, action, times, first, last; newest first."""
    return (
        AuditEntry.objects.filter(trail__user=user)
        .annotate(day=TruncDate("at", tzinfo=zone))
        .values("day", "action", "actor_key", "actor_hash")
        .annotate(times=Count("pk"), first=Min("at"), last=Max("at"), number=Max("number"))
        .order_by("-day", "-number")
    )


def name_actors(rows: Iterable[dict[str, Any]]) -> list[LoggedEvent]:
    """Return the rows with the name and address that each actor had then."""
    listed = list(rows)
    names = AuditIdentity.objects.select_related("trail").in_bulk(
        {row["actor_hash"] for row in listed}, field_name="hash"
    )
    return [LoggedEvent(row, names.get(row["actor_hash"])) for row in listed]
