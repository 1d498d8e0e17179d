"""In which language a page and a letter speak: the browser's before the log-in, the person's after it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts import emails
from accounts.models import Invitation, Record, User
from charts.plotly import build_figure
from core import formatting
from progress.models import StoredDashboard
from tests.charts.test_svg import simple
from tests.conftest import NOON, TODAY, Cast, as_user, make_user
from treatments.ics import Appointment, render_appointment
from treatments.models import InjectionSession

At = Callable[[datetime], None]
BERLIN = ZoneInfo("Europe/Berlin")
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def german(alice: Record) -> Client:
    alice.user.language = "de"
    alice.user.save()
    return as_user(alice.user)


def page(client: Client, name: str, **more: object) -> str:
    answer = client.get(reverse(name), headers={"Accept-Language": "en"}, **more)  # type: ignore[arg-type]
    assert answer.headers["Content-Language"] == "de"
    return answer.content.decode()


@pytest.mark.django_db
class TestBeforeTheLogIn:
    def test_the_browser_says_which_language(self) -> None:
        answer = Client().get(reverse("account_login"), headers=GERMAN)
        text = answer.content.decode()
        assert '<html lang="de" dir="ltr"' in text
        assert "Passwort vergessen?" in text
        assert answer.headers["Content-Language"] == "de"

    def test_a_language_that_is_not_there_is_english(self) -> None:
        answer = Client().get(reverse("account_login"), headers={"Accept-Language": "fr"})
        assert '<html lang="en" dir="ltr"' in answer.content.decode()

    def test_what_django_and_allauth_say_is_german_too(self) -> None:
        wrong = {"email": "nobody", "password1": "abc", "display_name": ""}
        text = Client().post(reverse("account_signup"), wrong, headers=GERMAN).content.decode()
        assert "Dieses Passwort ist zu kurz." in text
        assert "Das ist keine E-Mail-Adresse." in text
        refused = Client().post(
            reverse("account_login"), {"login": "a@b.org", "password": "x"}, headers=GERMAN
        )
        assert "Adresse oder Passwort ist falsch." in refused.content.decode()

    def test_a_new_account_keeps_the_language_it_was_made_in(self) -> None:
        filled = {
            "email": "neu@example.org",
            "password1": "vier-wochen-danach",
            "consent": "on",
            "time_zone": "UTC",
        }
        answer = Client().post(reverse("account_signup"), filled, headers=GERMAN)
        assert answer.status_code == 302, answer.content.decode()
        assert Record.objects.get(user__email="neu@example.org").user.language == "de"
        assert mail.outbox[0].subject == "Ihr Code"

    def test_an_error_page_asks_the_browser(self) -> None:
        text = Client(headers={"host": "no such host"}).get("/", headers=GERMAN).content.decode()
        assert "Diese Anfrage war nicht lesbar" in text
        assert '<html lang="de" dir="ltr"' in text


@pytest.mark.parametrize("zone", ["CET", "EST5EDT", "Etc/GMT+5", "GMT"])
def test_settings_keep_a_zone_that_the_list_does_not_offer(alice: Record, zone: str) -> None:
    """It came with an import. A browser would show, and then save, the first zone of the list instead."""
    User.objects.filter(pk=alice.user.pk).update(time_zone=zone)
    client = as_user(alice.user)
    html = client.get(reverse("preferences")).content.decode()
    chosen = re.search(r'<option value="([^"]+)" selected>', html.split('name="profile-time_zone"')[1])
    assert chosen is not None
    assert chosen[1] == zone
    values = {"form": "profile", "profile-language": "en", "profile-idle_minutes": 0}
    client.post(
        reverse("preferences"), {**values, "profile-time_zone": zone, "profile-display_name": "Alice B"}
    )
    user = User.objects.get(pk=alice.user.pk)
    assert (user.time_zone, user.display_name) == (zone, "Alice B")
    client.post(reverse("preferences"), {**values, "profile-time_zone": "Mars/Olympus"})
    assert User.objects.get(pk=alice.user.pk).time_zone == zone


@pytest.mark.parametrize("fields", [{}, {"form": "other"}, {"profile-language": "de"}])
def test_settings_that_come_without_the_name_of_their_form_are_refused_with_a_sentence(
    alice: Record, fields: dict[str, str]
) -> None:
    answer = as_user(alice.user).post(reverse("preferences"), fields)
    assert answer.status_code == 422
    assert "The form came incomplete, so nothing was changed." in answer.content.decode()
    assert User.objects.get(pk=alice.user.pk).language == alice.user.language


class TestAfterIt:
    def test_it_is_chosen_in_the_settings(self, alice: Record) -> None:
        client = as_user(alice.user)
        chosen = {
            "form": "profile",
            "profile-language": "de",
            "profile-time_zone": "UTC",
            "profile-idle_minutes": 0,
        }
        client.post(reverse("preferences"), chosen)
        assert "Wie war heute?" in page(client, "home")

    def test_a_kept_dashboard_is_kept_once_a_language(self, german: Client, alice: Record, at: At) -> None:
        at(NOON)
        InjectionSession.objects.create(record=alice, date=TODAY)
        assert "Woche 1 nach der ersten Sitzung" in page(german, "progress")
        alice.user.language = "en"
        alice.user.save()
        assert (
            "Week 1 after the first session" in as_user(alice.user).get(reverse("progress")).content.decode()
        )
        assert set(StoredDashboard.objects.values_list("language", flat=True)) == {"de", "en"}

    def test_a_form_that_is_wrong_says_so_in_german(self, german: Client) -> None:
        text = german.post(reverse("add_session"), {"date": "never", "product": "botox"}).content.decode()
        assert "Das ist kein Datum. Schreiben Sie es so: 2026-05-06." in text


def plotly_separators() -> str:
    return str(build_figure(simple(1))["layout"]["separators"])


def test_dates_and_numbers_are_written_as_in_german() -> None:
    on, at_nine = date(2026, 5, 19), datetime(2026, 5, 19, 9, 5, tzinfo=UTC)
    with override("de"):
        written = [
            formatting.day(on), formatting.weekday_day(on), formatting.abbreviated_day(on), formatting.month_year(on),
            formatting.instant(at_nine), formatting.clock(time(14, 2)), formatting.decimal(16.25),
            formatting.signed(-9.2), formatting.percent(-46), plotly_separators(),
        ]  # fmt: skip
    assert written == [
        "19. Mai 2026", "Dienstag, 19. Mai", "19. Mai 2026", "Mai 2026",
        "19. Mai, 9:05 Uhr", "14:02", "16,3", "−9,2", "−46 %", ",.",
    ]  # fmt: skip
    assert plotly_separators() == ".,"


def test_a_calendar_file_is_in_the_language_of_who_takes_it() -> None:
    with override("de"):
        file = render_appointment(1, Appointment(date(2026, 5, 19), time(9)), BERLIN, NOON).decode()
    assert "SUMMARY:Termin" in file


class TestLetters:
    def test_a_code_comes_in_the_language_of_the_account_whoever_asks(self, alice: Record) -> None:
        alice.user.language = "de"
        alice.user.save()
        Client().post(
            reverse("account_reset_password"),
            {"email": "Alice@example.org"},
            headers={"Accept-Language": "en"},
        )
        [letter] = mail.outbox
        assert letter.subject == "Ihr Code"
        assert "Ihr Code für ein neues Passwort:" in str(letter.body)

    def test_an_invitation_comes_in_the_language_of_who_is_invited_or_else_of_who_invites(
        self, cast: Cast
    ) -> None:
        make_user("doktor@example.org", language="de")
        with override("en"):
            for address in ("doktor@example.org", "nobody@example.org"):
                emails.send_invitation(Invitation(email=address, expires_at=NOON), "token")
        with override("de"):
            emails.send_invitation(Invitation(email="nobody@example.org", expires_at=NOON), "token")
        ours, theirs = (
            "Jemand möchte eine Seite mit Ihnen teilen",
            "Somebody would like to share a page with you",
        )
        assert [letter.subject for letter in mail.outbox] == [ours, theirs, ours]
        assert '<html lang="de" dir="ltr">' in str(mail.outbox[0].alternatives[0][0])  # type: ignore[attr-defined]
