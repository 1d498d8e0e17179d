"""The audit log: a trail for each account, its entries, and who the actors were. Kept by accounts/audit/triggers.py."""

import secrets
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit_chain import START, Content


def generate_trail_key() -> str:
    """Return 128 random bits: the pseudonym of an account, which stays when the account is erased."""
    return secrets.token_urlsafe(16)


class Unchangeable(models.Model):
    """Of rows that are written once. The database refuses a change as well."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            refuse_change()
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        refuse_change()


def refuse_change() -> NoReturn:
    raise TypeError("A row of the audit log is never changed or deleted.")


class AuditTrail(models.Model):
    """The chain of entries about one account. It outlives the account, then without a user.

    entries, head: number and hash of the last entry. cut, cut_hash: those of the last entry that was deleted because of
    its age; 0 if none was.
    """

    key = models.CharField(max_length=32, unique=True, default=generate_trail_key, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="trail"
    )
    started_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True)
    entries = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=START)
    cut = models.PositiveBigIntegerField(default=0)
    cut_hash = models.CharField(max_length=64, default=START)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cut__lte=F("entries")), name="audit_cut_at_most_all")
        ]

    def __str__(self) -> str:
        return f"trail {self.pk}"


class AuditIdentity(Unchangeable):
    """The name and address an actor had when she did something. Deleted when her account is erased."""

    trail = models.ForeignKey(AuditTrail, on_delete=models.PROTECT, related_name="identities")
    name = models.CharField(max_length=254)
    email = models.CharField(max_length=254)
    salt = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trail", "name", "email"], name="one_identity_a_name")]

    def __str__(self) -> str:
        return f"identity {self.pk}"


class AuditEntry(Unchangeable):
    """What somebody did with an account or its record, or saw of it. Written once, with the hash of the one before."""

    class Action(models.TextChoices):
        INVITED = "invited", _("invited a clinician")
        WITHDREW = "withdrew", _("withdrew an invitation")
        ACCEPTED = "accepted", _("accepted the invitation")
        REVOKED = "revoked", _("ended the access")
        SAW_LIST = "saw_list", _("saw your line in their patient list")
        SAW_PROGRESS = "saw_progress", _("looked at the progress page")
        LOGGED_IN = "logged_in", _("logged in")
        LOGGED_OUT = "logged_out", _("logged out")
        LOG_IN_FAILED = "log_in_failed", _("log-in failed: wrong password or passkey")
        CODE_FAILED = "code_failed", _("second step failed: wrong code")
        LOCKED_OUT = "locked_out", _("log-in refused after too many attempts")
        LOG_IN_ENDED = "log_in_ended", _("ended a log-in")
        PASSWORD_CHANGED = "password_changed", _("changed the password")
        EMAIL_CHANGED = "email_changed", _("changed the e-mail address")
        FACTOR_ADDED = "factor_added", _("added a second step")
        FACTOR_REMOVED = "factor_removed", _("removed a second step")
        FACTOR_RESET = "factor_reset", _("made new recovery codes")
        SETTINGS_CHANGED = "settings_changed", _("changed settings")
        EXPORTED = "exported", _("exported the data")
        IMPORTED = "imported", _("imported a file")
        CONSENTED = "consented", _("agreed to the storage of the data")
        CLOSED = "closed", _("closed the account")
        REOPENED = "reopened", _("reopened the account")
        ERASED = "erased", _("erased the account")
        KEY_MADE = "key_made", _("made a key for another program")
        KEY_ENDED = "key_ended", _("ended a key")
        KEY_USED = "key_used", _("a program read the record with a key")
        LINK_MADE = "link_made", _("made a link for a visit")
        LINK_ENDED = "link_ended", _("ended a link")
        LINK_OPENED = "link_opened", _("somebody opened a link")
        LINK_REFUSED = "link_refused", _("a link was refused: wrong passcode")
        TRIMMED = "trimmed", _("deleted old entries of this log")

    trail = models.ForeignKey(AuditTrail, on_delete=models.PROTECT, related_name="log")
    number = models.PositiveBigIntegerField()
    action = models.CharField(max_length=24, choices=Action.choices)
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=32, blank=True)
    actor_hash = models.CharField(max_length=64, blank=True)
    # A word or two about the event, such as the kind of second factor; never a name, an address or health data.
    detail = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "accounts_auditlog"
        ordering = ["trail", "-number"]
        constraints = [models.UniqueConstraint(fields=["trail", "number"], name="one_entry_a_number")]
        # For what somebody did in the records of others.
        indexes = [models.Index(fields=["actor_key"], condition=~Q(actor_key=""), name="audit_by_actor")]

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"

    def content(self, trail_key: str) -> Content:
        """Return what the entry's hash covers."""
        return Content(
            trail_key, self.number, self.action, self.at, self.actor_key, self.actor_hash, self.detail
        )
