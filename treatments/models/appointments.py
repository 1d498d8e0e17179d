"""The next appointment and the calendar feed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.encrypted import EncryptedTextField


class Booking(models.Model):
    """The date booked for the next session; it replaces the due date (Rules, section 8).

    asked_session: a session at some distance that may have been this appointment, until the patient says so or not.
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="booking")
    date = models.DateField(_("booked date"))
    time = models.TimeField(_("time"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    note = EncryptedTextField(_("note"), max_length=500, blank=True)
    asked_session = models.ForeignKey(
        "treatments.InjectionSession", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    def __str__(self) -> str:
        return f"booking {self.pk}"


class CalendarFeed(models.Model):
    """The secret address at which a calendar reads the appointments; only its hash is stored."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(_("title in the calendar"), max_length=60, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar feed {self.pk}"


class VisitSheet(models.Model):
    """What the patient adds to the page she brings to a visit: how she is named on it, and up to three questions."""

    class Name(models.TextChoices):
        FULL = "full", _("my name")
        INITIALS = "initials", _("my initials")
        NONE = "none", _("no name")

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="visit_sheet")
    name = models.CharField(_("name on the page"), max_length=8, choices=Name.choices, default=Name.FULL)
    question_1 = models.CharField(_("first question"), max_length=200, blank=True)
    question_2 = models.CharField(_("second question"), max_length=200, blank=True)
    question_3 = models.CharField(_("third question"), max_length=200, blank=True)

    def __str__(self) -> str:
        return f"visit sheet of record {self.record_id}"

    @property
    def questions(self) -> list[str]:
        """The questions that are not empty."""
        return [text for text in (self.question_1, self.question_2, self.question_3) if text]
