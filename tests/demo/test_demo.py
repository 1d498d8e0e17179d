"""The demo: what it shows looks like life and like the trials; it refuses outside demo mode."""

from csv import DictReader
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.audit_models import AuditEntry
from accounts.models import DemoEmail, Record, User
from core.dates import local_date
from exchange.export import write_files
from exchange.rows import export_rows
from figures.engine import Figures, compute_figures
from headaches.models import DiaryDay, Intake
from progress.cache.load import load_diary
from reminders.models import Reminder
from tests.conftest import NOON
from treatments.actions import load_session_summaries, side_effects_context
from treatments.models import Goal, InjectionSession, Preventive, Score, SideEffect

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Any, at: Any) -> None:
    at(NOON)
    settings.DEMO = True
    settings.EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
    call_command("demo", verbosity=0)


def figures(email: str) -> Figures:
    record = Record.objects.select_related("user").get(user__email=email)
    return compute_figures(load_diary(record), local_date(record.user, NOON))


def per_28(window: Any) -> float:
    value = window.metrics["headache_days"].per_28
    assert value is not None
    return float(value)


def test_five_cycles_look_like_the_trials(demo: None) -> None:
    found = figures("patient@example.org")
    assert found.baseline is not None
    assert found.now is not None
    assert found.wear_off is not None
    assert found.change is not None
    assert 18 <= per_28(found.baseline) <= 22
    assert len(found.cycles) == 5
    first = found.cycles[0].periods
    assert 10 <= sum(map(per_28, first[:3])) / 3 <= 16
    assert per_28(found.now) <= per_28(found.baseline) - 8
    assert found.wear_off.signal is True
    assert (found.cycles[2].session - found.cycles[1].session).days == 91
    assert any(
        window.metrics["headache_days"].per_28 is None for cycle in found.cycles for window in cycle.periods
    )


def test_the_others_have_just_started_or_write_little(demo: None) -> None:
    new, thin = figures("new@example.org"), figures("thin@example.org")
    assert len(new.cycles) == 1
    assert new.change is not None
    assert thin.change is not None
    assert thin.change["headache_days"] is None


def test_its_details_are_those_of_a_diary(demo: None) -> None:
    days = DiaryDay.objects.filter(record__user__email="patient@example.org")
    assert 0.8 < days.count() / 444 < 0.98
    assert days.filter(intensity="").exclude(headache=False).count() == 0
    assert Intake.objects.filter(day__in=days, drug_class="triptan").count() > 20
    assert days.filter(headache=False, intakes__isnull=False).exists()


def test_the_clinician_sees_all_three_and_emails_lie_in_the_mailbox(demo: None) -> None:
    clinician = Client()
    assert clinician.login(email="clinician@example.org", password="twelve-weeks")
    page = clinician.get(reverse("patients")).content.decode()
    assert all(name in page for name in ("Marta", "Noor", "Tess"))
    assert AuditEntry.objects.filter(action="accepted").count() == 3
    letter = DemoEmail.objects.get(recipient="patient@example.org")
    shown = Client().get(reverse("mailbox_email", args=[letter.pk])).content.decode()
    assert "reminder you asked for" in shown
    assert sorted(DemoEmail.objects.values_list("recipient", "subject")) == [
        ("clinician@example.org", "Your weekly summary"),
        ("new@example.org", "A reminder you asked for"),
        ("new@example.org", "How was today?"),
        ("patient@example.org", "A reminder you asked for"),
        ("thin@example.org", "A reminder you asked for"),
    ]
    assert Reminder.objects.filter(state="sent").count() == 5


def test_it_is_the_same_each_time_and_not_made_twice(demo: None) -> None:
    before = list(
        DiaryDay.objects.order_by("record__user__email", "date").values_list("date", "intensity", "hours")
    )
    call_command("demo", verbosity=0)
    assert User.objects.count() == 4
    call_command("demo", "--fresh", verbosity=0)
    after = list(
        DiaryDay.objects.order_by("record__user__email", "date").values_list("date", "intensity", "hours")
    )
    assert after == before


def test_demo_is_written_on_every_page(demo: None) -> None:
    patient = Client()
    patient.login(email="patient@example.org", password="twelve-weeks")
    for name in ("home", "diary", "progress", "sessions", "preferences", "account_change_password", "help"):
        assert '<aside class="demo"' in patient.get(reverse(name)).content.decode()
    assert '<aside class="demo"' in Client().get(reverse("account_login")).content.decode()


def test_it_refuses_outside_demo_mode(db: None) -> None:
    with pytest.raises(CommandError, match="only with DEMO=1"):
        call_command("demo")
    assert Client().get(reverse("mailbox")).status_code == 404


def test_demo_accounts_do_not_open_outside_demo_mode(demo: None, settings: Any) -> None:
    settings.DEMO = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert not Client().login(email="patient@example.org", password="twelve-weeks")
    settings.DEMO = True
    client = Client()
    assert client.login(email="patient@example.org", password="twelve-weeks")
    settings.DEMO = False
    assert client.get(reverse("home")).status_code == 302


def test_it_never_takes_over_an_account_that_is_not_its_own(settings: Any, at: Any) -> None:
    at(NOON)
    settings.DEMO = True
    User.objects.create_user("patient@example.org", "somebody-elses-own")
    with pytest.raises(CommandError, match="not the demo's"):
        call_command("demo")


def test_the_first_patient_has_sites_that_add_up_effects_preventives_scores_goals_and_an_appointment(
    demo: None,
) -> None:
    record = Record.objects.get(user__email="patient@example.org")
    contents = {
        name: list(DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
        for name, content in write_files(export_rows(record)).items()
        if name.endswith(".csv")
    }
    found = {}
    for row in contents["injections.csv"]:
        sites, units = found.get(row["session_date"], (0, 0))
        found[row["session_date"]] = (sites + int(row["sites"]), units + int(row["units"]))
    assert [(row["units"], row["lot"] != "") for row in contents["sessions.csv"]] == [
        (str(found[row["date"]][1]), True) for row in contents["sessions.csv"]
    ]
    assert [sites for sites, _units in found.values()] == [31, 31, 33, 35, 35]
    counts = {name: len(rows) for name, rows in contents.items()}
    assert (counts["side_effects.csv"], counts["preventives.csv"], counts["scores.csv"]) == (6, 3, 15)
    assert (counts["goals.csv"], counts["effect_checks.csv"], counts["appointment.csv"]) == (11, 15, 1)
    for model in (SideEffect, Goal, Score, Preventive, InjectionSession):
        for row in model._default_manager.all():
            row.full_clean()


def test_its_side_effects_read_as_in_the_table(demo: None) -> None:
    record = Record.objects.get(user__email="patient@example.org")
    lines = side_effects_context(record, load_session_summaries(record, NOON.date()), NOON.date())[
        "effect_lines"
    ]
    droop = next(line for line in lines if line.effect == "eyelid droop")
    assert (droop.frequency, droop.duration) == (
        "after 2 of 5 sessions with an answer",
        "11 days at the longest",
    )
