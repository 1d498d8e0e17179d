"""The diary: recorded days with their medicine, and the history of changes (clinical rules, section 1)."""

from datetime import date
from decimal import Decimal
from enum import IntFlag
from secrets import token_hex

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.encrypted import EncryptedJSONField, EncryptedTextField

FIRST_DATE = date(1900, 1, 1)


class DayState(models.TextChoices):
    """How a calendar day stands. An unrecorded day is unknown, never headache-free."""

    FREE = "free", _("no headache")
    MILD = "mild", _("mild headache")
    MODERATE = "moderate", _("moderate headache")
    SEVERE = "severe", _("severe headache")
    HEADACHE = "headache", _("headache, strength not given")
    UNRECORDED = "unknown", _("not recorded")


class Feature(IntFlag):
    """Symptoms that came with the headache, stored as one number so that the database can check it."""

    ONE_SIDED = 1
    PULSATING = 2
    WORSE_WITH_ACTIVITY = 4
    NAUSEA = 8
    VOMITING = 16
    LIGHT = 32
    SOUND = 64
    AURA = 128

    @property
    def word(self) -> str:
        """The name used in exported files: one-sided, worse-with-activity, …"""
        return (self.name or "").lower().replace("_", "-")


ALL_FEATURES = 255
FEATURE_LABELS = {
    Feature.ONE_SIDED: _("on one side"),
    Feature.PULSATING: _("pulsating"),
    Feature.WORSE_WITH_ACTIVITY: _("worse with activity"),
    Feature.NAUSEA: _("nausea"),
    Feature.VOMITING: _("vomiting"),
    Feature.LIGHT: _("light hurts"),
    Feature.SOUND: _("sound hurts"),
    Feature.AURA: _("aura"),
}


class DrugClass(models.TextChoices):
    """Classes of acute medication (clinical rules, section 1)."""

    TRIPTAN = "triptan", _("triptan")
    ERGOT = "ergot", _("ergot")
    OPIOID = "opioid", _("opioid")
    COMBINATION = "combination", _("combination painkiller")
    SIMPLE = "simple", _("paracetamol and the like")
    NSAID = "nsaid", _("ibuprofen and the like (NSAID)")
    GEPANT = "gepant", _("gepant")
    DITAN = "ditan", _("ditan")
    OTHER = "other", _("other")


def create_revision() -> str:
    """Return eight characters that no other version of a day has had."""
    return token_hex(4)


class DiaryDay(models.Model):
    """A recorded day. A day without a row is unknown, never headache-free.

    revision: changes whenever the content changes, also when it changes back; see sync.py.
    """

    class Intensity(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        SEVERE = "severe", _("severe")

    class Lost(models.TextChoices):
        NONE = "none", _("none of it")
        HALF = "half", _("half the day")
        FULL = "full", _("the whole day")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="days")
    date = models.DateField(_("date"))
    headache = models.BooleanField(_("headache"))
    intensity = models.CharField(_("worst of the day"), max_length=8, choices=Intensity.choices, blank=True)
    hours = models.DecimalField(_("hours of headache"), max_digits=4, decimal_places=2, null=True, blank=True)
    features = models.PositiveSmallIntegerField(_("other symptoms"), null=True, blank=True)
    lost = models.CharField(_("time lost"), max_length=4, choices=Lost.choices, blank=True)
    menstruation = models.BooleanField(_("menstruation"), null=True, blank=True)
    triggers = models.CharField(_("triggers"), max_length=500, blank=True)
    note = EncryptedTextField(_("note"), max_length=5000, blank=True)
    written_at = models.DateTimeField(_("first written"))
    revision = models.CharField(max_length=8, default=create_revision, editable=False)

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "date"],
                name="one_row_a_day",
                violation_error_message=_("This day is already recorded."),
            ),
            models.CheckConstraint(
                condition=Q(date__gte=FIRST_DATE),
                name="day_not_before_1900",
                violation_error_message=_("The date lies before 1900. Check the year."),
            ),
            models.CheckConstraint(
                condition=Q(headache=True) | Q(intensity="", hours__isnull=True, features__isnull=True),
                name="details_need_a_headache",
                violation_error_message=_("Intensity, hours and features belong to a day with headache."),
            ),
            models.CheckConstraint(
                condition=Q(intensity__in=["", "mild", "moderate", "severe"]),
                name="day_intensity",
                violation_error_message=_("The intensity is mild, moderate or severe."),
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__gt=0, hours__lte=24),
                name="day_hours",
                violation_error_message=_("A day has 24 hours. Enter up to 24, such as 3.5 or 3:35."),
            ),
            models.CheckConstraint(
                condition=Q(features__isnull=True) | Q(features__lte=ALL_FEATURES),
                name="day_features",
                violation_error_message=_("Choose features from the list."),
            ),
            models.CheckConstraint(
                condition=Q(lost__in=["", "none", "half", "full"]),
                name="day_lost",
                violation_error_message=_("The time lost is none, half or the full day."),
            ),
        ]

    def __str__(self) -> str:
        return f"day {self.pk}"

    @property
    def has_details(self) -> bool:
        """Whether it holds more than the answer of one tap."""
        details = (self.hours, self.features, self.menstruation)
        texts = (self.lost, self.triggers, self.note)
        return any(each is not None for each in details) or any(texts) or bool(self.intakes.all())

    @property
    def state(self) -> str:
        """Its DayState; HEADACHE when the strength was not given."""
        return (self.intensity or DayState.HEADACHE) if self.headache else DayState.FREE


class Intake(models.Model):
    """Acute medication taken on a day."""

    class Relief(models.TextChoices):
        NONE = "none", _("no relief")
        PARTIAL = "partial", _("some relief")
        COMPLETE = "complete", _("full relief")

    day = models.ForeignKey(DiaryDay, on_delete=models.CASCADE, related_name="intakes")
    name = models.CharField(_("medicine"), max_length=120)
    drug_class = models.CharField(_("class"), max_length=12, choices=DrugClass.choices)
    doses = models.DecimalField(_("doses"), max_digits=4, decimal_places=1, default=Decimal(1))
    relief = models.CharField(_("relief"), max_length=8, choices=Relief.choices, blank=True)
    # Local times such as "09:30;14:00" (headaches/times.py); there may be fewer than doses, or none.
    times = models.CharField(_("times"), max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(doses__gt=0, doses__lte=100),
                name="intake_doses",
                violation_error_message=_("Enter 0.5 to 100 doses."),
            ),
            models.CheckConstraint(
                condition=Q(drug_class__in=DrugClass.values),
                name="intake_class",
                violation_error_message=_("Choose a class from the list."),
            ),
            models.CheckConstraint(
                condition=Q(relief__in=["", "none", "partial", "complete"]),
                name="intake_relief",
                violation_error_message=_("The relief is none, partial or complete."),
            ),
        ]

    def __str__(self) -> str:
        return f"intake {self.pk}"


class Medicine(models.Model):
    """A medicine of the patient's own list, which is offered first."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="medicines")
    name = models.CharField(_("medicine"), max_length=120, help_text=_("As on the package."))
    drug_class = models.CharField(_("class"), max_length=12, choices=DrugClass.choices)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "name"],
                name="one_medicine_a_name",
                violation_error_message=_("This medicine is already on your list."),
            )
        ]

    def __str__(self) -> str:
        return f"medicine {self.pk}"


class DayChange(models.Model):
    """A day before and after a change: for undo and history.

    before, after: the day as snapshots.snapshot_day() returns it; None for an unrecorded day.
    """

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="day_changes")
    date = models.DateField()
    at = models.DateTimeField()
    before = EncryptedJSONField(null=True)
    after = EncryptedJSONField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["record", "date"], name="change_by_day")]

    def __str__(self) -> str:
        return f"change {self.pk}"


class DeviceChange(models.Model):
    """An entry that a device sent, perhaps recorded offline. Its key is given by the device, so it is applied once.

    at: when it was tapped, by the device's clock. change: what it did to the day; None when nothing changed.
    If the day had been changed elsewhere, nothing is overwritten: the outcome is "asked", and the patient decides.
    revision: the revision the device assumes afterwards, against which its next entry is checked.
    replaces: an earlier answer of the device for this day that was still undecided.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("recorded")
        ASKED = "asked", _("to be chosen")
        SETTLED = "settled", _("chosen")
        LATE = "late", _("came too late")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="device_changes")
    key = models.UUIDField()
    date = models.DateField()
    at = models.DateTimeField()
    answer = models.CharField(max_length=8, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    revision = models.CharField(max_length=16, blank=True)
    change = models.OneToOneField(
        DayChange, on_delete=models.SET_NULL, null=True, related_name="device_change"
    )
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "key"], name="a_device_change_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "asked", "settled", "late"]), name="device_change_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["record"], condition=Q(outcome="asked"), name="two_entries_to_choose")
        ]

    def __str__(self) -> str:
        return f"device change {self.pk}"
