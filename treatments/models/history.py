"""Preventives and questionnaire scores."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Floor
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from core.encrypted import EncryptedTextField
from headaches.models import FIRST_DATE

# The five day counts of MIDAS, and the most days that some of them have together (Rules, section 9).
MIDAS_COUNTS = ("midas_a", "midas_b", "midas_c", "midas_d", "midas_e")
MIDAS_MONTHS = 90
# Totals of HIT-6 that its six answers can make (Rules, section 9).
HIT6_TOTALS = [total for total in range(36, 79) if total not in {37, 39, 77}]


class Preventive(models.Model):
    """Another preventive treatment with its dose and its dates."""

    class DrugClass(models.TextChoices):
        BETA_BLOCKER = "beta blocker", _("beta blocker")
        ANTICONVULSANT = "anticonvulsant", _("medicine for epilepsy")
        TRICYCLIC = "tricyclic", _("tricyclic antidepressant")
        SNRI = "snri", _("antidepressant (SNRI)")
        PRESSURE = "blood pressure", _("other medicine for blood pressure")
        CALCIUM = "calcium channel blocker", _("calcium channel blocker")
        ANTIBODY = "cgrp antibody", _("CGRP antibody")
        GEPANT = "gepant", _("gepant")
        SUPPLEMENT = "supplement", _("supplement")
        DEVICE = "device", _("device or other treatment")
        OTHER = "other", _("other")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="preventives")
    name = models.CharField(_("name"), max_length=120)
    dose = models.CharField(_("dose"), max_length=120, blank=True)
    started = models.DateField(_("from"), null=True, blank=True)
    ended = models.DateField(_("to"), null=True, blank=True)
    outcome = models.CharField(_("why it ended"), max_length=200, blank=True)
    note = EncryptedTextField(_("note"), max_length=5000, blank=True)
    drug_class = models.CharField(_("class"), max_length=24, choices=DrugClass.choices, blank=True)

    class Meta:
        ordering = ["started", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    drug_class__in=[
                        "", "beta blocker", "anticonvulsant", "tricyclic", "snri", "blood pressure",
                        "calcium channel blocker", "cgrp antibody", "gepant", "supplement", "device", "other",
                    ]
                ),
                name="preventive_class",
                violation_error_message=_("Choose a class from the list."),
            ),
            models.CheckConstraint(
                condition=Q(started__isnull=True) | Q(ended__isnull=True) | Q(ended__gte=F("started")),
                name="preventive_order",
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(
                condition=(Q(started__isnull=True) | Q(started__gte=FIRST_DATE))
                & (Q(ended__isnull=True) | Q(ended__gte=FIRST_DATE)),
                name="preventive_dates",
                violation_error_message=_("The date lies before 1900. Check the year."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"preventive {self.pk}"

    def runs(self, today: date) -> bool:
        """Whether it is taken on a day. A reason without a last day means that it has ended."""
        return self.ended >= today if self.ended else not self.outcome


class Score(models.Model):
    """The total of a questionnaire filled in elsewhere (Rules, section 9); never its questions.

    midas_a to midas_e: the five counts of days of MIDAS, all or none; the total is then their sum.
    """

    class Instrument(models.TextChoices):
        HIT6 = "hit6", "HIT-6"
        MIDAS = "midas", "MIDAS"
        MSQ = "msq", "MSQ v2.1"

    class Scale(models.TextChoices):
        """The three scales of MSQ; the other two have one total."""

        RESTRICTIVE = "restrictive", _("role function, restrictive")
        PREVENTIVE = "preventive", _("role function, preventive")
        EMOTIONAL = "emotional", _("emotional function")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="scores")
    date = models.DateField(_("date"))
    instrument = models.CharField(_("questionnaire"), max_length=8, choices=Instrument.choices)
    scale = models.CharField(_("scale"), max_length=12, choices=Scale.choices, blank=True)
    score = models.DecimalField(_("total"), max_digits=4, decimal_places=1)
    midas_a = models.PositiveSmallIntegerField(_("MIDAS count A"), null=True, blank=True)
    midas_b = models.PositiveSmallIntegerField(_("MIDAS count B"), null=True, blank=True)
    midas_c = models.PositiveSmallIntegerField(_("MIDAS count C"), null=True, blank=True)
    midas_d = models.PositiveSmallIntegerField(_("MIDAS count D"), null=True, blank=True)
    midas_e = models.PositiveSmallIntegerField(_("MIDAS count E"), null=True, blank=True)

    class Meta:
        ordering = ["date", "instrument", "scale"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "date", "instrument", "scale"],
                name="one_score_a_date",
                violation_error_message=_("A total of this questionnaire is entered for this date already."),
            ),
            models.CheckConstraint(
                condition=Q(date__gte=FIRST_DATE),
                name="score_date",
                violation_error_message=_("The date lies before 1900. Check the year."),
            ),
            models.CheckConstraint(
                condition=Q(instrument__in=["hit6", "midas"], scale="")
                | Q(instrument="msq", scale__in=["restrictive", "preventive", "emotional"]),
                name="score_scale",
                violation_error_message=_("MSQ has three scales; HIT-6 and MIDAS have one total."),
            ),
            models.CheckConstraint(
                condition=~Q(instrument="hit6") | Q(score__in=HIT6_TOTALS),
                name="score_hit6",
                violation_error_message=_(
                    "A HIT-6 total is a whole number from 36 to 78, never 37, 39 or 77."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(instrument="midas") | Q(score__gte=0, score__lte=270, score=Floor("score")),
                name="score_midas",
                violation_error_message=_("A MIDAS total is a whole number from 0 to 270."),
            ),
            models.CheckConstraint(
                condition=~Q(instrument="msq") | Q(score__gte=0, score__lte=100),
                name="score_msq",
                violation_error_message=_("An MSQ scale runs from 0 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True for name in MIDAS_COUNTS})
                | Q(
                    instrument="midas",
                    score=F("midas_a") + F("midas_b") + F("midas_c") + F("midas_d") + F("midas_e"),
                    **{f"{name}__isnull": False for name in MIDAS_COUNTS},
                ),
                name="score_midas_counts",
                violation_error_message=_("MIDAS has five counts A to E, or none; the total is their sum."),
            ),
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True for name in MIDAS_COUNTS})
                | (
                    Q(midas_a__lte=MIDAS_MONTHS - F("midas_b"))
                    & Q(midas_c__lte=MIDAS_MONTHS - F("midas_d"))
                    & Q(midas_e__lte=MIDAS_MONTHS)
                ),
                name="score_midas_days",
                violation_error_message=_(
                    "Three months have 90 days: A and B together, C and D together, and E."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"score {self.pk}"
