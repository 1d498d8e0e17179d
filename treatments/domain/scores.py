"""Scores typed in: bands, and change since before treatment (rules, section 9). Values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formatting
from treatments.models import Score

Instrument, Scale = Score.Instrument, Score.Scale
# What one person's HIT-6 must change by to matter to her, in chronic migraine (rules, section 9).
HIT6_MATTERS: Final = 6
# Highest total of a band, and the band.
HIT6_BANDS: Final = (
    (49, gettext_lazy("little or no impact")),
    (55, gettext_lazy("some impact")),
    (59, gettext_lazy("substantial impact")),
    (78, gettext_lazy("severe impact")),
)
MIDAS_GRADES: Final = ((5, "I"), (10, "II"), (20, "III"), (270, "IV"))


def band(instrument: str, score: Decimal) -> str:
    """The published band of a total; empty for MSQ, which has none."""
    if instrument == Instrument.HIT6:
        return str(next(words for top, words in HIT6_BANDS if score <= top))
    if instrument == Instrument.MIDAS:
        return _("grade %(grade)s") % {"grade": next(grade for top, grade in MIDAS_GRADES if score <= top)}
    return ""


def number(score: Decimal) -> str:
    return formatting.decimal(float(score), 0 if score == score.to_integral_value() else 1)


def kind_name(instrument: str, scale: str) -> str:
    """HIT-6, or MSQ v2.1: emotional function"""
    name = str(Instrument(instrument).label)
    if not scale:
        return name
    return _("%(name)s: %(scale)s") % {"name": name, "scale": Scale(scale).label}


def short_name(instrument: str, scale: str) -> str:
    """HIT-6, or MSQ emotional"""
    return f"MSQ {scale}" if scale else str(Instrument(instrument).label)


@dataclass(frozen=True, slots=True)
class ScoreCourse:
    """The totals of one questionnaire (and scale) over time, oldest first."""

    instrument: str
    scale: str
    rows: Sequence[Score]
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
        """One sentence: before, now, and how far apart."""
        latest = self.rows[-1]
        if self.change is None or self.before is None or self.now is None:
            words = _(
                "%(name)s: %(score)s on %(day)s. No total from before treatment and after it to compare."
            )
            return words % {
                "name": self.name,
                "score": number(latest.score),
                "day": formatting.day(latest.date),
            }
        return _("%(name)s: %(before)s before treatment, %(now)s on %(day)s: %(change)s.") % {
            "name": self.name,
            "before": number(self.before.score),
            "now": number(self.now.score),
            "day": formatting.day(self.now.date),
            "change": score_points(self.change),
        }

    @property
    def remark(self) -> str:
        """How the change stands to what was published, and which way the total runs."""
        if self.instrument == Instrument.HIT6:
            words = _(
                "A change of 6 points or more is what matters to one person with chronic migraine"
                " (Headache 2020; 60: 2003–2013)."
            )
            if self.change is None:
                return words
            reached = abs(self.change) >= HIT6_MATTERS
            said = _("This change is 6 or more.") if reached else _("This change is smaller.")
            return f"{words} {said}"
        if self.instrument == Instrument.MSQ:
            return _("MSQ runs upwards: 100 is the least trouble.")
        return _("MIDAS counts days lost in three months.")


def score_points(change: Decimal) -> str:
    """ "8 points lower" """
    if not change:
        return _("no change")
    words = _("%(number)s points higher") if change > 0 else _("%(number)s points lower")
    return words % {"number": number(abs(change))}


def build_courses(rows: Iterable[Score], first_session: date | None) -> list[ScoreCourse]:
    """One course for each questionnaire and scale. Before: the last total up to the day of the first session."""
    found: dict[tuple[str, str], list[Score]] = {}
    for row in sorted(rows, key=lambda one: one.date):
        found.setdefault((row.instrument, row.scale), []).append(row)
    return [
        build_course(instrument, scale, found[instrument, scale], first_session)
        for instrument in Instrument.values
        for scale in ("", *Scale.values)
        if (instrument, scale) in found
    ]


def build_course(instrument: str, scale: str, rows: Sequence[Score], first: date | None) -> ScoreCourse:
    before = [row for row in rows if first and row.date <= first]
    after = [row for row in rows if first and row.date > first]
    return ScoreCourse(instrument, scale, rows, before[-1] if before else None, after[-1] if after else None)
