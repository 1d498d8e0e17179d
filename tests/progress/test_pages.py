"""The progress page for a record in any condition; the clinician's page and list; the JSON."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Record
from core.formatting import signed
from figures.engine import compute_figures
from figures.values import METRICS
from headaches.models import Intake
from progress.cache.load import load_diary
from progress.dashboard.pages import PAGES
from tests.charts.figures import validated
from tests.conftest import NOON, TODAY, Cast, as_user, confirm_password, make_grant, make_patient, queries
from tests.look.test_contrast import THEMES
from tests.progress.people import keep, rate, treat, two_cycles
from treatments.models import Goal, Score, SideEffect

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
WEEK = timedelta(7)
OWN_PAGES = [view.own for view in PAGES.values()]


def page_of(client: Client, query: str = "", page: str = "progress") -> str:
    answer = client.get(reverse(page) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestEachCondition:
    def test_an_empty_record(self, client: Client) -> None:
        page = page_of(client)
        assert "Nothing to compare yet" in page
        assert "Tap once a day" in page
        assert "data-chart" not in page

    def test_a_diary_without_a_session(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(20), rate(10, 20))
        assert "Your diary is then compared with the 28 days before it" in page_of(client)
        assert "20 of 21 days since the first entry" in page_of(client, page="progress_details")

    def test_a_session_yesterday(self, client: Client, alice: Record) -> None:
        keep(alice, TODAY - timedelta(29), rate(20))
        treat(alice, TODAY - timedelta(1))
        page = page_of(client)
        assert "Week 1 after the first session" in page
        assert "The next look is on 1 June 2026, if 20 of its 28 days are filled in (now 0)." in page
        assert "20 headache days in the 28 days filled in of the 28 before the first session." in page

    def test_no_diary_before_the_first_session(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(27), rate(10))
        page = page_of(client)
        assert "Too few days filled in to compare" in page
        assert "0 of the 28 days before the first session are filled in" in page
        assert (
            "Later weeks are compared with the first four recorded weeks: weeks 5 to 8 after session 1."
            in page
        )

    def test_a_diary_begun_after_the_first_session_has_its_own_reference(
        self, client: Client, alice: Record
    ) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(60), rate(24))
        page = page_of(client)
        assert (
            "Later weeks are compared with the first four recorded weeks: weeks 1 to 4 after session 1."
            in page
        )
        keep(alice, TODAY - timedelta(32), rate(8))
        page = page_of(client)
        assert "16 fewer headache days a month than in the first four recorded weeks" in page
        assert "24 in the first four recorded weeks (weeks 1 to 4 after session 1)" in page

    def test_too_few_entries_now(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(88), rate(20))
        keep(alice, TODAY - timedelta(11), rate(6, 12))
        page = page_of(client)
        assert "Too few days filled in to compare" in page
        assert "The next look is on 29 May 2026, if 20 of its 28 days are filled in (now 5)." in page
        assert "6 in 12 counted days" in page_of(client, page="progress_details")

    def test_a_change_that_is_sure(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(88), rate(24))
        keep(alice, TODAY - timedelta(32), rate(6) + rate(4, 5))
        page = page_of(client)
        assert "18 fewer headache days a month than before Botox" in page
        words = "Look at weeks 5 to 8 after session 1: 6 headache days in 28 days, 24 before Botox."
        assert words in page
        assert "The next look is on 29 May 2026." in page
        assert "This could be chance" not in page
        details = page_of(client, page="progress_details")
        assert "9 in 28 counted days" in details, "the last 28 days are a count beside it"
        assert "All 56 days of the two periods are counted" in details
        assert "A fall by a third would show clearly in" in details

    def test_a_change_that_could_be_chance(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(200), TODAY - timedelta(116))
        keep(alice, TODAY - timedelta(228), rate(20))
        keep(alice, TODAY - timedelta(116), rate(18))
        page = page_of(client)
        assert "About as many headache days as before Botox" in page
        assert "The next look comes after the next session." in page
        assert "This could be chance." in page

    def test_more_than_before_is_said_in_the_same_words(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(200), TODAY - timedelta(116))
        keep(alice, TODAY - timedelta(228), rate(6))
        keep(alice, TODAY - timedelta(116), rate(24))
        assert "18 more headache days a month than before Botox" in page_of(client)

    def test_before_two_cycles_are_over_it_is_too_early_to_judge(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(88), rate(6))
        keep(alice, TODAY - timedelta(32), rate(24))
        page = page_of(client)
        assert "Too early to judge" in page
        assert "24 headache days in 28 days, 6 before Botox." in page
        assert "more headache days a month than before Botox" not in page

    def test_the_treatment_stands_beside_the_figures(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        session = alice.sessions.get()
        session.lot, session.units = "C1234", Decimal(165)
        session.save()
        SideEffect.objects.create(session=session, effect="neck pain")
        Goal.objects.create(session=session, number=1, goal="dance", outcome="partly")
        Score.objects.create(record=alice, date=TODAY - timedelta(61), instrument="hit6", score=64)
        for page, words in (
            ("progress_treatment", ("C1234", "after 1 of 1 session", "What to expect")),
            ("progress_scores", ("dance: partly", "HIT-6: 64")),
        ):
            content = page_of(client, page=page)
            assert [word for word in words if word not in content] == []

    def test_a_recalled_baseline_stands_apart(self, client: Client, alice: Record) -> None:
        Record.objects.update(recalled_baseline="18.5")
        assert "From memory: 18.5 headache days" in page_of(client, page="progress_details")

    def test_it_never_advises(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        for name in OWN_PAGES:
            page = page_of(client, page=name).lower()
            for word in ("you should", "improved", "worse", "failed", "overuse", "stop taking", "success"):
                assert word not in page


class TestChart:
    def figure(self, client: Client, kind: str, query: str = "") -> dict[str, Any]:
        page = client.get(reverse("progress_time") + query).content.decode()
        found: dict[str, Any] = json.loads(
            page.split(f'id="periods-{kind}-figure" type="application/json">')[1].split("</script>")[0]
        )
        return found

    @pytest.mark.parametrize("metric", METRICS)
    def test_every_metric_draws_in_both_widths_and_themes_and_plotly_agrees(
        self, client: Client, alice: Record, metric: str
    ) -> None:
        two_cycles(alice, TODAY)
        for kind in ("bars", "points"):
            sent = self.figure(client, kind, f"?metric={metric}")
            for theme, colours in THEMES.items():
                found = validated(sent, theme)
                assert len(found.data) >= 1
                assert found.layout.font.color == colours["text-2"]
            assert sent["config"] == {"displayModeBar": False, "doubleClick": "reset"}

    def test_the_bars_are_the_figures_and_name_their_completeness(
        self, client: Client, alice: Record
    ) -> None:
        two_cycles(alice, TODAY)
        picture = self.figure(client, "bars")
        assert [round(height, 1) for height in picture["data"][0]["y"]] == [20, 13, 12, 15, 0, 10, 8, 10]
        ticks = picture["layout"]["xaxis"]["ticktext"]
        assert ticks[0] == "before<br>28/28"
        assert ticks[4] == "13+<br>0/7"
        assert ticks[7] == "9–12<br>14/28"

    def test_a_period_without_enough_entries_is_an_outline_with_its_bare_count(
        self, client: Client, alice: Record
    ) -> None:
        two_cycles(alice, TODAY)
        [bars] = self.figure(client, "bars")["data"]
        assert bars["text"][7] == "10<br>of 14"
        assert bars["marker"]["color"][7] == "rgba(0,0,0,0)"

    def test_on_a_phone_the_line_breaks_where_entries_lack(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        line = self.figure(client, "points")["data"][1]
        assert line["y"][3] is None
        assert line["connectgaps"] is False

    def test_a_long_treatment_shows_the_latest_that_fit_and_says_so(
        self, client: Client, alice: Record
    ) -> None:
        start = TODAY - timedelta(84 * 10 - 1)
        keep(alice, start - timedelta(28), rate(20) * 31)
        treat(alice, *(start + timedelta(84 * number) for number in range(10)))
        assert len(self.figure(client, "bars")["data"][0]["y"]) == 17
        assert len(self.figure(client, "points")["data"][1]["y"]) == 26
        page = page_of(client, page="progress_time")
        assert "The chart shows the latest periods; the table shows all." in page
        assert page.count('<th scope="row">Session ') == 30

    def test_in_german_no_position_has_a_decimal_comma(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        alice.user.language = "de"
        alice.user.save()
        page = page_of(client, page="progress_time")
        assert "Erkunden" in page
        assert "20,0" in page, "numbers for people do have one"
        positions = re.findall(r'\s(?:x|y|cx|cy|r|width|height|dx|d|viewBox)="([^"]*)"', page)
        assert any("." in position for position in positions)
        assert [position for position in positions if "," in position] == []

    def test_its_numbers_stand_in_a_table_beneath(self, client: Client, alice: Record) -> None:
        two_cycles(alice, TODAY)
        page = page_of(client, page="progress_time")
        row = page.split("Session 1, weeks 1 to 4</th>")[1].split("</tr>")[0]
        assert [cell.split("<")[0].strip() for cell in row.split('<td class="n">')[1:]] == [
            "13",
            "28 of 28",
            "28",
            "13.0",
        ]


class TestAddress:
    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("?as_of=2026-05-07", "has not come yet"),
            ("?as_of=1899-12-31", "begins in 1900"),
            ("?as_of=yesterday", "not a date"),
            ("?as_of=2026-02-30", "not a date"),
            ("?metric=luck", "no such chart"),
        ],
    )
    def test_nonsense_gets_a_sentence_and_todays_page(self, client: Client, query: str, words: str) -> None:
        for name in OWN_PAGES[1:]:
            page = page_of(client, query, name)
            assert words in page
            assert "As of" not in page

    def test_an_address_of_the_former_page_with_a_metric_leads_to_the_page_over_time(
        self, cast: Cast
    ) -> None:
        query = "?metric=clear_days&as_of=2026-05-01"
        answer = as_user(cast.alice.user).get(reverse("progress") + query)
        assert (answer.status_code, answer["Location"]) == (302, reverse("progress_time") + query)
        answer = as_user(cast.carl).get(reverse("patient", args=[cast.alice.key]) + query)
        address = reverse("patient_time", args=[cast.alice.key])
        assert (answer.status_code, answer["Location"]) == (302, address + query)

    def test_an_earlier_day_shows_the_page_as_it_stood(self, client: Client, alice: Record) -> None:
        first = two_cycles(alice, TODAY)
        page = page_of(client, f"?as_of={(first + timedelta(27)).isoformat()}")
        assert "As of" in page
        assert "Session 2" not in page
        assert "13 headache days in 28 days, 20 before Botox" in page

    def test_the_first_possible_date_is_no_crash(self, client: Client, alice: Record) -> None:
        keep(alice, date(1900, 1, 1), "o")
        treat(alice, date(1980, 1, 1))
        for name in OWN_PAGES:
            assert client.get(reverse(name)).status_code == 200
            assert client.get(reverse(name) + "?as_of=1900-01-01").status_code == 200


class TestClinician:
    def test_he_sees_the_same_figures_and_no_form_that_changes_them(self, cast: Cast, at: At) -> None:
        at(NOON)
        two_cycles(cast.alice, TODAY)
        carl = as_user(cast.carl)
        page = " ".join(carl.get(reverse("patient", args=[cast.alice.key])).content.decode().split())
        assert "Alice" in page
        address = reverse("patient_details", args=[cast.alice.key])
        details = " ".join(carl.get(address).content.decode().split())
        looks = compute_figures(load_diary(cast.alice), TODAY).looks
        assert looks is not None
        assert looks["headache_days"] is not None
        assert signed(looks["headache_days"].difference) in details
        posts = [part for part in page.split("<form")[1:] if 'method="post"' in part.split(">")[0]]
        assert len(posts) == 1  # the theme
        assert "/theme/" in posts[0]
        assert carl.post(reverse("patient", args=[cast.alice.key])).status_code == 405

    def test_his_list_has_the_next_session_first_and_a_word_for_each_condition(
        self, cast: Cast, at: At
    ) -> None:
        at(NOON)
        two_cycles(cast.alice, TODAY)
        late = make_patient("late@example.org", display_name="Late")
        treat(late, TODAY - timedelta(100))
        fresh = make_patient("fresh@example.org", display_name="Fresh")
        for record in (late, fresh):
            make_grant(record, cast.carl)
        page = " ".join(as_user(cast.carl).get(reverse("patients")).content.decode().split())
        assert page.index("Late</a>") < page.index("Alice</a>") < page.index("Fresh</a>")
        for words in (
            "late by 16 days",
            "no session yet",
            "before the first session",
            "no look yet",
        ):
            assert words in page

    def test_an_empty_list_says_how_it_fills(self, cast: Cast) -> None:
        assert (
            "Nobody shares a diary with you yet"
            in as_user(cast.dora).get(reverse("patients")).content.decode()
        )

    def test_the_list_takes_as_many_queries_long_as_short(self, cast: Cast, at: At) -> None:
        at(NOON)
        carl = as_user(cast.carl)
        short = queries(carl, reverse("patients"))
        for number in range(8):
            record = make_patient(f"p{number}@example.org")
            two_cycles(record, TODAY)
            make_grant(record, cast.carl)
        assert queries(carl, reverse("patients")) == short <= 18


class TestBridge:
    def test_it_takes_two_queries_whatever_the_length(
        self, alice: Record, django_assert_num_queries: Any
    ) -> None:
        two_cycles(alice, TODAY)
        with django_assert_num_queries(2):
            load_diary(alice)

    def test_the_page_takes_as_many_queries_long_as_short(self, client: Client, alice: Record) -> None:
        treat(alice, TODAY - timedelta(60))
        keep(alice, TODAY - timedelta(88), rate(20))
        short = [queries(client, reverse(name)) for name in OWN_PAGES]
        keep(alice, TODAY - timedelta(500), rate(20) * 14)
        treat(alice, TODAY - timedelta(400), TODAY - timedelta(300))
        assert [queries(client, reverse(name)) for name in OWN_PAGES] == short
        assert max(short) <= 13

    def test_what_is_stored_comes_out_as_it_was_answered(self, alice: Record) -> None:
        from figures import values
        from headaches.models import DiaryDay, Intake

        day = DiaryDay.objects.create(
            record=alice, date=TODAY, headache=True, intensity="severe", hours="6.5", features=1 | 8 | 128,
            lost="half", written_at=NOON,
        )  # fmt: skip
        Intake.objects.create(day=day, name="X", drug_class="triptan", relief="")
        Intake.objects.create(day=day, name="Y", drug_class="nsaid", relief="none", doses="1.5")
        DiaryDay.objects.create(
            record=alice, date=TODAY - timedelta(1), headache=False, menstruation=True, written_at=NOON
        )
        assert load_diary(alice).days == {
            TODAY: values.Day(
                TODAY, True, "severe", 6.5, frozenset({"one-sided", "nausea", "aura"}), 0.5,
                (values.Intake("triptan", None, "X", 1), values.Intake("nsaid", "none", "Y", 1.5)),
            ),
            TODAY - timedelta(1): values.Day(TODAY - timedelta(1), False, menstruation=True),
        }  # fmt: skip


class TestJson:
    KEYS = (
        "as_of", "criterion", "baseline", "now", "cycles", "change", "autocorrelation", "rules", "wear_off", "overuse",
        "looks", "next_look", "unlogged", "power", "drift", "relief", "menstrual",
    )  # fmt: skip

    def test_the_download_and_the_command_say_the_same(
        self, client: Client, alice: Record, capsys: Any
    ) -> None:
        two_cycles(alice, TODAY)
        assert "reauthenticate" in client.get(reverse("figures_json"))["Location"]
        confirm_password(client)
        day = alice.days.get(date=TODAY - timedelta(1))
        Intake.objects.create(
            day=day, name="Sumatriptan", drug_class="triptan", doses="1.5", relief="partial"
        )
        answer = client.get(reverse("figures_json"))
        assert answer["Content-Disposition"] == 'attachment; filename="figures-2026-05-06.json"'
        call_command("progress", alice.user.email)
        printed = json.loads(capsys.readouterr().out)
        assert printed == json.loads(answer.content)
        assert tuple(printed) == self.KEYS
        assert [(row["name"], row["doses"], row["partial"]) for row in printed["relief"]] == [
            ("Sumatriptan", 1.5, 1)
        ]
        assert printed["change"]["headache_days"]["difference"] == pytest.approx(
            printed["now"]["metrics"]["headache_days"]["per_28"] - 20
        )

    def test_the_command_takes_a_day_and_a_criterion(self, alice: Record, at: At, capsys: Any) -> None:
        at(NOON)
        first = two_cycles(alice, TODAY)
        call_command("progress", alice.user.email.upper(), "--as-of", first.isoformat(), "--criterion", "4h")
        printed = json.loads(capsys.readouterr().out)
        assert (printed["as_of"], printed["criterion"], len(printed["cycles"])) == (
            first.isoformat(),
            "4h",
            1,
        )
        alice.refresh_from_db()
        assert alice.criterion == "any"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [(("nobody@example.org",), "no record"), (("alice@example.org", "--as-of", "soon"), "no date")],
    )
    def test_wrong_arguments_get_a_sentence(
        self, alice: Record, arguments: tuple[str, ...], words: str
    ) -> None:
        with pytest.raises(CommandError, match=words):
            call_command("progress", *arguments)
