"""The audit log as its owner reads it: by day, what happened several times on a day once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail
from accounts.models import Grant, User


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One or several equal events of a day. actor: None for nobody known or an account erased since.

    about: whose record it concerns; "" for the reader's own account, None for a record that is no longer shared.
    """

    row: dict[str, Any]
    actor: AuditIdentity | None
    about: str | None = ""

    @property
    def what(self) -> str:
        if "about" in self.row and self.row["action"] == AuditEntry.Action.SAW_LIST:
            return _("looked at the list of patients")
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


def group_own_entries(user: User, zone: tzinfo) -> QuerySet[AuditEntry, dict[str, Any]]:
    """Return the same of what a user did, in her own log and in those of others; about: the trail it concerns.

    A look at the list of patients is written into each one's log. Here it counts as one, and concerns nobody.
    """
    trail = AuditTrail.objects.filter(user=user).first()
    is_list = Q(action=AuditEntry.Action.SAW_LIST)
    return (
        AuditEntry.objects.filter(Q(trail=trail) | Q(actor_key=trail.key) if trail else Q(pk=None))
        .annotate(day=TruncDate("at", tzinfo=zone), about=Case(When(~is_list, then=F("trail"))))
        .values("day", "action", "actor_key", "actor_hash", "about")
        .annotate(times=Count("at", distinct=True), first=Min("at"), last=Max("at"))
        .order_by("-day", "-last", "action", "about")
    )


def name_actors(rows: Iterable[dict[str, Any]]) -> list[LoggedEvent]:
    """Return the rows with the name and address that each actor had then."""
    listed = list(rows)
    names = AuditIdentity.objects.select_related("trail").in_bulk(
        {row["actor_hash"] for row in listed}, field_name="hash"
    )
    return [LoggedEvent(row, names.get(row["actor_hash"])) for row in listed]


def name_records(events: list[LoggedEvent], reader: User) -> list[LoggedEvent]:
    """Return the events with the record that each concerns, as far as its owner shares it with the reader now."""
    own = AuditTrail.objects.filter(user=reader).values_list("pk", flat=True).first()
    grants = Grant.objects.filter(clinician=reader, revoked_at=None).values("record__user")
    ids = {event.row["about"] for event in events} - {None, own}
    shared = AuditTrail.objects.select_related("user").filter(pk__in=ids, user__in=grants)
    names = {trail.pk: str(trail.user) for trail in shared}
    return [
        replace(event, about=names.get(event.row["about"]) if event.row["about"] in ids else "")
        for event in events
    ]
