"""Invite a clinician, accept, withdraw, revoke: each with its entry of the audit log in the same transaction."""

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit.log import Action, log_event
from accounts.models import INVITATION_LIFETIME, Grant, Invitation, Record, User, hash_token


@transaction.atomic
def invite(*, record: Record, email: str, now: datetime) -> tuple[Invitation, str]:
    """Create an invitation; the token is returned once and stored only as a hash.

    An older open invitation to the same address is withdrawn, so that one link works at a time.
    """
    email = email.lower()
    if email == record.user.email:
        raise ValidationError(_("This is your own address. Enter the address of your clinician."))
    if Grant.objects.filter(record=record, clinician__email=email, revoked_at__isnull=True).exists():
        raise ValidationError(_("This clinician already sees your record."))
    Invitation.objects.filter(
        record=record, email=email, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        record=record,
        email=email,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    log_event(record.user, Action.INVITED, actor=record.user, now=now)
    return invitation, token


def open_invitation(token: str, now: datetime) -> Invitation | None:
    """Return the invitation of this token; None if it cannot be accepted."""
    invitation = (
        Invitation.objects.select_related("record__user")
        .filter(token_hash=hash_token(token), record__user__is_active=True)
        .first()
    )
    return invitation if invitation and invitation.is_open(now) else None


@transaction.atomic
def accept(*, invitation: Invitation, clinician: User, now: datetime) -> Grant | None:
    """Turn an invitation into a grant, once. None if it is for another address or no longer open."""
    if clinician.email != invitation.email:
        return None
    is_accepted = Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    ).update(accepted_at=now)
    if not is_accepted:
        return None
    if not clinician.is_clinician:
        clinician.is_clinician = True
        clinician.save(update_fields=["is_clinician"])
    grant, _created = Grant.objects.get_or_create(
        record=invitation.record, clinician=clinician, revoked_at=None, defaults={"given_at": now}
    )
    log_event(invitation.record.user, Action.ACCEPTED, actor=clinician, now=now)
    return grant


@transaction.atomic
def withdraw(*, invitation: Invitation, now: datetime) -> None:
    """Close an invitation that was not accepted yet."""
    if Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now):
        owner = invitation.record.user
        log_event(owner, Action.WITHDREW, actor=owner, now=now)


@transaction.atomic
def revoke(*, grant: Grant, now: datetime) -> None:
    """End a clinician's access; the next request gets 404."""
    if Grant.objects.filter(pk=grant.pk, revoked_at__isnull=True).update(revoked_at=now):
        owner = grant.record.user
        log_event(owner, Action.REVOKED, actor=owner, now=now)
