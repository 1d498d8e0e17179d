"""Injection sessions and their sites."""

import datetime as dt
from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.encrypted import EncryptedJSONField, EncryptedTextField

FIRST_SESSION = date(1980, 1, 1)

BOTOX = "Botox (onabotulinumtoxinA)"


class InjectionSession(models.Model):
    """One day of injections; two on one date count as one (Rules, section 3)."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="sessions")
    date = models.DateField(_("date"))
    product = models.CharField(_("product"), max_length=120, default=BOTOX)
    units = models.DecimalField(
        _("units"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(2000))],
    )
    injector = models.CharField(_("given by"), max_length=120, blank=True)
    discomfort = models.PositiveSmallIntegerField(
        _("discomfort, 0 to 10"), null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    note = EncryptedTextField(_("note"), max_length=5000, blank=True)
    lot = models.CharField(_("lot number"), max_length=60, blank=True)
    vial = models.CharField(_("vial"), max_length=60, blank=True)
    dilution = models.CharField(_("dilution"), max_length=60, blank=True)
    wasted = models.DecimalField(_("units wasted"), max_digits=5, decimal_places=1, null=True, blank=True)
    clinic = models.CharField(_("clinic"), max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The booking that this session fulfilled, so that it can be brought back: date, time, place and note as texts.
    closed_booking = EncryptedJSONField(null=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(wasted__isnull=True) | Q(wasted__gte=0, wasted__lte=2000),
                name="session_wasted",
                violation_error_message=_("Enter 0 to 2000 units wasted."),
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def closed_booking_date(self) -> dt.date | None:
        """The date of the booking that this session closed."""
        return dt.date.fromisoformat(self.closed_booking["date"]) if self.closed_booking else None


class InjectionSite(models.Model):
    """The dose of one muscle on one side in a session (Rules, section 10)."""

    class Muscle(models.TextChoices):
        CORRUGATOR = "corrugator", _("corrugator")
        PROCERUS = "procerus", _("procerus")
        FRONTALIS = "frontalis", _("frontalis")
        TEMPORALIS = "temporalis", _("temporalis")
        OCCIPITALIS = "occipitalis", _("occipitalis")
        CERVICAL_PARASPINAL = "cervical paraspinal", _("cervical paraspinal")
        TRAPEZIUS = "trapezius", _("trapezius")

    class Side(models.TextChoices):
        LEFT = "left", _("left")
        RIGHT = "right", _("right")
        MIDLINE = "midline", _("midline")

    session = models.ForeignKey(InjectionSession, on_delete=models.CASCADE, related_name="injections")
    muscle = models.CharField(_("muscle"), max_length=20, choices=Muscle.choices)
    side = models.CharField(_("side"), max_length=8, choices=Side.choices, blank=True)
    sites = models.PositiveSmallIntegerField(_("sites"), null=True, blank=True)
    units = models.DecimalField(_("units"), max_digits=5, decimal_places=1, null=True, blank=True)

    class Meta:
        ordering = ["session", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "muscle", "side"],
                name="one_row_a_muscle_and_side",
                violation_error_message=_("This muscle and side stands in the session already."),
            ),
            models.CheckConstraint(
                condition=Q(
                    muscle__in=[
                        "corrugator", "procerus", "frontalis", "temporalis", "occipitalis", "cervical paraspinal",
                        "trapezius",
                    ]
                ),
                name="injection_muscle",
                violation_error_message=_("Choose a muscle from the list."),
            ),
            models.CheckConstraint(
                condition=Q(side__in=["", "left", "right", "midline"]),
                name="injection_side",
                violation_error_message=_("The side is left, right or midline."),
            ),
            models.CheckConstraint(
                condition=Q(sites__isnull=True) | Q(sites__gte=1, sites__lte=100),
                name="injection_sites",
                violation_error_message=_("Enter 1 to 100 sites."),
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(units__gt=0, units__lte=2000),
                name="injection_units",
                violation_error_message=_("Enter 0.5 to 2000 units."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"injection site {self.pk}"
