"""Scores: published bands, and the change since before treatment (Rules, section 9). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from treatments.models import Score

Instrument, Scale = Score.Instrument, Score.Scale
# The least change of HIT-6 that matters to one person with chronic migraine (Rules, section 9).
HIT6_MIN_CHANGE: Final = 6
# The highest total of each band, and its label.
HIT6_BANDS: Final = (
    (49, gettext_lazy("little or no impact")),
    (55, gettext_lazy("some impact")),
    (59, gettext_lazy("substantial impact")),
    (78, gettext_lazy("severe impact")),
)
MIDAS_GRADES: Final = ((5, "I"), (10, "II"), (20, "III"), (270, "IV"))


def describe_band(instrument: str, score: Decimal) -> str:
    """Return the published band of a total; "" for MSQ, which has none."""
    if instrument == Instrument.HIT6:
        return str(next(label for highest, label in HIT6_BANDS if score <= highest))
    if instrument == Instrument.MIDAS:
        return _("grade %(grade)s") % {
            "grade": next(grade for highest, grade in MIDAS_GRADES if score <= highest)
        }
    return ""


def format_score(score: Decimal) -> str:
    return formatting.decimal(float(score), 0 if score == score.to_integral_value() else 1)


def kind_name(instrument: str, scale: str) -> str:
    """Return "HIT-6" or "MSQ v2.1: emotional function"."""
    name = str(Instrument(instrument).label)
    if not scale:
        return name
    return _("%(name)s: %(scale)s") % {"name": name, "scale": Scale(scale).label}


@dataclass(frozen=True, slots=True)
class ScoreCourse:
    """The totals of one questionnaire (and scale) over time, oldest first."""

    instrument: str
    scale: str
    scores: Sequence[Score]
    before: Score | None
    now: Score | None

    @property
    def name(self) -> str:
        return kind_name(self.instrument, self.scale)

    @property
    def change(self) -> Decimal | None:
        """Now minus before treatment."""
        return self.now.score - self.before.score if self.now and self.before else None

    @property
    def finding(self) -> str:
        """The totals before and now with their difference, in one sentence."""
        latest = self.scores[-1]
        if self.change is None or self.before is None or self.now is None:
            text = _(
                "%(name)s: %(score)s on %(day)s. No total from before treatment and after it to compare."
            )
            return text % {
                "name": self.name,
                "score": format_score(latest.score),
                "day": formatting.day(latest.date),
            }
        change = _("no change")
        if self.change:
            points = _("%(number)s points higher") if self.change > 0 else _("%(number)s points lower")
            change = points % {"number": format_score(abs(self.change))}
        return _("%(name)s: %(before)s before treatment, %(now)s on %(day)s: %(change)s.") % {
            "name": self.name,
            "before": format_score(self.before.score),
            "now": format_score(self.now.score),
            "day": formatting.day(self.now.date),
            "change": change,
        }

    @property
    def remark(self) -> str:
        """How the change compares with what was published, and what the total means."""
        if self.instrument == Instrument.HIT6:
            text = _(
                "For one person with chronic migraine, a change of 6 points or more matters (Headache 2020; "
                "60: 2003–2013)."
            )
            if self.change is None:
                return text
            reached = abs(self.change) >= HIT6_MIN_CHANGE
            result = _("This change is 6 or more.") if reached else _("This change is smaller.")
            return f"{text} {result}"
        if self.instrument == Instrument.MSQ:
            return _("MSQ: a higher number is better. 100 is best.")
        return _("MIDAS counts days lost in three months.")


def build_courses(scores: Iterable[Score], first_session: date | None) -> list[ScoreCourse]:
    """Build a course for each questionnaire and scale. Its `before` is the last total up to the first session."""
    by_kind: dict[tuple[str, str], list[Score]] = {}
    for score in sorted(scores, key=lambda score: score.date):
        by_kind.setdefault((score.instrument, score.scale), []).append(score)
    courses = []
    for instrument, scale in product(Instrument.values, ("", *Scale.values)):
        totals = by_kind.get((instrument, scale), [])
        before = [score for score in totals if first_session and score.date <= first_session]
        after = [score for score in totals if first_session and score.date > first_session]
        latest_before, latest = before[-1] if before else None, after[-1] if after else None
        if totals:
            courses.append(ScoreCourse(instrument, scale, totals, latest_before, latest))
    return courses
