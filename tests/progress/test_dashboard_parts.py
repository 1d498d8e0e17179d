"""The parts of the dashboard below the first chart: weeks, year, medicine, lines, preventives, gaps."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from headaches.models import DiaryDay, Intake
from progress.cache.load import load_diary
from progress.charts.medication import medication_chart
from progress.charts.weeks import weeks_chart
from progress.dashboard.completeness import completeness_context
from progress.presentation.confounders import Course, find_annotations
from progress.presentation.medication import build_groups, last_months
from progress.presentation.reference_lines import build_line_labels
from progress.presentation.weeks import four_week_means
from tests.charts.figures import plotted
from tests.conftest import NOON, TODAY, Cast, as_user
from tests.look.test_contrast import THEMES
from tests.progress.people import keep, rate, treat, two_cycles
from treatments.models import Preventive

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]


def find_oldest_gap(record: Record) -> date | None:
    index = MetricIndex.of(load_diary(record), TODAY)
    gap: date | None = completeness_context(record, index, is_today=True)["completeness"].gap
    return gap


def page_of(client: Client, page: str) -> str:
    return " ".join(client.get(reverse(f"progress_{page}")).content.decode().split())


def take(record: Record, on: date, drug_class: str) -> None:
    day, _made = DiaryDay.objects.get_or_create(
        record=record, date=on, defaults={"headache": True, "written_at": NOON}
    )
    Intake.objects.create(day=day, name=drug_class, drug_class=drug_class)


class TestWeeks:
    def test_wear_off_is_said_with_its_range_and_its_cycles(self, client: Client, alice: Record) -> None:
        first = TODAY - timedelta(84)
        keep(alice, first - timedelta(28), rate(20))
        keep(alice, first, rate(10) + rate(4) + rate(20))
        treat(alice, first)
        page = page_of(client, "time")
        assert "In weeks 9 to 12, 16 more headache days a month than in weeks 5 to 8." in page
        assert "over 1 cycle." in page
        assert "Week 13 on" in page

    def test_too_little_is_said_so(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(10), rate(5, 10))
        treat(alice, TODAY - timedelta(10))
        assert "In no cycle are enough days of weeks 5 to 8 and 9 to 12 filled in" in page_of(client, "time")

    @pytest.mark.parametrize("theme", ["light", "dim", "warm light", "warm dim"])
    def test_plotly_agrees_with_it(self, theme: str) -> None:
        week: list[float | None] = [1.0, None, *[3.5] * 10]
        words = [f"week {number}" for number in range(1, 13)]
        found = plotted(weeks_chart([3.0, None, 4.0], week, [week, week], words, has_signal=True), theme)
        assert len(found.data) == 2  # both cycles in one line with a break between them
        assert list(found.data[0].y) == [*week, None, *week, None]
        colours = [shape.line.color for shape in found.layout.shapes]
        assert colours == [THEMES[theme]["after"], THEMES[theme]["moderate"]]

    def test_four_weeks_have_a_mean_from_twenty_known_days_on(self, alice: Record) -> None:
        treat(alice, TODAY - timedelta(27))
        keep(alice, TODAY - timedelta(27), rate(10, 19))
        found = compute_figures(load_diary(alice), TODAY).wear_off
        assert found is not None
        assert four_week_means(found) == [None, None, None]
        keep(alice, TODAY - timedelta(8), "o")
        found = compute_figures(load_diary(alice), TODAY).wear_off
        assert found is not None
        assert four_week_means(found) == [11 * 7 / 20, None, None]


class TestYear:
    def test_it_holds_twelve_months_each_day_in_words_sessions_outlined(
        self, client: Client, alice: Record
    ) -> None:
        two_cycles(alice, TODAY)
        page = page_of(client, "time")
        assert page.count("<caption>") == 12
        assert "June 2025" in page
        assert "data-session" in page
        assert ", injection session" in page

    def test_its_months_lead_the_patient_to_their_pages_and_the_clinician_nowhere(
        self, cast: Cast, at: At
    ) -> None:
        at(NOON)
        two_cycles(cast.alice, TODAY)
        link = f'<caption><a href="{reverse("month", kwargs={"month": "2025-06"})}">June 2025</a></caption>'
        assert link in page_of(as_user(cast.alice.user), "time")
        theirs = as_user(cast.carl).get(reverse("patient_time", kwargs={"key": cast.alice.key}))
        assert "<caption>June 2025</caption>" in theirs.content.decode()

    def test_an_empty_diary_has_none(self, client: Client) -> None:
        assert 'class="year"' not in page_of(client, "time")


class TestMedication:
    def test_months_are_six_and_the_running_one_is_last(self) -> None:
        assert last_months(date(2026, 2, 3)) == [
            date(2025, 9, 1), date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1),
            date(2026, 2, 1),
        ]  # fmt: skip

    def test_a_group_counts_days_not_tablets_and_names_the_months_at_its_line(
        self, client: Client, alice: Record
    ) -> None:
        for offset in range(10):
            take(alice, date(2026, 4, 1) + timedelta(offset), "triptan")
            take(alice, date(2026, 4, 1) + timedelta(offset), "triptan")
        take(alice, date(2026, 4, 1), "nsaid")
        take(alice, date(2026, 4, 1), "gepant")
        found = build_groups(
            compute_figures(load_diary(alice), TODAY), MetricIndex.of(load_diary(alice), TODAY)
        )
        assert [(group.key, group.limit, [month.days for month in group.months]) for group in found] == [
            ("triptan", 10, [0, 0, 0, 0, 10, 0]),
            ("gepant", None, [0, 0, 0, 0, 1, 0]),
            ("non-opioid", 15, [0, 0, 0, 0, 1, 0]),
        ]
        assert (found[0].months[4].recorded, found[0].months[4].length) == (10, 30)
        assert (found[0].months[5].is_running, found[0].months[5].length) == (True, 6)
        page = page_of(client, "medicine")
        assert "10 or more triptan days in 1 of the last six months. April 2026." in page
        assert "As far as recorded, under 15 simple painkiller days in each of the last six months." in page
        assert "There is no published limit." in page
        assert "overuse" not in page.lower()

    def test_plotly_agrees_with_it(self, alice: Record) -> None:
        take(alice, TODAY, "triptan")
        [group] = build_groups(
            compute_figures(load_diary(alice), TODAY), MetricIndex.of(load_diary(alice), TODAY)
        )
        found = plotted(medication_chart(group.key, group.months, group.limit))
        assert list(found.data[0].y) == [0, 0, 0, 0, 0, 1]
        assert found.layout.shapes[0].y0 == 10


class TestLines:
    def words(self, record: Record, as_of: date = TODAY) -> dict[str, tuple[str, str]]:
        found = [build_line_labels(rule) for rule in compute_figures(load_diary(record), as_of).rules]
        return {line.id: (line.verdict_label, line.working) for line in found}

    def test_each_shows_its_working_and_its_source(self, client: Client, alice: Record) -> None:
        first = TODAY - timedelta(167)
        keep(alice, first - timedelta(28), rate(20))
        keep(alice, first, rate(14) * 5 + rate(10))
        treat(alice, first, first + timedelta(84))
        said = self.words(alice)
        assert said["nice-30"] == (
            "Reached",
            "20.0 before Botox (28 counted days), 10.0 in weeks 9 to 12 of cycle 2 (28 counted days): "
            "50 % fewer; the yardstick is 30 % fewer. "
            "NICE does not say which month to compare; weeks 9 to 12 of cycle 2 are our choice, as in the "
            "PREEMPT trials.",
        )
        assert said["nice-under-15"] == (
            "Reached",
            "14.0 from 84 to 57 days back (28 counted days), 14.0 from 56 to 29 days back (28 counted days), "
            "10.0 in the last 28 days (28 counted days): "
            "the highest is 14.0; the yardstick is under 15 in each.",
        )
        assert said["half"][0] == "Reached"
        assert said["hull-clear"][1].endswith("2.3 times as many; the yardstick is 2 times as many.")
        page = page_of(client, "details")
        assert page.count('data-verdict="reached"') in {4, 5}
        assert "NICE technology appraisal TA260" in page

    def test_too_early_says_from_when_it_can_be_asked(self, alice: Record) -> None:
        treat(alice, TODAY - timedelta(1))
        said = self.words(alice)
        assert said["half"] == ("Too early to say", "It can be checked from 1 June 2026 on.")
        assert said["nice-30"][1].startswith("It can be checked 84 days after the second session.")

    def test_too_few_entries_says_how_many_are_known(self, alice: Record) -> None:
        treat(alice, TODAY - timedelta(40))
        keep(alice, TODAY - timedelta(27), rate(10))
        verdict, working = self.words(alice)["half"]
        assert verdict == "Too few days filled in"
        assert working.startswith("0 counted days before Botox, 10.0 in the last 28 days (28 counted days):")


class TestConfounders:
    def test_what_changed_between_before_and_now_is_marked_and_said(
        self, client: Client, alice: Record
    ) -> None:
        first = two_cycles(alice, TODAY)
        Preventive.objects.create(record=alice, name="Candesartan", started=first + timedelta(10))
        Preventive.objects.create(record=alice, name="Old", started=date(2020, 1, 1), ended=date(2021, 1, 1))
        page = page_of(client, "time")
        assert "other preventives changed too (Candesartan)" in page
        assert "Candesartan started" in page
        assert "Old started" not in page

    def test_the_page_of_an_earlier_day_knows_no_later_start(self, cast: Cast, at: At) -> None:
        at(NOON)
        two_cycles(cast.alice, TODAY)
        Preventive.objects.create(record=cast.alice, name="Candesartan", started=TODAY - timedelta(10))
        Preventive.objects.create(record=cast.alice, name="Valproate", outcome="no effect")
        carl, address = as_user(cast.carl), reverse("patient_treatment", args=[cast.alice.key])
        now = carl.get(address).content.decode()
        then = carl.get(f"{address}?as_of={TODAY - timedelta(11)}").content.decode()
        assert [name in now for name in ("Candesartan", "Valproate")] == [True, True]
        assert [name in then for name in ("Candesartan", "Valproate")] == [False, True]

    def test_the_baseline_counts_and_what_comes_later_does_not(self, alice: Record) -> None:
        first = two_cycles(alice, TODAY)
        figures = compute_figures(load_diary(alice), TODAY)
        course = Course("X", first - timedelta(28), TODAY + timedelta(1))
        assert [(mark.date, mark.started) for mark in find_annotations([course], figures)] == [
            (first - timedelta(28), True)
        ]

    def test_without_any_the_page_says_nothing(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        assert "▽" not in page_of(client, "time")


class TestGaps:
    def test_the_oldest_of_the_last_28_days_is_offered(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(40), "f" * 20 + "." + "f" * 10 + "." + "f" * 8)
        assert find_oldest_gap(alice) == TODAY - timedelta(20)
        assert reverse("day", args=[(TODAY - timedelta(20)).isoformat()]) in page_of(client, "details")

    def test_today_and_the_time_before_the_diary_are_no_gaps(self, alice: Record) -> None:
        keep(alice, TODAY - timedelta(5), "fffff")
        assert find_oldest_gap(alice) is None

    def test_a_clinician_is_offered_none(self, cast: Cast, at: At) -> None:
        at(NOON)
        keep(cast.alice, TODAY - timedelta(40), "f" * 20 + "." + "f" * 10)
        assert "Fill the oldest gap" in page_of(as_user(cast.alice.user), "details")
        theirs = as_user(cast.carl).get(reverse("patient_details", args=[cast.alice.key]))
        assert "Fill the oldest gap" not in theirs.content.decode()
