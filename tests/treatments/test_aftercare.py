"""After a session: the question on days 3, 7 and 14, side effects with what was published, goals looked at again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Record
from tests.conftest import TODAY, Cast, queries
from treatments import actions
from treatments.domain import side_effects
from treatments.models import EffectCheck, Goal, InjectionSession, SideEffect

At = Callable[[datetime], None]
EMERGENCY = "Call emergency services at once."


def session_back(record: Record, days: int) -> InjectionSession:
    return InjectionSession.objects.create(record=record, date=TODAY - timedelta(days))


class TestWhenItAsks:
    @pytest.mark.parametrize(
        ("days", "asked"),
        [(0, None), (2, None), (3, 3), (6, 3), (7, 7), (13, 7), (14, 14), (20, 14), (21, None)],
    )
    def test_on_days_3_7_and_14_and_never_after_three_weeks(self, days: int, asked: int | None) -> None:
        assert side_effects.due_check(TODAY - timedelta(days), (), TODAY) == asked

    @given(st.integers(0, 400), st.sets(st.sampled_from(EffectCheck.DAYS)))
    def test_what_was_answered_is_not_asked_again(self, days: int, answered: set[int]) -> None:
        asked = side_effects.due_check(TODAY - timedelta(days), answered, TODAY)
        assert asked not in answered
        assert asked is None or asked <= days


class TestSummary:
    def test_how_often_how_long_and_what_was_published(self) -> None:
        def effect(session: int, name: str, start: int, end: int | None, severity: str = "") -> SideEffect:
            ended = TODAY - timedelta(end) if end is not None else None
            return SideEffect(
                session_id=session,
                effect=name,
                started=TODAY - timedelta(start),
                ended=ended,
                severity=severity,
            )

        rows = [
            effect(1, "eyelid droop", 100, 90, "mild"), effect(3, "Eyelid droop", 40, 38, "moderate"),
            effect(3, "eyelid droop", 30, None), effect(2, "itchy scalp", 5, None),
        ]  # fmt: skip
        droop, itchy = side_effects.summarize_effects(rows, 5, TODAY)
        assert (droop.name, droop.frequency, droop.duration, droop.worst) == (
            "Eyelid droop", "after 2 of 5 sessions with an answer", "11 days at the longest", "moderate",
        )  # fmt: skip
        assert [(rate.percent, rate.source.address) for rate in droop.rates] == [
            ("4.6", "https://doi.org/10.1111/ene.12393"), ("2.5", "https://doi.org/10.1186/s10194-018-0840-8"),
            ("11.0", "https://doi.org/10.1186/1129-2377-15-54"),
        ]  # fmt: skip
        assert (itchy.name, itchy.duration, itchy.rates) == (
            "itchy scalp",
            "6 days at the longest, going on",
            (),
        )

    @pytest.mark.parametrize(
        "words", ["trouble swallowing", "could not breathe well", "slurred SPEECH", "choking"]
    )
    def test_swallowing_speaking_and_breathing_are_known_in_any_words(self, words: str) -> None:
        assert side_effects.is_emergency(words)
        assert not side_effects.is_emergency("neck pain")


def question(client: Client) -> bool:
    return "any side effects?" in client.get(reverse("home")).content.decode()


@pytest.mark.django_db
class TestQuestion:
    def test_it_stands_below_the_question_of_the_day(self, client: Client, alice: Record) -> None:
        session_back(alice, 3)
        page = client.get(reverse("home")).content.decode()
        assert 0 < page.index("How was today?") < page.index("3 days after 3 May: any side effects?")

    def test_nothing_to_report_is_one_tap_and_an_answer(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 8)
        answer = client.post(reverse("answer_effects", args=[session.pk]), {"effect": ""}, follow=True)
        assert "Noted: nothing to report" in answer.content.decode()
        assert [(check.day, check.answer) for check in session.effect_checks.all()] == [(7, "nothing")]
        assert not question(client)

    def test_an_effect_is_one_tap_and_can_be_taken_back(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 3)
        page = client.post(
            reverse("answer_effects", args=[session.pk]), {"effect": "neck pain"}, follow=True
        ).content.decode()
        effect, check = session.side_effects.get(), session.effect_checks.get()
        assert "Noted: Neck pain" in page
        assert reverse("effect", args=[effect.pk]) in page
        client.post(reverse("undo_answer", args=[check.pk]), {"effect": str(effect.pk)})
        assert not SideEffect.objects.exists()
        assert question(client)

    def test_undo_leaves_an_effect_that_was_described_since(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 3)
        client.post(reverse("answer_effects", args=[session.pk]), {"effect": "neck pain"})
        SideEffect.objects.update(severity="mild")
        where = reverse("undo_answer", args=[session.effect_checks.get().pk])
        client.post(where, {"effect": str(session.side_effects.get().pk)})
        assert session.side_effects.get().severity == "mild"

    @pytest.mark.parametrize("effect", ["9" * 5000, "-1", "٣", "x"])
    def test_an_undo_of_nonsense_takes_back_the_answer_alone(
        self, client: Client, alice: Record, effect: str
    ) -> None:
        session = session_back(alice, 3)
        client.post(reverse("answer_effects", args=[session.pk]), {"effect": "neck pain"})
        client.post(reverse("undo_answer", args=[session.effect_checks.get().pk]), {"effect": effect})
        assert (session.effect_checks.count(), session.side_effects.count()) == (0, 1)

    def test_what_goes_on_is_not_noted_twice(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 7)
        SideEffect.objects.create(session=session, effect="neck pain")
        client.post(reverse("answer_effects", args=[session.pk]), {"effect": "neck pain"})
        assert session.side_effects.count() == 1
        assert session.effect_checks.get().answer == "something"

    @pytest.mark.parametrize("effect", side_effects.EMERGENCIES)
    def test_swallowing_speaking_breathing_say_the_emergency_sentence_at_once(
        self, client: Client, alice: Record, effect: str
    ) -> None:
        session = session_back(alice, 3)
        page = client.post(
            reverse("answer_effects", args=[session.pk]), {"effect": effect}, follow=True
        ).content.decode()
        assert page.index(EMERGENCY) < page.index("<h1>")
        assert 'role="alert"' in page[: page.index(EMERGENCY)]

    @pytest.mark.parametrize(("back", "said"), [(3, "made up"), (25, ""), (1, "neck pain")])
    def test_what_is_not_asked_is_refused_in_words(
        self, client: Client, alice: Record, back: int, said: str
    ) -> None:
        session = session_back(alice, back)
        page = client.post(
            reverse("answer_effects", args=[session.pk]), {"effect": said}, follow=True
        ).content.decode()
        assert "not on the list" in page or "answered already" in page
        assert not EffectCheck.objects.exists()

    def test_the_first_page_asks_the_database_nothing_more_once_three_weeks_are_over(
        self, client: Client, alice: Record
    ) -> None:
        session = session_back(alice, 30)
        late = queries(client, reverse("home"))
        session.date = TODAY - timedelta(3)
        session.save()
        assert queries(client, reverse("home")) == late + 1


@pytest.mark.django_db
class TestPages:
    def test_an_effect_is_kept_corrected_and_deleted(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 30)
        where = reverse("session_effects", args=[session.pk])
        values = {"kind": "eyelid droop", "severity": "mild", "started": "2026-04-09", "ended": "2026-04-19"}
        client.post(where, values)
        assert "Eyelid droop" in client.get(where).content.decode()
        table = client.get(reverse("all_effects")).content.decode()
        assert "after 1 of 1 session" in table
        assert "11 days at the longest" in table
        assert "4.6 %" in table
        effect = session.side_effects.get()
        client.post(reverse("effect", args=[effect.pk]), values | {"kind": "other", "other": "itchy scalp"})
        assert session.side_effects.get().effect == "itchy scalp"
        client.post(reverse("delete_effect", args=[effect.pk]))
        assert not SideEffect.objects.exists()

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"kind": ""}, "Nothing is chosen."),
            ({"kind": "made up"}, "not on the list"),
            ({"kind": "other", "other": " "}, "Say in a few words what it is."),
            ({"kind": "other", "other": "x" * 121}, "Shorten it to 120."),
            ({"started": "2026-05-07"}, "has not come yet"),
            ({"started": "2026-04-01"}, "before the session"),
            ({"started": "2026-05-02", "ended": "2026-05-01"}, "The end lies before the start."),
            ({"severity": "awful"}, "not on the list"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_stays(
        self, client: Client, alice: Record, values: dict[str, str], words: str
    ) -> None:
        session = session_back(alice, 30)
        sent = {"kind": "neck pain", "note": "kept-text", **values}
        answer = client.post(reverse("session_effects", args=[session.pk]), sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert "kept-text" in page
        assert not SideEffect.objects.exists()

    def test_an_emergency_in_words_of_ones_own_is_answered_at_once(
        self, client: Client, alice: Record
    ) -> None:
        session = session_back(alice, 5)
        sent = {"kind": "other", "other": "hard to swallow"}
        page = client.post(reverse("session_effects", args=[session.pk]), sent, follow=True).content.decode()
        assert page.index(EMERGENCY) < page.index("<h1>")

    def test_the_table_takes_as_many_queries_for_many_sessions_as_for_one(
        self, client: Client, alice: Record
    ) -> None:
        SideEffect.objects.create(session=session_back(alice, 10), effect="neck pain")
        short = queries(client, reverse("all_effects"))
        for number in range(1, 12):
            SideEffect.objects.create(
                session=session_back(alice, 10 + 84 * number), effect=f"effect {number}"
            )
        assert queries(client, reverse("all_effects")) == short <= 14

    def test_nobody_asked_is_not_nothing_found(self, client: Client, alice: Record) -> None:
        session_back(alice, 100)
        EffectCheck.objects.create(session=session_back(alice, 16), day=14, answer="nothing")
        assert (
            "You answered the question after 1 of 2 sessions"
            in client.get(reverse("all_effects")).content.decode()
        )


@pytest.mark.django_db
class TestGoals:
    def test_three_goals_are_kept_and_looked_at_again_after_the_next_session(
        self, client: Client, alice: Record
    ) -> None:
        first, second = session_back(alice, 90), session_back(alice, 2)
        client.post(
            reverse("goals", args=[first.pk]), {"goal_1": "pick the kids up every day", "goal_3": "dance"}
        )
        assert [(goal.number, goal.goal) for goal in first.goals.all()] == [
            (1, "pick the kids up every day"),
            (3, "dance"),
        ]
        page = client.get(reverse("goals", args=[second.pk])).content.decode()
        assert "How did the last ones go?" in page
        assert "pick the kids up every day" in page
        client.post(
            reverse("goals", args=[second.pk]), {"went_1": "reached", "went_3": "not yet", "goal_1": "dance"}
        )
        assert list(first.goals.values_list("outcome", flat=True)) == ["reached", "not yet"]
        assert second.goals.get().goal == "dance"

    def test_new_words_are_a_new_goal_and_none_is_none(self, client: Client, alice: Record) -> None:
        session = session_back(alice, 2)
        Goal.objects.create(session=session, number=1, goal="old", outcome="partly")
        client.post(reverse("goals", args=[session.pk]), {"goal_1": "new"})
        assert (session.goals.get().goal, session.goals.get().outcome) == ("new", "")
        client.post(reverse("goals", args=[session.pk]), {"goal_1": " "})
        assert not Goal.objects.exists()

    @pytest.mark.parametrize(
        ("values", "words"),
        [({"goal_1": "x" * 201}, "Shorten it to 200."), ({"went_1": "won"}, "not on the list")],
    )
    def test_bad_input_gets_a_sentence(
        self, client: Client, alice: Record, values: dict[str, str], words: str
    ) -> None:
        first, second = session_back(alice, 90), session_back(alice, 2)
        Goal.objects.create(session=first, number=1, goal="dance")
        answer = client.post(reverse("goals", args=[second.pk]), {"goal_2": "kept-text", **values})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "kept-text" in answer.content.decode()


@pytest.mark.django_db
class TestUpToADay:
    def test_a_session_is_given_with_its_sites_and_whether_it_was_answered(
        self, alice: Record, django_assert_num_queries: Any
    ) -> None:
        bare, full = session_back(alice, 170), session_back(alice, 80)
        session_back(alice, 5)
        InjectionSession.objects.filter(pk=full.pk).update(product="Botox", units=155, lot="C1")
        rows = [("frontalis", "left", 2), ("frontalis", "right", 2), ("procerus", "midline", None)]
        for muscle, side, number in rows:
            full.injections.create(muscle=muscle, side=side, sites=number, units=5)
        for day in (3, 7):
            full.effect_checks.create(day=day, answer="nothing")
        with django_assert_num_queries(1):
            found = actions.load_session_summaries(alice, TODAY - timedelta(60))
        assert [tuple(one) for one in found] == [
            (bare.pk, bare.date, bare.product, bare.units, "", None, False),
            (full.pk, full.date, "Botox", 155, "C1", 4, True),
        ]

    def test_effects_and_goals_of_later_sessions_and_of_others_stay_away(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        alice, bea = cast.alice, cast.bea
        first, second, third = (session_back(alice, days) for days in (250, 170, 80))
        later, other = session_back(alice, 5), session_back(bea, 100)
        for session in (first, second, third, later, other):
            session.side_effects.create(effect="neck pain")
        for session in (first, second, later, other):
            for number in (2, 1):
                session.goals.create(number=number, goal=f"{session.pk}/{number}")
        last = TODAY - timedelta(60)
        rows_given = actions.load_session_summaries(alice, last)
        with django_assert_num_queries(2):
            found, goals = (
                actions.side_effects_context(alice, rows_given, last),
                actions.load_latest_goals(alice, last),
            )
        assert [(line.sessions, line.of) for line in found["effect_lines"]] == [(3, 3)]
        assert (found["effect_sessions"], found["effect_answered"]) == (3, 3)
        assert [(on, [goal.goal for goal in rows]) for on, rows in goals] == [
            (session.date, [f"{session.pk}/1", f"{session.pk}/2"]) for session in (second, first)
        ]


def test_the_rates_of_trials_stand_as_they_were_published() -> None:
    """Abstracts of 10.1111/ene.12393 (events associated with the drug) and 10.1186/s10194-018-0840-8; Hull, table 3."""
    found = {
        name: [(rate.percent, rate.source.label) for rate in side_effects.RATES.get(name, ())]
        for name in side_effects.OFFERED
    }
    trials = "four trials, 1,997 people, put down to the injections"
    compel = "COMPEL, 716 people, put down to the injections"
    hull = "one clinic, 254 people"
    assert {name: published for name, published in found.items() if published} == {
        "neck pain": [("12.6", trials), ("4.1", compel)],
        "eyelid droop": [("4.6", trials), ("2.5", compel), ("11.0", hull)],
        "headache": [("1.7", compel)],
        "injection-site pain": [("2.0", compel), ("14.9", hull)],
        "neck weakness": [("8.0", trials), ("1.4", compel)],
        "trouble swallowing": [("2.0", hull)],
    }
