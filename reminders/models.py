"""The ledger of letters: a reminder is a row first, and only then something a worker does."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from treatments.models import InjectionSession


def new_letter_key() -> str:
    """Names one letter in its Message-ID; says nothing of what it is about."""
    return secrets.token_hex(12)


class Kind(models.TextChoices):
    """Days before the next session."""

    D14 = "d14", _("14 days before")
    D7 = "d7", _("7 days before")
    D1 = "d1", _("the day before")


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("planned")
    CLAIMED = "claimed", _("being prepared")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    IN_DOUBT = "in_doubt", _("perhaps sent")
    FAILED = "failed", _("could not be sent")
    CANCELLED = "cancelled", _("cancelled")
    SUPERSEDED = "superseded", _("replaced by a later one")
    SUPPRESSED = "suppressed", _("not sent: switched off or too late")


OPEN_STATES = (State.SCHEDULED, State.CLAIMED)


class Reminder(models.Model):
    """One letter about one date: never two of a kind for the same date of the same patient.

    due_at: the instant of 9:00 on the patient's clock, computed once and again when her zone or date moves.
    lease_until: until then a worker that claimed the row is believed alive. doubts: how often a worker
    was lost between "sending" and "sent"; after one the letter goes out again under the same Message-ID.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="reminders")
    session = models.ForeignKey(
        InjectionSession,
        on_delete=models.SET_NULL,
        null=True,
        related_name="reminders",
        help_text="counted from",
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    target_date = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.SCHEDULED)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    claim = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    doubts = models.PositiveSmallIntegerField(default=0)
    key = models.CharField(max_length=32, unique=True, default=new_letter_key, editable=False)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "kind", "target_date"], name="one_letter_a_kind_and_date"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="reminder_state"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="reminder_kind"),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["scheduled", "claimed", "sending"]),
                name="reminders_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class ReminderPreference(models.Model):
    """Whether a patient wants letters before her sessions; without a row she does."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="reminder_preference")
    session_letters = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"reminder preference {self.pk}"
