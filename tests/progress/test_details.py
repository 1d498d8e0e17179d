"""How it is computed, and comparing by hand."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from core.formatting import decimal, signed
from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from figures.values import METRICS, SUM_METRICS, YES_NO_METRICS, Day, Intake
from figures.values import Diary as FigureRecord
from progress.cache.load import load_diary
from progress.details.methodology import build_medication_steps, build_steps, build_wear_off_steps
from tests.conftest import NOON, TODAY, Cast, log_in_as_user
from tests.progress.people import keep, rate, treat, two_cycles

At = Callable[[datetime], None]
FIRST = TODAY - timedelta(60)


def page_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


@pytest.mark.django_db
class TestHow:
    def test_each_step_has_the_records_own_numbers(self, client: Client, alice: Record) -> None:
        treat(alice, FIRST)
        keep(alice, FIRST - timedelta(28), rate(20))
        keep(alice, FIRST, rate(10, 25))
        page = page_of(client, reverse("how"))
        for words in (
            "Before: 20 × 28 ÷ 28 counted days = 20",
            "Latest look: 10 × 28 ÷ 25 counted days = 11.2000",
            "11.2000 − 20 = −8.8000",
            "−8.8000 ÷ 20 × 100 = −44.00 %",
            "with 25 of 28 days recorded.",
            "The last 28 days are a count without a verdict: 0 in 0 counted days.",
            "The 99 % interval of the change",
            "The next look is on 29 May 2026.",
        ):
            assert words in page

    def test_a_thin_side_stops_at_the_counting(self, client: Client, alice: Record) -> None:
        treat(alice, FIRST)
        keep(alice, FIRST - timedelta(28), rate(20))
        keep(alice, TODAY - timedelta(9), rate(5, 10))
        page = page_of(client, reverse("how"))
        assert "The last 28 days are a count without a verdict: 5 in 10 counted days." in page
        assert "interval of the change" not in page

    def test_without_a_session_it_says_what_will_stand_here(self, client: Client) -> None:
        assert "each step is shown here with your own numbers" in page_of(client, reverse("how"))

    def test_it_is_linked_from_every_figure(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        pages = page_of(client, reverse("progress_time")) + page_of(client, reverse("progress_details"))
        assert len(re.findall(r">\s*How we work this out\s*</a>", pages)) >= 5

    def test_the_clinician_has_his_own_and_each_look_is_noted(self, logged_cast: Cast, at: At) -> None:
        at(NOON)
        two_cycles(logged_cast.alice, TODAY)
        carl = log_in_as_user(logged_cast.carl)
        trail = logged_cast.alice.user.trail
        before = trail.log.count()
        for name in ("patient_how", "patient_compare"):
            assert carl.get(reverse(name, args=[logged_cast.alice.key])).status_code == 200
            assert (
                log_in_as_user(logged_cast.dora).get(reverse(name, args=[logged_cast.alice.key])).status_code
                == 404
            )
        assert trail.log.count() == before + 2


@given(st.lists(st.sampled_from("fmos."), min_size=60, max_size=140), st.sampled_from(METRICS))
def test_the_last_line_of_the_working_is_the_figure(letters: list[str], metric: str) -> None:
    """Whatever the diary, the page ends in the very interval and change of the latest look."""
    start = TODAY - timedelta(len(letters) - 1)
    words = {"f": None, "m": "mild", "o": "moderate", "s": "severe"}
    days = [
        Day(start + timedelta(index), letter != "f", words[letter], None if letter == "f" else 4.0)
        for index, letter in enumerate(letters)
        if letter != "."
    ]
    record = FigureRecord.of(days, [start + timedelta(29)])
    figures = compute_figures(record, TODAY)
    assert figures.looks is not None
    look = figures.looks["headache_days" if metric in SUM_METRICS else metric]
    found = {step.section: step.lines for step in build_steps(figures, MetricIndex.of(record, TODAY), metric)}
    if look is None:
        assert "4" not in found
        return
    if metric in YES_NO_METRICS:
        assert found["4"][0].endswith(f"= {signed(look.difference, 4)}")
        assert found["4, 3; 13"][1].endswith(f"= {signed(look.interval[0], 4)}")
        assert found["4, 3; 13"][2].endswith(f"= {signed(look.interval[1], 4)}")
        assert figures.autocorrelation is not None
        r = figures.autocorrelation[metric]
        assert any(decimal(r, 4) in line or "r = 0" in line or f"= {r:g}" in line for line in found["4, 1"])


def test_the_working_of_the_weeks_ends_in_the_interval_of_the_wear_off() -> None:
    first = TODAY - timedelta(100)
    days = [
        Day(first + timedelta(index), index % 7 < (2 if index < 56 else 4))
        for index in range(84)
        if index != 30
    ]
    figures = compute_figures(FigureRecord.of(days, [first]), TODAY)
    found = figures.wear_off
    assert found is not None
    assert found.interval is not None
    weekly, pooled = build_wear_off_steps(figures)
    assert weekly.lines[1] == "Week 1: 2 × 7 ÷ 7 counted days = 2"
    assert weekly.lines[5] == "Week 5: 2 × 7 ÷ 6 counted days = 2.3333"
    assert pooled.lines[:3] == (
        "Added up over the 1 cycle in which both have 20 counted days.",
        "Weeks 5 to 8: 8 × 28 ÷ 27 counted days = 8.2963",
        "Weeks 9 to 12: 16 × 28 ÷ 28 counted days = 16",
    )
    assert pooled.lines[3] == f"16 − 8.2963 = {signed(found.difference, 4)}"
    assert pooled.lines[-3].endswith(f"= {signed(found.interval[0], 4)}")
    assert pooled.lines[-2].endswith(f"= {signed(found.interval[1], 4)}")


def test_the_working_of_the_medicine_counts_days_by_month_and_group() -> None:
    taken = (Intake("simple"), Intake("nsaid"))
    days = [Day(TODAY - timedelta(back), False, intakes=taken) for back in range(6)]
    [step] = build_medication_steps(compute_figures(FigureRecord.of(days), TODAY))
    assert step.lines[2:] == ("May 2026, simple painkiller: 6; below the published limit of 15",)
    assert build_medication_steps(compute_figures(FigureRecord.of(days), date(2027, 5, 6))) == []
    assert build_wear_off_steps(compute_figures(FigureRecord.of(days), TODAY)) == []


@pytest.mark.django_db
class TestCompare:
    def test_two_cycles(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        page = page_of(client, reverse("compare") + "?a=1&b=2")
        assert "headache days in 28 days in the second period. The real change is probably" in page
        assert "Cycle 2, 25 Feb 2026" in page
        assert "84 of 91 days with an entry" in page

    def test_two_date_ranges(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(55), rate(20) + rate(8))
        first = f"a_from={TODAY - timedelta(55)}&a_to={TODAY - timedelta(28)}"
        query = f"?{first}&b_from={TODAY - timedelta(27)}&b_to={TODAY}"
        page = page_of(client, reverse("compare") + query)
        assert "12 fewer headache days in 28 days in the second period." in page
        assert "share days" not in page

    def test_the_same_dates_as_the_dashboard_give_its_figures(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        figures = compute_figures(load_diary(alice), TODAY)
        assert figures.baseline is not None
        assert figures.now is not None
        assert figures.change is not None
        change = figures.change["headache_days"]
        assert change is not None
        assert change.interval is not None
        query = (
            f"?a_from={figures.baseline.start}&a_to={figures.baseline.end}"
            f"&b_from={figures.now.start}&b_to={figures.now.end}"
        )
        page = page_of(client, reverse("compare") + query)
        assert signed(change.difference) in page
        assert f"{signed(change.interval[0])} to {signed(change.interval[1])}" in page

    def test_too_few_entries_are_said(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(9), rate(5, 10))
        query = f"?a_from={TODAY - timedelta(9)}&a_to={TODAY}&b_from={TODAY - timedelta(9)}&b_to={TODAY}"
        page = page_of(client, reverse("compare") + query)
        assert (
            "Too few days filled in to compare headache days: 10 in the first period, 10 in the second."
            in page
        )
        assert "share days" in page

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("?a=1&b=9", "Choose two cycles"),
            ("?a=0&b=1", "Choose two cycles"),
            ("?a=x&b=1", "Choose two cycles"),
            ("?a=²&b=1", "Choose two cycles"),
            ("?a=1", "Choose two cycles"),
            ("?a_from=2026-05-01", "This is empty. Enter a date."),
            (
                "?a_from=2026-05-05&a_to=2026-05-01&b_from=2026-05-01&b_to=2026-05-02",
                "end lies before the start",
            ),
            ("?a_from=2026-05-01&a_to=2026-05-09&b_from=2026-05-01&b_to=2026-05-02", "has not come yet"),
            ("?a_from=1899-05-01&a_to=2026-05-01&b_from=2026-05-01&b_to=2026-05-02", "begins in 1900"),
            (
                "?a_from=soon&a_to=2026-05-01&b_from=2026-05-01&b_to=2026-05-02",
                "Write the date like 2026-05-06.",
            ),
        ],
    )
    def test_nonsense_gets_a_sentence(self, client: Client, alice: Record, query: str, words: str) -> None:
        two_cycles(alice, TODAY)
        answer = client.get(reverse("compare") + query)
        assert answer.status_code in {200, 422}
        assert words in answer.content.decode()

    def test_a_century_is_no_trouble(self, client: Client, alice: Record) -> None:
        query = "?a_from=1900-01-01&a_to=2000-01-01&b_from=2000-01-02&b_to=2026-05-06"
        assert client.get(reverse("compare") + query).status_code == 200
