"""The reminders: each is a database row first, and only then work for a worker."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from headaches import rhythm
from reminders import rules

ALL_DAYS = 127


def generate_reminder_key() -> str:
    """Return a key that identifies a reminder in its Message-ID and links, and does not say what it is about."""
    return secrets.token_hex(12)


class InValues(models.Func):
    """Whether a text is one of these values, for a check constraint of a table that is written often.

    PostgreSQL turns a list of values into a tree of thirty nodes, and prepares it again for every statement that
    changes a row; as one constant it costs a third.
    """

    output_field = models.BooleanField()
    template = "%(expressions)s IN ('%(listed)s')"

    def __init__(self, text: str, values: Sequence[str]) -> None:
        super().__init__(text, listed="', '".join(values), array=",".join(values))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        template = "%(expressions)s = ANY('{%(array)s}'::text[])"
        return self.as_sql(compiler, connection, template=template, **extra)


class Kind(models.TextChoices):
    """What a reminder is for; reminders/rules.py says when it is due."""

    BOOK = rules.BOOK, _("time to book")
    D14 = rules.D14, _("14 days before")
    D7 = rules.D7, _("7 days before")
    D1 = rules.D1, _("the day before")
    OVERDUE = rules.OVERDUE, _("7 days after, if no session is recorded")
    AFTER7 = rules.AFTER7, _("7 days after a session")
    AFTER14 = rules.AFTER14, _("14 days after a session")
    DAILY = rhythm.DAILY, _("today’s entry")
    WEEKLY = rhythm.WEEKLY, _("the week’s entries")
    MEDICINE = rules.MEDICINE, _("medicine days")
    SUMMARY = rules.SUMMARY, _("monthly summary")
    DIGEST = rules.DIGEST, _("weekly digest")


class Channel(models.TextChoices):
    MAIL = "mail", _("by e-mail")
    PUSH = "push", _("on a device")


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("planned")
    CLAIMED = "claimed", _("being prepared")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    IN_DOUBT = "in_doubt", _("perhaps sent")
    FAILED = "failed", _("could not be sent")
    CANCELLED = "cancelled", _("cancelled")
    SUPERSEDED = "superseded", _("replaced by a later one")
    SUPPRESSED = "suppressed", _("not sent: not needed, or too late")


# States that a change of plans may still cancel; a reminder in "sending" may be out already.
OPEN_STATES = (State.SCHEDULED, State.CLAIMED)
# States in which a worker has to act again.
ACTIVE = (State.SCHEDULED, State.CLAIMED, State.SENDING)
# States in which no worker has to act.
TERMINAL = (
    State.SENT, State.IN_DOUBT, State.FAILED, State.CANCELLED, State.SUPERSEDED, State.SUPPRESSED,
)  # fmt: skip
# States in which an operator has to decide.
NEEDS_ATTENTION = (State.FAILED, State.IN_DOUBT)


class Reminder(models.Model):
    """One e-mail or notification about one date: never two of a kind for the same date, user and channel.

    due_at: the user's chosen hour as an instant, computed again when zone, hour or date changes.
    next_action_at: when a worker has to act next. Scheduled: when it is due, or the end of a pause; claimed or
    sending: the end of the lease; None in a terminal state.
    worker_token: the worker that holds the row; "" while it waits in the queue.
    batch_position: its position in that worker's batch; of its rows in "sending" only the last is uncertain.
    lease_expired: the lease of that last row has run out once; the second time the worker counts as lost.
    uncertain_count: how often a worker was lost that way. After the first time the e-mail is sent again under the same
    Message-ID; after the second an operator decides.
    """

    # The unique constraint's index serves here too; another one would be written three times for each reminder.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reminders", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    channel = models.CharField(max_length=4, choices=Channel.choices, default=Channel.MAIL)
    target_date = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.SCHEDULED)
    next_action_at = models.DateTimeField(null=True)
    worker_token = models.CharField(max_length=32, blank=True)
    lease_expired = models.BooleanField(default=False)
    # Only this program's own statements count these. A positive field would add a check constraint each, and PostgreSQL
    # prepares every one again for each reminder: seven of them took half of the time to change a row.
    attempts = models.SmallIntegerField(default=0)
    uncertain_count = models.SmallIntegerField(default=0)
    batch_position = models.SmallIntegerField(default=0)
    key = models.CharField(max_length=32, default=generate_reminder_key, editable=False)
    last_error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "target_date", "channel"], name="one_reminder_a_kind_date_and_channel"
            ),
            models.UniqueConstraint(fields=["key"], name="unique_reminder_key"),
            # A known state; and an active reminder has an instant, for without one no run would ever find it.
            models.CheckConstraint(
                condition=Q(InValues("state", ACTIVE), next_action_at__isnull=False)
                | Q(InValues("state", TERMINAL), next_action_at__isnull=True),
                name="reminder_has_next_action",
            ),
            models.CheckConstraint(condition=InValues("kind", Kind.values), name="reminder_kind"),
            models.CheckConstraint(condition=InValues("channel", Channel.values), name="reminder_channel"),
        ]
        # No index holds the state, so that PostgreSQL can write a row that enters "sending" without writing an index.
        indexes = [
            # For the run that looks for what is due: an idle one reads nothing, however many rows there are.
            models.Index(
                fields=["next_action_at"],
                condition=Q(next_action_at__isnull=False),
                name="reminders_by_next_action",
            ),
            models.Index(fields=["worker_token"], condition=~Q(worker_token=""), name="reminders_by_worker"),
            models.Index(
                fields=["due_at"],
                condition=Q(next_action_at__isnull=True) & ~Q(last_error=""),
                name="reminders_with_error",
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


def hour_field(label: Any, default: int) -> "models.PositiveSmallIntegerField[int, int]":
    return models.PositiveSmallIntegerField(label, default=default, validators=[MaxValueValidator(23)])


class ReminderPreference(models.Model):
    """What a user wants to get; without a row, the reminders before a session and nothing else.

    rules.SWITCHES names the field of each kind; remind_to_write switches the daily and the weekly e-mail, between
    which the record's rhythm chooses. medicine_dates: by group of medicine the day (ISO) on which a reminder last said
    that its days come near a published line. plan_at: when the next reminder has to be planned; None for never.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reminder_preference")
    remind_to_book = models.BooleanField(_("28 days before, when nothing is booked"), default=True)
    remind_14_days_before = models.BooleanField(_("14 days before"), default=True)
    remind_7_days_before = models.BooleanField(_("7 days before"), default=True)
    remind_1_day_before = models.BooleanField(_("The day before"), default=True)
    remind_when_overdue = models.BooleanField(
        _("7 days after the date, when no session is recorded"), default=True
    )
    remind_7_days_after = models.BooleanField(_("7 days after a session"), default=False)
    remind_14_days_after = models.BooleanField(_("14 days after a session"), default=False)
    hour = hour_field(_("Time"), 9)
    remind_to_write = models.BooleanField(_("Remind me when a day is missing"), default=False)
    diary_days = models.PositiveSmallIntegerField(
        _("Days"), default=ALL_DAYS, validators=[MaxValueValidator(ALL_DAYS)]
    )
    diary_hour = hour_field(_("Time"), 20)
    weekday = models.PositiveSmallIntegerField(
        _("Day of the weekly reminder"), default=6, validators=[MaxValueValidator(6)]
    )
    remind_of_medicine_days = models.BooleanField(
        _("When medicine days come within two days of a published line, once a month for each sort"),
        default=False,
    )
    medicine_dates = models.JSONField(default=dict, editable=False)
    send_summary = models.BooleanField(_("Monthly summary, on the first"), default=False)
    send_digest = models.BooleanField(_("Weekly digest"), default=False)
    allow_detail = models.BooleanField(_("E-mails may mention headaches and Botox"), default=False)
    by_email = models.BooleanField(_("By e-mail"), default=True)
    by_push = models.BooleanField(_("On the devices listed below"), default=False)
    pause_until = models.DateField(_("No reminders before"), null=True, blank=True)
    plan_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hour__lte=23, diary_hour__lte=23, weekday__lte=6), name="reminder_times"
            ),
            models.CheckConstraint(
                condition=Q(diary_days__gte=1, diary_days__lte=ALL_DAYS),
                name="reminder_days",
                violation_error_message=_("No day is ticked. Tick at least one."),
            ),
            models.CheckConstraint(
                condition=Q(send_summary=False) | Q(allow_detail=True),
                name="summary_needs_detail",
                violation_error_message=_(
                    "The summary is about your headaches. Allow e-mails to mention them, or turn the summary off."
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["plan_at"], condition=Q(plan_at__isnull=False), name="rhythms_to_plan")
        ]

    def __str__(self) -> str:
        return f"reminder preference {self.pk}"


class PushDevice(models.Model):
    """A browser that agreed to show notifications: the URL of its push service, and the keys to encrypt for it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_devices")
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return f"push device {self.pk}"


class PushKey(models.Model):
    """The site's key for signing notifications, encrypted with SECRET_KEY. One row; belongs to no user."""

    encrypted_key = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_push_key")]

    def __str__(self) -> str:
        return "push key"


class DomainRateLimit(models.Model):
    """When a mail domain has its next slot, so that no provider gets too many e-mails at once. Belongs to no user."""

    domain = models.CharField(max_length=253, primary_key=True)
    next_slot_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.domain


class JobHeartbeat(models.Model):
    """The heartbeat of a recurring job, written by every run. Belongs to no user.

    cursor: the last primary key that a job in slices has handled; None while it does not run. report: of its last run,
    counts only.
    """

    class Job(models.TextChoices):
        TICK = "tick"
        RECONCILE = "reconcile"
        NIGHTLY = "nightly"

    job = models.CharField(max_length=12, primary_key=True, choices=Job.choices)
    at = models.DateTimeField()
    cursor = models.BigIntegerField(null=True)
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.job


class OperatorAction(models.Model):
    """What an operator did on the page of the ledger: opened it, or sent a reminder again. Never changed."""

    class Action(models.TextChoices):
        LOOKED = "looked", _("looked at the ledger")
        RESENT = "resent", _("had a reminder sent again")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=8, choices=Action.choices)
    reminder_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"
