"""Injection sessions, the booked next one, and the preventives taken beside."""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record

FIRST_SESSION = date(1980, 1, 1)
PREEMPT_UNITS = 155
BOTOX = "Botox (onabotulinumtoxinA)"


class InjectionSession(models.Model):
    """One day of injections (rules, section 3: two on one date are one)."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="sessions")
    date = models.DateField(_("date"))
    product = models.CharField(_("product"), max_length=120, default=BOTOX)
    units = models.DecimalField(
        _("units"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        default=Decimal(PREEMPT_UNITS),
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(2000))],
    )
    injector = models.CharField(_("given by"), max_length=120, blank=True)
    discomfort = models.PositiveSmallIntegerField(
        _("discomfort, 0 to 10"), null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    note = models.TextField(_("note"), max_length=5000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "date"],
                name="one_session_a_date",
                violation_error_message=_("A session on this date is recorded already."),
            ),
            models.CheckConstraint(
                condition=Q(date__gte=FIRST_SESSION),
                name="session_date",
                violation_error_message=_("The date lies before 1980. Check the year."),
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(units__gt=0, units__lte=2000),
                name="session_units",
                violation_error_message=_("Enter 0.5 to 2000 units."),
            ),
            models.CheckConstraint(
                condition=Q(discomfort__isnull=True) | Q(discomfort__lte=10),
                name="session_discomfort",
                violation_error_message=_("The discomfort is a number from 0 to 10."),
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class Booking(models.Model):
    """The date booked for the next session; it replaces the due date (rules, section 8)."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="booking")
    date = models.DateField(_("booked date"))

    def __str__(self) -> str:
        return f"booking {self.pk}"


class Preventive(models.Model):
    """Another preventive treatment: what, how much, from when to when."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="preventives")
    name = models.CharField(_("name"), max_length=120)
    dose = models.CharField(_("dose"), max_length=120, blank=True)
    started = models.DateField(_("from"), null=True, blank=True)
    ended = models.DateField(_("to"), null=True, blank=True)
    outcome = models.CharField(_("why it ended"), max_length=200, blank=True)
    note = models.TextField(_("note"), max_length=5000, blank=True)

    class Meta:
        ordering = ["started", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started__isnull=True) | Q(ended__isnull=True) | Q(ended__gte=F("started")),
                name="preventive_order",
                violation_error_message=_("The end lies before the start."),
            )
        ]

    def __str__(self) -> str:
        return f"preventive {self.pk}"
