"""Injection sessions and what hangs on them, the booked next one, preventives and scores beside."""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Floor
from django.utils.translation import gettext_lazy as _

from accounts.models import Record
from headaches.models import FIRST_DATE

FIRST_SESSION = date(1980, 1, 1)
PREEMPT_UNITS = 155
BOTOX = "Botox (onabotulinumtoxinA)"
# Totals of HIT-6 that its six answers can make (rules, section 9).
HIT6_TOTALS = [total for total in range(36, 79) if total not in {37, 39, 77}]


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
    lot = models.CharField(_("lot number"), max_length=60, blank=True)
    vial = models.CharField(_("vial"), max_length=60, blank=True)
    dilution = models.CharField(_("dilution"), max_length=60, blank=True)
    wasted = models.DecimalField(_("units wasted"), max_digits=5, decimal_places=1, null=True, blank=True)
    clinic = models.CharField(_("clinic"), max_length=120, blank=True)
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
            models.CheckConstraint(
                condition=Q(wasted__isnull=True) | Q(wasted__gte=0, wasted__lte=2000),
                name="session_wasted",
                violation_error_message=_("Enter 0 to 2000 units wasted."),
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class Booking(models.Model):
    """The date booked for the next session; it replaces the due date (rules, section 8)."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="booking")
    date = models.DateField(_("booked date"))
    time = models.TimeField(_("time"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    def __str__(self) -> str:
        return f"booking {self.pk}"


class CalendarFeed(models.Model):
    """The secret address at which a calendar reads the appointments; only its hash is kept."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(_("title in the calendar"), max_length=60, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar feed {self.pk}"


class Preventive(models.Model):
    """Another preventive treatment: what, how much, from when to when."""

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
    note = models.TextField(_("note"), max_length=5000, blank=True)
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
        """Whether it is taken on a day. A reason without a last day says that it is over, years ago perhaps."""
        return self.ended >= today if self.ended else not self.outcome


class InjectionSite(models.Model):
    """What one muscle got on one side in a session (rules, section 10)."""

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


class SideEffect(models.Model):
    """What somebody puts down to a session: what, how bad, from when to when."""

    class Severity(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        SEVERE = "severe", _("severe")

    session = models.ForeignKey(InjectionSession, on_delete=models.CASCADE, related_name="side_effects")
    effect = models.CharField(_("side effect"), max_length=120)
    severity = models.CharField(_("how bad"), max_length=8, choices=Severity.choices, blank=True)
    started = models.DateField(_("from"), null=True, blank=True)
    ended = models.DateField(_("to"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=5000, blank=True)

    class Meta:
        ordering = ["session", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__in=["", "mild", "moderate", "severe"]),
                name="side_effect_severity",
                violation_error_message=_("The side effect is mild, moderate or severe."),
            ),
            models.CheckConstraint(
                condition=Q(started__isnull=True) | Q(ended__isnull=True) | Q(ended__gte=F("started")),
                name="side_effect_order",
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(
                condition=(Q(started__isnull=True) | Q(started__gte=FIRST_SESSION))
                & (Q(ended__isnull=True) | Q(ended__gte=FIRST_SESSION)),
                name="side_effect_dates",
                violation_error_message=_("The date lies before 1980. Check the year."),
            ),
        ]

    def __str__(self) -> str:
        return f"side effect {self.pk}"


class EffectCheck(models.Model):
    """Somebody was asked after a session whether there are side effects, and answered. Silence is no answer."""

    DAYS = (3, 7, 14)

    class Answer(models.TextChoices):
        NOTHING = "nothing", _("nothing to report")
        SOMETHING = "something", _("something noted")

    session = models.ForeignKey(InjectionSession, on_delete=models.CASCADE, related_name="effect_checks")
    day = models.PositiveSmallIntegerField(_("days after the session"))
    answer = models.CharField(_("answer"), max_length=9, choices=Answer.choices)

    class Meta:
        ordering = ["session", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "day"],
                name="one_check_a_day",
                violation_error_message=_("This was answered already."),
            ),
            models.CheckConstraint(
                condition=Q(day__in=[3, 7, 14]),
                name="effect_check_day",
                violation_error_message=_("The day is 3, 7 or 14."),
            ),
            models.CheckConstraint(
                condition=Q(answer__in=["nothing", "something"]),
                name="effect_check_answer",
                violation_error_message=_("The answer is nothing or something."),
            ),
        ]

    def __str__(self) -> str:
        return f"effect check {self.pk}"


class Goal(models.Model):
    """What somebody hopes for until the next session, in her own words, and how it went."""

    MOST = 3

    class Outcome(models.TextChoices):
        REACHED = "reached", _("reached")
        PARTLY = "partly", _("partly")
        NOT_YET = "not yet", _("not yet")
        DROPPED = "dropped", _("no longer matters")

    session = models.ForeignKey(InjectionSession, on_delete=models.CASCADE, related_name="goals")
    number = models.PositiveSmallIntegerField(_("number"))
    goal = models.CharField(_("goal"), max_length=200)
    outcome = models.CharField(_("how it went"), max_length=8, choices=Outcome.choices, blank=True)

    class Meta:
        ordering = ["session", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"],
                name="one_goal_a_number",
                violation_error_message=_("This goal is entered already."),
            ),
            models.CheckConstraint(
                condition=Q(number__in=[1, 2, 3]),
                name="goal_number",
                violation_error_message=_("A session has goals 1, 2 and 3."),
            ),
            models.CheckConstraint(
                condition=~Q(goal=""),
                name="goal_words",
                violation_error_message=_("A goal needs words."),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "reached", "partly", "not yet", "dropped"]),
                name="goal_outcome",
                violation_error_message=_("It is reached, partly, not yet or dropped."),
            ),
        ]

    def __str__(self) -> str:
        return f"goal {self.pk}"


class Score(models.Model):
    """The total of a questionnaire filled in elsewhere (rules, section 9); never its questions."""

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
        ]

    def __str__(self) -> str:
        return f"score {self.pk}"
