"""The next appointment and the calendar feed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Record


class Booking(models.Model):
    """The date booked for the next session; it replaces the due date (Rules, section 8).

    asked_session: a session at some distance that may have been this appointment, until the patient says so or not.
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="booking")
    date = models.DateField(_("booked date"))
    time = models.TimeField(_("time"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
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
