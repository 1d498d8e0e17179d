"""Cycle by cycle: what was given and what came of it; the units; patience before two cycles; facts for a clinic."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Record
from figures.engine import compute_figures
from figures.metric_index import MetricIndex
from progress.cache.load import load_diary
from progress.cache.store import DashboardKey, load_cached_diary
from progress.dashboard.source import PageSource
from progress.dashboard.treatment import describe_stages
from progress.details.cycles import UnitsAnswer, build_cycle_rows, build_units_answer
from progress.models import Page
from progress.presentation.eligibility import TriedPreventive, build_eligibility_facts
from progress.presentation.expectations import replace_early_headline
from progress.presentation.sentences import build_headline
from tests.conftest import NOON, TODAY, Cast, as_user, queries
from tests.progress.people import keep, rate, treat, two_cycles
from treatments.actions import save_session
from treatments.domain import sites
from treatments.domain.expectations import NOW, build_stages, first_fair_date
from treatments.domain.schedule import compute_next_session
from treatments.models import Goal, InjectionSession, Score, SideEffect

At = Callable[[datetime], None]


def give(record: Record, on: date, extra: dict[str, int], **more: str) -> InjectionSession:
    layout = sites.build_preempt_layout(extra)
    session = InjectionSession(date=on, units=sites.compute_totals(layout).units, **more)
    save_session(record=record, session=session, now=NOON, layout=layout)
    return session


def three_cycles(record: Record) -> list[InjectionSession]:
    """20 of 28 before; 16 with 155 units, 8 with 165, and 12 so far with 155 again."""
    first = TODAY - timedelta(84 * 2 + 40)
    keep(record, first - timedelta(28), rate(20))
    for number, days in ((0, 16), (1, 8), (2, 12)):
        keep(record, first + timedelta(84 * number), (rate(days) * 3)[: 41 if number == 2 else 84])
    return [
        give(
            record, first + timedelta(84 * number), {"trapezius": 1} if number == 1 else {}, lot=f"C{number}"
        )
        for number in range(3)
    ]


def answer(record: Record) -> UnitsAnswer:
    loaded = load_diary(record)
    by_date = {one.date: one for one in record.sessions.filter(date__lte=TODAY)}
    return build_units_answer(compute_figures(loaded, TODAY), MetricIndex.of(loaded, TODAY), by_date)


@pytest.mark.django_db
class TestRows:
    def test_a_row_joins_what_was_given_to_what_came_of_it(self, alice: Record) -> None:
        second = three_cycles(alice)[1]
        SideEffect.objects.create(session=second, effect="eyelid droop")
        Goal.objects.create(session=second, number=1, goal="dance", outcome="partly")
        Score.objects.create(record=alice, date=second.date + timedelta(30), instrument="hit6", score=58)
        loaded = load_diary(alice)
        by_date = {one.date: one for one in alice.sessions.filter(date__lte=TODAY)}
        rows = build_cycle_rows(
            compute_figures(loaded, TODAY), MetricIndex.of(loaded, TODAY), by_date, list(alice.scores.all())
        )
        row = rows[1]
        assert (row.number, row.units, row.sites, row.lot) == (2, "165", "33", "C1")
        assert [(cell.label, cell.entries) for cell in row.periods if cell] == [("8.0", "28 of 28 days")] * 3
        assert row.wear_off.startswith("no difference (")
        assert (row.effects, row.scores, row.goals) == (["Eyelid droop"], ["HIT-6 58"], ["dance: partly"])
        assert row.medication == "0 in 84 counted days"
        assert [cell.is_running for cell in rows[2].periods if cell] == [False, True]
        assert (rows[2].periods[2], rows[2].wear_off) == (None, "–")

    def test_wear_off_of_a_cycle_that_runs_is_not_yet_and_not_a_hole_in_the_diary(
        self, alice: Record
    ) -> None:
        two_cycles(alice, TODAY)
        loaded = load_diary(alice)
        by_date = {one.date: one for one in alice.sessions.filter(date__lte=TODAY)}
        rows = build_cycle_rows(compute_figures(loaded, TODAY), MetricIndex.of(loaded, TODAY), by_date, [])
        assert rows[0].wear_off.startswith("3 more (")
        assert rows[1].wear_off == "not yet: weeks 9–12 are running"

    def test_more_units_are_set_against_the_others_with_the_interval(self, alice: Record) -> None:
        three_cycles(alice)
        found = answer(alice)
        assert found.is_comparison
        assert found.sentence.startswith(
            "In 1 cycle with more than 155 units, 8.0 headache days in 28; "
            "in 2 with up to 155, 14.8. Difference: 7 fewer ("
        )
        assert [step.split(":")[0] for step in found.steps] == [
            "Cycle 2 (165 units) compared with cycle 1 (155)", "Cycle 3 (155 units) compared with cycle 2 (165)",
        ]  # fmt: skip

    def test_units_of_another_product_are_never_set_beside(self, alice: Record) -> None:
        three_cycles(alice)
        InjectionSession.objects.filter(units=165).update(product="Dysport (abobotulinumtoxinA)", units=500)
        assert not answer(alice).is_comparison

    def test_too_few_entries_are_said_to_be_too_few(self, alice: Record) -> None:
        give(alice, TODAY - timedelta(100), {})
        give(alice, TODAY - timedelta(10), {"trapezius": 1})
        assert answer(alice).sentence == "Too few days filled in to compare cycles by their units."


@pytest.mark.django_db
class TestPage:
    def test_the_patient_and_her_clinician_see_the_same_and_the_look_is_noted(
        self, cast: Cast, at: At
    ) -> None:
        at(NOON)
        three_cycles(cast.alice)
        own = as_user(cast.alice.user).get(reverse("cycles")).content.decode()
        before = AuditEntry.objects.filter(action="saw_progress").count()
        shared = as_user(cast.carl).get(reverse("patient_cycles", args=[cast.alice.key])).content.decode()
        assert AuditEntry.objects.filter(action="saw_progress").count() == before + 1
        for page in (own, shared):
            assert "165 units, 33 sites" in page
            assert "lot C1" in page
            assert "This is one person’s diary." in page
        assert as_user(cast.dora).get(reverse("patient_cycles", args=[cast.alice.key])).status_code == 404

    def test_two_cycles_stand_side_by_side(self, alice: Record, at: At) -> None:
        at(NOON)
        three_cycles(alice)
        page = as_user(alice.user).get(f"{reverse('cycles')}?a=1&b=2").content.decode()
        assert "Trapezius, left: 3 sites, 15 units → 4 sites, 20 units" in page
        assert "8 fewer headache days in 28 days in the second period." in page
        cells = page.split('id="two"')[1].split('<th scope="row">Weeks 5–8</th>')[1].split("</tr>")[0]
        cells = re.sub(r"\s*(<[^>]+>)\s*", r"\1", cells)
        assert cells == "<td>16.0<small>28 of 28 days</small></td><td>8.0<small>28 of 28 days</small></td>"
        assert page.count("0 in 84 counted days") == 4  # in the rows, and side by side

    @pytest.mark.parametrize("query", ["a=1", "a=2&b=2", "a=1&b=9", "a=x&b=1", "a=0&b=1", "b=٣&a=1"])
    def test_what_makes_no_sense_gets_a_sentence(self, alice: Record, at: At, query: str) -> None:
        at(NOON)
        three_cycles(alice)
        page = as_user(alice.user).get(f"{reverse('cycles')}?{query}")
        assert page.status_code == 200
        assert "Choose two different cycles." in page.content.decode()

    def test_without_a_session_it_says_how_to_begin(self, alice: Record) -> None:
        assert "No cycle yet" in as_user(alice.user).get(reverse("cycles")).content.decode()

    def test_it_takes_as_many_queries_for_many_cycles_as_for_one(self, alice: Record, at: At) -> None:
        at(NOON)
        give(alice, TODAY - timedelta(84 * 9), {})
        client = as_user(alice.user)
        short = queries(client, reverse("cycles"))
        for number in range(9):
            give(alice, TODAY - timedelta(84 * number), {})
        assert queries(client, reverse("cycles")) == short <= 18


FIRST = date(2026, 3, 1)


class TestPatience:
    def test_the_first_fair_time_is_the_end_of_the_second_cycle(self) -> None:
        """Rules, section 5: nice-30 is too early before S2+83."""
        assert first_fair_date([FIRST, date(2026, 5, 24)], 84) == date(2026, 8, 15)
        assert first_fair_date([FIRST], 84) == date(2026, 8, 15)
        assert first_fair_date([], 84) is None

    def test_the_stages_follow_each_other_with_their_sources(self) -> None:
        coming = compute_next_session(sessions=[FIRST], interval_days=84, booked=None, today=TODAY)
        assert coming is not None
        found = build_stages([FIRST], coming, TODAY)
        assert [(stage.code, stage.first, stage.last) for stage in found] == [
            ("sore", FIRST, date(2026, 3, 2)), ("first", date(2026, 3, 7), date(2026, 3, 14)),
            ("best", date(2026, 3, 15), date(2026, 4, 25)), ("wearing", date(2026, 4, 26), date(2026, 5, 23)),
            ("next", date(2026, 5, 17), date(2026, 5, 31)), ("fair", date(2026, 8, 15), date(2026, 8, 15)),
        ]  # fmt: skip
        assert [stage.code for stage in found if stage.state == NOW] == ["wearing"]
        assert all(stage.source and stage.address.startswith("http") for stage in found)
        assert (
            build_stages(
                [], compute_next_session(sessions=[], interval_days=84, booked=TODAY, today=TODAY), TODAY
            )
            == []
        )  # type: ignore[arg-type]

    @pytest.mark.django_db
    def test_more_days_in_the_first_cycle_are_too_early_to_judge(self, alice: Record) -> None:
        first = TODAY - timedelta(60)
        keep(alice, first - timedelta(28), rate(14))
        keep(alice, first, rate(20) + rate(20) + rate(4, 4))
        treat(alice, first)
        figures = compute_figures(load_diary(alice), TODAY)
        plain = build_headline(figures, True)
        found = replace_early_headline(plain, figures, alice)
        assert found.title == "Too early to judge"
        last, fair = replace(figures, as_of=date(2026, 8, 20)), replace(figures, as_of=date(2026, 8, 21))
        assert replace_early_headline(plain, last, alice) == found
        assert replace_early_headline(plain, fair, alice) == plain
        assert found.detail.endswith(
            "It can first be judged fairly on 21 August 2026, after two cycles (NICE TA260)."
        )

    @pytest.mark.django_db
    def test_a_decrease_is_said_and_so_is_everything_after_two_cycles(self, alice: Record) -> None:
        first = two_cycles(alice, TODAY)
        figures = compute_figures(load_diary(alice), TODAY)
        plain = build_headline(figures, True)
        assert replace_early_headline(plain, figures, alice) == plain
        late = compute_figures(load_diary(alice), first + timedelta(91 + 83))
        assert replace_early_headline(build_headline(late, True), late, alice) == build_headline(late, True)

    @pytest.mark.django_db
    def test_her_own_days_stand_beside_what_is_usual(self, alice: Record) -> None:
        first = TODAY - timedelta(20)
        keep(alice, first, "mf" * 10)
        treat(alice, first)
        key = DashboardKey(Page.TREATMENT, True, "en", "", TODAY, True, "UTC")
        found = describe_stages(PageSource(alice, load_cached_diary(alice), key))
        assert {stage.code: own for stage, own in found if own} == {
            "sore": "In your diary: headache on 1 of 2 days filled in.",
            "first": "In your diary: headache on 4 of 8 days filled in.",
            "best": "In your diary: headache on 3 of 6 days filled in.",
        }


@pytest.mark.django_db
class TestFacts:
    def test_they_count_and_judge_nothing(self, alice: Record) -> None:
        two_cycles(alice, TODAY)
        figures = compute_figures(load_diary(alice), TODAY)
        tried = [
            TriedPreventive("Propranolol", date(2024, 1, 1), False), TriedPreventive("Topiramate", None, False),
            TriedPreventive("Candesartan", TODAY, True),
        ]  # fmt: skip
        found = build_eligibility_facts(MetricIndex.of(load_diary(alice), TODAY), figures.baseline, tried)
        assert [(fact.name, fact.before) for fact in found] == [
            ("Headache days", "20 in 28 counted days of 28"), ("Migraine days", "0 in 8 counted days of 28"),
            ("Preventives entered", "2 tried by then: Propranolol, Topiramate"),
            ("Days with acute medication", "0 in 28 counted days of 28"),
        ]  # fmt: skip
        assert found[2].now == "3 tried by then: Propranolol, Topiramate, Candesartan. Taken now: Candesartan"

    def test_without_a_session_only_now_is_counted(self, alice: Record) -> None:
        found = build_eligibility_facts(MetricIndex.of(load_diary(alice), TODAY), None, [])
        assert [(fact.before, fact.now) for fact in found] == [
            ("–", "not known"), ("–", "not known"), ("–", "none entered"), ("–", "not known"),
        ]  # fmt: skip
