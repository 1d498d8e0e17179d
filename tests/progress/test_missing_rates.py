"""A figure that cannot be given names its true reason, and a count its known days."""

from datetime import date

import pytest

from figures.engine import figures_from_index
from figures.metric_index import MetricIndex
from figures.values import Day
from figures.wear_off import WeekCount
from figures.windows import build_window
from progress.charts.medication import medication_chart
from progress.presentation.eligibility import TriedPreventive, build_eligibility_facts
from progress.presentation.medication import Group, build_groups
from progress.presentation.missing_rates import DiarySpan, explain_missing_rate
from progress.presentation.periods import build_periods, describe_completeness, describe_period
from progress.presentation.sentences import build_headline, build_metric_change
from progress.presentation.weeks import WeekRow, describe_week, weekly_rate
from tests.figures.builders import FIRST, after, clear, headache, record, stretch, took


def index_of(days: list[Day], as_of: date, *sessions: date) -> MetricIndex:
    return MetricIndex.of(record(days, *sessions), as_of)


def explain(
    days: list[Day], as_of: date, start: date, end: date, metric: str = "headache_days"
) -> str | None:
    index = index_of(days, as_of)
    missing = explain_missing_rate(build_window(index, start, end), metric, DiarySpan.of(index))
    return missing.label if missing else None


class TestReasons:
    def test_a_rate_needs_none(self) -> None:
        days = stretch(FIRST, "h" * 20)
        assert explain(days, after(27), FIRST, after(27)) is None

    @pytest.mark.parametrize(
        ("pattern", "as_of", "start", "end", "reason"),
        [
            # All days since the start are kept; the period has only begun.
            ("h" * 40, 39, 28, 55, "too early: day 12 of 28"),
            ("h" * 40, 39, 40, 67, "too early: day 0 of 28"),
            # Cut short by the next session.
            ("h" * 84, 83, 56, 70, "too short: 15 days"),
            ("h" * 84, 83, 56, 56, "too short: 1 day"),
            # The diary begins within the period, or after it, and is complete since.
            ("h" * 40, 39, -24, 3, "the diary begins on 4 March 2024"),
            ("h" * 40, 39, -28, -1, "no entries from that time"),
            ("", 39, 0, 27, "no entries from that time"),
            # Gaps, where a rate was possible.
            ("h" + "." * 26 + "h", 27, 0, 27, "too few days filled in"),
        ],
    )
    def test_the_true_reason_is_named(
        self, pattern: str, as_of: int, start: int, end: int, reason: str
    ) -> None:
        days = stretch(FIRST, pattern)
        assert explain(days, after(as_of), after(start), after(end)) == reason

    def test_entries_that_do_not_answer_the_metric_are_not_called_missing(self) -> None:
        days = stretch(FIRST, "h" * 28)
        assert explain(days, after(27), FIRST, after(27), "headache_hours") == "too few entries answer this"


class TestSentences:
    def test_forty_kept_days_of_forty_are_never_called_too_few(self) -> None:
        index = index_of(stretch(FIRST, "h" * 40), after(39), after(4))
        figures = figures_from_index(index)
        assert figures.baseline is not None
        assert figures.now is not None
        change = build_metric_change(
            "headache_days", figures.baseline, figures.now, None, DiarySpan.of(index)
        )
        assert change.label == "the diary begins on 4 March 2024"
        assert build_headline(figures, True).title == "Too few days from before Botox"
        assert build_headline(figures, True).detail == (
            "4 of the 28 days before the first session are filled in; a comparison needs 20. Days from an old diary "
            "can be added. Of the last 28 days 28 are filled in; on 28 of them there was a headache."
        )
        periods = build_periods(figures, "headache_days", DiarySpan.of(index))
        assert [describe_period(period) for period in periods] == [
            "Before Botox: 4 in 4 counted days, no number (the diary begins on 4 March 2024); 4 of 28 days have an "
            "entry",
            "Session 1, weeks 1 to 4: 28.0 in 28 days; 28 of 28 days have an entry",
            "Session 1, weeks 5 to 8: 8 in 8 counted days, no number (too early: day 8 of 28); 8 of 28 days have an "
            "entry",
        ]
        assert describe_completeness(periods) == "1 of 3 four-week blocks has too many gaps for a number."

    def test_the_last_28_days_are_counted_and_not_scaled_up(self) -> None:
        figures = figures_from_index(index_of(stretch(after(28), "h" * 10 + "c" * 16), after(55)))
        detail = build_headline(figures, True).detail
        assert detail.endswith("Of the last 28 days 26 are filled in; on 10 of them there was a headache.")

    def test_a_period_that_only_runs_is_no_gap(self) -> None:
        index = index_of(stretch(after(-28), "h" * 30), after(1))
        periods = build_periods(figures_from_index(index), "headache_days", DiarySpan.of(index))
        assert describe_completeness(periods) == (
            "Every period has enough days filled in; the fewest are 28 of 28 days."
        )


class TestWeeks:
    @pytest.mark.parametrize(
        ("count", "known", "rate", "text"),
        [
            (0, 0, None, "Week 1: no day filled in"),
            (1, 1, None, "Week 1: 1 in 1 counted days, too few for a number"),
            (4, 4, None, "Week 1: 4 in 4 counted days, too few for a number"),
            (5, 5, 7, "Week 1: 7.0 headache days a week, from 5 counted days"),
        ],
    )
    def test_one_known_day_is_not_drawn_as_seven_a_week(
        self, count: int, known: int, rate: float | None, text: str
    ) -> None:
        week = WeekCount(count, known, count * 7 / known if known else None)
        assert weekly_rate(week) == rate
        assert describe_week(WeekRow("Week 1", count, known, weekly_rate(week))) == text


MAY = date(2024, 5, 31)


def month_days(month: int, taken: int, recorded: int, year: int = 2024) -> list[Day]:
    """The first days of a month: so many with an entry, the first of them with a triptan."""
    dates = [date(year, month, day) for day in range(1, recorded + 1)]
    triptan = [took("triptan")]
    return [headache(at, intakes=triptan) if at.day <= taken else clear(at) for at in dates]


def triptan_group(days: list[Day]) -> Group:
    """The group of triptans as of 31 May 2024."""
    index = MetricIndex.of(record(days), MAY)
    (group,) = build_groups(figures_from_index(index), index)
    return group


def triptans(days_by_month: dict[int, tuple[int, int]]) -> Group:
    """days_by_month: days with a triptan and days with an entry."""
    return triptan_group(
        [day for month, counts in days_by_month.items() for day in month_days(month, *counts)]
    )


class TestMedication:
    def test_a_month_of_one_known_day_is_not_called_under_the_limit(self) -> None:
        months = dict.fromkeys((1, 2, 3, 4), (3, 29)) | {5: (1, 1)}
        assert triptans(months).finding == (
            "As far as recorded, under 10 triptan days in each of the last six months. In 2 of them so many days "
            "have no entry that there may have been 10 or more."
        )

    def test_what_no_unknown_day_could_change_is_said_plainly(self) -> None:
        days = month_days(12, 0, 31, year=2023)
        for month, counts in {1: (3, 31), 2: (3, 29), 3: (3, 31), 4: (3, 30), 5: (3, 25)}.items():
            days += month_days(month, *counts)
        assert triptan_group(days).finding == "Under 10 triptan days in each of the last six months."

    def test_months_over_the_limit_are_named_and_unknown_ones_counted(self) -> None:
        months = {1: (10, 31), 2: (3, 29), 3: (3, 31), 4: (3, 30), 5: (1, 1)}
        assert triptans(months).finding == (
            "10 or more triptan days in 1 of the last six months. January 2024. In 2 more, too many days have no entry "
            "to say."
        )

    def test_a_bar_of_an_incomplete_month_names_its_known_days(self) -> None:
        group = triptans({4: (3, 30), 5: (1, 1)})
        chart = medication_chart(group.key, group.months, group.limit)
        assert [value.label for value in chart.values][-2:] == [("3",), ("1", "of 1")]


class TestPreventives:
    def test_those_that_ended_are_not_counted_for_the_last_28_days(self) -> None:
        index = index_of(stretch(FIRST, "h" * 28), after(27))
        ended = [TriedPreventive(name, date(2022, 1, 1), False) for name in ("Propranolol", "Topiramate")]
        facts = build_eligibility_facts(index, None, ended)
        assert facts[2].now == "2 tried by then: Propranolol, Topiramate. Taken now: none entered"
        running = [*ended, TriedPreventive("Candesartan", None, True)]
        assert build_eligibility_facts(index, None, running)[2].now == (
            "3 tried by then: Propranolol, Topiramate, Candesartan. Taken now: Candesartan"
        )
