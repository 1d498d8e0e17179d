"""Side effects, answers to questions about them, and goals, each of one session."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.encrypted import EncryptedTextField
from treatments.models.sessions import FIRST_SESSION, InjectionSession


class SideEffect(models.Model):
    """A side effect that the patient attributes to a session."""

    class Severity(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        SEVERE = "severe", _("severe")

    session = models.ForeignKey(InjectionSession, on_delete=models.CASCADE, related_name="side_effects")
    effect = models.CharField(_("side effect"), max_length=120)
    severity = models.CharField(_("how bad"), max_length=8, choices=Severity.choices, blank=True)
    started = models.DateField(_("from"), null=True, blank=True)
    ended = models.DateField(_("to"), null=True, blank=True)
    note = EncryptedTextField(_("note"), max_length=5000, blank=True)

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
    """The answer to the question about side effects 3, 7 or 14 days after a session. No row means no answer."""

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


class Impression(models.Model):
    """How it is overall compared with before the first session, once a session (Rules, section 9)."""

    class Answer(models.TextChoices):
        VERY_MUCH_BETTER = "very-much-better", _("very much better")
        MUCH_BETTER = "much-better", _("much better")
        A_LITTLE_BETTER = "a-little-better", _("a little better")
        NO_CHANGE = "no-change", _("no change")
        A_LITTLE_WORSE = "a-little-worse", _("a little worse")
        MUCH_WORSE = "much-worse", _("much worse")
        VERY_MUCH_WORSE = "very-much-worse", _("very much worse")

    session = models.OneToOneField(
        InjectionSession,
        on_delete=models.CASCADE,
        related_name="impression",
        error_messages={"unique": _("This session has an overall impression already.")},
    )
    date = models.DateField(_("date"))
    answer = models.CharField(_("overall impression"), max_length=16, choices=Answer.choices)

    class Meta:
        ordering = ["session"]
        constraints = [
            models.CheckConstraint(
                condition=Q(date__gte=FIRST_SESSION),
                name="impression_date",
                violation_error_message=_("The date lies before 1980. Check the year."),
            ),
            models.CheckConstraint(
                condition=Q(
                    answer__in=[
                        "very-much-better", "much-better", "a-little-better", "no-change", "a-little-worse",
                        "much-worse", "very-much-worse",
                    ]
                ),
                name="impression_answer",
                violation_error_message=_("Choose an overall impression from the list."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"impression {self.pk}"


class Goal(models.Model):
    """A goal until the next session, in the patient's own words, and its outcome."""

    MAX_PER_SESSION = 3

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
