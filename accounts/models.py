"""Users, their records, and who may see a record."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import accounts.audit_models  # noqa: F401  models of this app
from core.encrypted import EncryptedJSONField

INTERVAL_DAYS = 84
# After how many minutes without activity a user is logged out; 0 for never.
IDLE_CHOICES = [
    (0, _("never")),
    (15, _("after 15 minutes")),
    (30, _("after 30 minutes")),
    (60, _("after 1 hour")),
    (240, _("after 4 hours")),
]
INVITATION_LIFETIME = timedelta(days=7)


def language_choices() -> list[tuple[str, str]]:
    """Return code and own name of each language. A callable, so that another .po file needs no migration."""
    return list(settings.LANGUAGES)


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless the name is an IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list, such as Europe/Berlin."))


def generate_key() -> str:
    """Return 128 random bits for a URL, which reveal neither order nor number of records."""
    return secrets.token_urlsafe(16)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person with an account. The e-mail address is the log-in name."""

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name"), max_length=80, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    language = models.CharField(_("language"), max_length=12, default="en", choices=language_choices)
    is_clinician = models.BooleanField(default=False)
    is_operator = models.BooleanField(default=False)
    # The address a mail server refused for good: no e-mail goes there until the user has another one.
    bounced_email = models.EmailField(blank=True, editable=False)
    is_demo = models.BooleanField(default=False)
    idle_minutes = models.PositiveSmallIntegerField(_("log out after"), default=0, choices=IDLE_CHOICES)
    is_active = models.BooleanField(default=True)
    # When the account was closed; accounts/erasure.py erases it seven days later.
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(
                condition=Q(idle_minutes__in=[minutes for minutes, _label in IDLE_CHOICES]),
                name="user_idle_minutes",
                violation_error_message=_("Choose from the list when to be logged out."),
            ),
        ]
        indexes = [
            models.Index(fields=["bounced_email"], condition=~Q(bounced_email=""), name="bounced_addresses")
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def sees_others(self) -> bool:
        """Whether this user sees data of others, and therefore needs a second factor and log-ins that end."""
        return self.is_clinician or self.is_operator

    @property
    def is_email_bounced(self) -> bool:
        """Whether the present address was refused for good."""
        return bool(self.bounced_email) and self.bounced_email == self.email


class Record(models.Model):
    """A patient's record, to which diary, sessions and reminders belong."""

    class Criterion(models.TextChoices):
        ANY = "any", _("any headache")
        FOUR_HOURS = "4h", _("headache of 4 hours or more")

    class Rhythm(models.TextChoices):
        """How often the diary asks; headaches/rhythm.py says what on which day."""

        DAILY = "daily", _("every day")
        WEEKLY = "weekly", _("once a week, the last seven days")
        BURST = "burst", _("every day in the four weeks before and after a session, else once a week")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="record")
    key = models.CharField(max_length=32, unique=True, default=generate_key, editable=False)
    criterion = models.CharField(
        _("what counts as a headache day"), max_length=3, choices=Criterion.choices, default=Criterion.ANY
    )
    rhythm = models.CharField(
        _("how often the diary asks"), max_length=6, choices=Rhythm.choices, default=Rhythm.DAILY
    )
    interval_days = models.PositiveSmallIntegerField(_("days between sessions"), default=INTERVAL_DAYS)
    interval_reason = models.CharField(_("reason for a shorter interval"), max_length=200, blank=True)
    recalled_baseline = models.DecimalField(
        _("headache days a month before Botox, from memory"),
        max_digits=3,
        decimal_places=1,
        null=True,
        blank=True,
        help_text=_(
            "From memory or from a letter of your clinic. Shown separately, never mixed with the diary."
        ),
    )
    show_medicine_days = models.BooleanField(
        _("Say how many medicine days a month has, from two days before a published line"), default=True
    )
    created_at = models.DateTimeField(default=timezone.now)
    # Doses taken up to then are not asked about any more on the home page (headaches/relief.py).
    relief_asked_until = models.DateTimeField(null=True, editable=False)
    # The timer of a headache that is going on, and up to when its hours are written (headaches/attacks.py).
    attack_started_at = models.DateTimeField(null=True, editable=False)
    attack_counted_until = models.DateTimeField(null=True, editable=False)
    # The next question after sign-up (home/setup.py), 0 when none is open.
    setup_step = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(criterion__in=["any", "4h"]),
                name="record_criterion",
                violation_error_message=_("Choose what counts as a headache day."),
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=["daily", "weekly", "burst"]),
                name="record_rhythm",
                violation_error_message=_("Choose how often the diary asks."),
            ),
            models.CheckConstraint(
                condition=Q(interval_days__gte=1, interval_days__lte=365),
                name="record_interval_range",
                violation_error_message=_("Enter between 1 and 365 days."),
            ),
            models.CheckConstraint(
                condition=Q(interval_days__gte=INTERVAL_DAYS) | ~Q(interval_reason=""),
                name="record_interval_reason",
                violation_error_message=_(
                    "Fewer than 84 days between sessions needs a reason. Enter it too."
                ),
            ),
            models.CheckConstraint(
                condition=Q(recalled_baseline__isnull=True)
                | Q(recalled_baseline__gte=0, recalled_baseline__lte=31),
                name="record_recalled_baseline",
                violation_error_message=_("A month has 0 to 31 headache days."),
            ),
        ]

    def __str__(self) -> str:
        return f"record {self.pk}"


def hash_token(token: str) -> str:
    """Return the token's SHA-256, which alone is stored, so that a copy of the database gives no access."""
    return sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """A patient's invitation to the owner of an address to see the record. Single use, 7 days."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


class Grant(models.Model):
    """A clinician's access to a record, until it is revoked."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="grants")
    clinician = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    given_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "clinician"], condition=Q(revoked_at__isnull=True), name="one_live_grant"
            )
        ]

    def __str__(self) -> str:
        return f"grant {self.pk}"


class Consent(models.Model):
    """A patient's agreement that her data is stored: to which version of the privacy page, when, in which language."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=12)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="one_consent_a_version")]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class Draft(models.Model):
    """What a user has typed into a form and not sent: one row for each form, by the path of its page.

    Once the form is sent, the row stays without its fields, and `edit` lets a late save find that out.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=200)
    # Identifies the opening of the page that wrote or ended the draft.
    edit = models.CharField(max_length=32)
    fields = EncryptedJSONField(null=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_draft_a_form")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class DemoEmail(models.Model):
    """An e-mail of demo mode, shown in the app instead of being sent."""

    at = models.DateTimeField(default=timezone.now)
    sender = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=254)
    headers = models.TextField(blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"demo e-mail {self.pk}"
