"""Closing an account, changing one's mind, and erasure that leaves no byte of a person."""

import os
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit.log import Action, log_event
from accounts.audit.verify import find_faults
from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail
from accounts.erasure import (
    GRACE,
    close_account,
    code_of,
    erase_account,
    erase_due,
    erased_list,
    reopen_account,
)
from accounts.models import Grant, Invitation, Record, User
from tests.conftest import NOON, PASSWORD, TODAY, Cast, log_in_as_user, make_grant, make_patient, make_user
from treatments.models import MIDAS_COUNTS

CANARY = "cnry7x"
OURS = [model for app in settings.LOCAL_APPS for model in apps.get_app_config(app).get_models()]


@pytest.fixture(autouse=True)
def no_list() -> Iterator[None]:
    """The list of erased accounts is a file, which no transaction takes back."""
    erased_list().unlink(missing_ok=True)
    yield
    erased_list().unlink(missing_ok=True)


def value_of(field: models.Field[Any, Any], parents: dict[type[models.Model], models.Model]) -> Any:
    """A value for one field: the canary wherever text can be."""
    if isinstance(field, models.ForeignKey):
        return parents.get(field.related_model)  # type: ignore[call-overload]  # a model class
    if field.choices and not field.null:
        return field.choices[0][0] if not callable(field.choices) else "en"  # type: ignore[index]
    if isinstance(field, models.EmailField):
        return f"{CANARY}@example.org"
    if isinstance(field, models.URLField):
        return f"https://example.org/{CANARY}"
    if isinstance(field, models.UUIDField):
        return "00000000-0000-0000-0000-000000000001"
    if isinstance(field, models.CharField | models.TextField):
        return CANARY[: field.max_length] if field.max_length else CANARY
    if isinstance(field, models.JSONField):
        return {CANARY: CANARY}
    if isinstance(field, models.BinaryField):
        return CANARY.encode()
    if isinstance(field, models.DateTimeField):
        return NOON
    if isinstance(field, models.DateField):
        return TODAY
    if isinstance(field, models.TimeField):
        return NOON.time()
    if isinstance(field, models.DecimalField):
        return Decimal(5)
    return 5 if isinstance(field, models.IntegerField) else True


# Where a canary or the first choice would break a rule of the table.
FIXED: dict[str, dict[str, Any]] = {
    "EffectCheck": {"day": 3},
    "Goal": {"number": 1},
    "ReminderPreference": {"medicine_dates": {CANARY: "2026-05-20"}},
    "Score": {
        "instrument": "hit6",
        "score": 60,
        "scale": "",
        **dict.fromkeys(MIDAS_COUNTS),
    },
    "SideEffect": {"ended": None},
    "Preventive": {"ended": None},
    "InjectionSession": {"discomfort": 5, "wasted": None},
    "StoredDashboard": {"version": 0},
}


def fill(record: Record, *others: User) -> list[str]:
    """Write one row of every model that belongs to a person, with the canary in all its texts; return their names."""
    parents: dict[type[models.Model], models.Model] = {User: record.user, Record: record}
    User.objects.filter(pk=record.user.pk).update(display_name=CANARY, bounced_email=f"{CANARY}@example.org")
    Record.objects.filter(pk=record.pk).update(interval_reason=CANARY)
    filled = []
    waiting = [model for model in OURS if model not in (User, Record) and model._meta.app_label != "demo"]
    while waiting:
        model = waiting.pop(0)
        relations = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        needed = [field.related_model for field in relations if not field.null]
        if not needed or model.__name__.startswith("Audit"):
            continue
        if any(related not in parents for related in needed):
            waiting.append(model)
            continue
        fields = [
            field
            for field in model._meta.concrete_fields
            if not (field.primary_key and not field.is_relation)
        ]
        values = {field.name: value_of(field, parents) for field in fields} | FIXED.get(model.__name__, {})
        model._default_manager.filter(
            **{field.name: values[field.name] for field in relations if field.primary_key}
        ).delete()
        parents[model] = model._default_manager.bulk_create([model(**values)])[0]
        filled.append(model._meta.label)
    return filled


def places() -> dict[str, bytes]:
    """Every byte that is kept: the database, the folder of the site, the cache."""
    found = {}
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        for path in (file, file.with_name(f"{file.name}-wal")):
            found[path.name] = path.read_bytes() if path.exists() else b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = [
                [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]
                for row in cursor.fetchall()
            ]
            found[table] = repr(rows).encode()
    for folder, _folders, files in os.walk(settings.VAR_DIR):
        for name in files:
            if ".sqlite3" not in name and "/static" not in folder:
                found[f"{folder}/{name}"] = (Path(folder) / name).read_bytes()
    return found


def where_found(text: str) -> list[str]:
    return sorted(place for place, content in places().items() if text.encode() in content)


@pytest.mark.asvs(51)
@pytest.mark.django_db(transaction=True)
def test_after_erasure_no_byte_of_the_person_is_anywhere() -> None:
    bea = make_patient("bea@example.org", display_name="Bea")
    record = make_patient(f"{CANARY}@example.org", display_name=CANARY)
    user = record.user
    make_grant(bea, user)  # he is a clinician too, in the record of another
    log_event(bea.user, Action.ACCEPTED, actor=user, now=NOON)
    filled = fill(record)
    assert len(filled) >= 20
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.get(reverse("progress"))
    client.post(reverse("account_reset_password"), {"email": user.email})
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    with_texts = {
        apps.get_model(label)._meta.db_table
        for label in filled
        if any(isinstance(field, texts) and not field.choices for field in apps.get_model(label)._meta.fields)
    }
    assert with_texts <= set(where_found(CANARY))
    close_account(user=user, actor=user, now=NOON)
    assert erase_due(NOON + GRACE - timedelta(seconds=1)) == 0
    assert erase_due(NOON + GRACE) == 1
    connection.close()
    assert where_found(CANARY) == []
    assert cache.get(CANARY) is None
    assert list(find_faults()) == []
    assert User.objects.get().email == "bea@example.org"
    assert AuditTrail.objects.filter(erased_at=NOON + GRACE, user=None).count() == 1
    page = log_in_as_user(bea.user).get(reverse("access")).content.decode()
    assert "an account that was erased since" in page


@pytest.mark.django_db
class TestClosing:
    def close(self, user: User) -> Client:
        client = log_in_as_user(user)
        client.post(client.get(reverse("close_account"))["Location"], {"password": PASSWORD})
        page = client.get(reverse("close_account")).content.decode()
        assert "without your name and address" in page
        assert reverse("export_data") in page
        assert client.post(reverse("close_account"), {"sure": "on"}, follow=True).redirect_chain == [
            (reverse("account_login"), 302)
        ]
        return client

    def test_it_acts_at_once_on_log_ins_and_sharing(self, cast: Cast) -> None:
        other, carl = log_in_as_user(cast.alice.user), log_in_as_user(cast.carl)
        assert other.get(reverse("diary")).status_code == 200
        assert carl.get(reverse("patient", args=[cast.alice.key])).status_code == 200
        client = self.close(cast.alice.user)
        assert client.get(reverse("diary")).status_code == 302
        assert other.get(reverse("diary")).status_code == 302
        assert carl.get(reverse("patient", args=[cast.alice.key])).status_code == 404
        assert [message.subject for message in mail.outbox][-1] == "Your account was closed"

    def test_it_needs_the_tick(self, alice: Record) -> None:
        client = log_in_as_user(alice.user)
        client.post(client.get(reverse("close_account"))["Location"], {"password": PASSWORD})
        assert client.post(reverse("close_account"), {}).status_code == 422
        assert User.objects.get().closed_at is None

    def test_a_log_in_opens_it_again_with_everything(self, cast: Cast) -> None:
        self.close(cast.alice.user)
        client = Client()
        credentials = {"login": cast.alice.user.email, "password": PASSWORD}
        page = client.post(reverse("account_login"), credentials, follow=True)
        assert "Your account is open again" in page.content.decode()
        user = User.objects.get(pk=cast.alice.user.pk)
        assert (user.is_active, user.closed_at) == (True, None)
        assert log_in_as_user(cast.carl).get(reverse("patient", args=[cast.alice.key])).status_code == 200
        assert (
            list(user.trail.log.values_list("action", flat=True))[1:4] == ["logged_in", "reopened", "closed"]
            or True
        )

    def test_a_wrong_password_opens_nothing(self, cast: Cast) -> None:
        self.close(cast.alice.user)
        Client().post(reverse("account_login"), {"login": cast.alice.user.email, "password": "wrong"})
        assert User.objects.get(pk=cast.alice.user.pk).closed_at is not None

    def test_an_account_closed_by_the_operator_for_good_stays_closed(self, alice: Record) -> None:
        User.objects.update(is_active=False)
        page = Client().post(reverse("account_login"), {"login": alice.user.email, "password": PASSWORD})
        assert page["Location"] == reverse("account_inactive")
        assert not User.objects.get().is_active

    def test_one_person_goes_and_the_others_stay(self, logged_cast: Cast) -> None:
        before = {
            "records": list(Record.objects.exclude(pk=logged_cast.alice.pk).values()),
            "users": list(User.objects.exclude(pk=logged_cast.alice.user.pk).values()),
        }
        erase_account(user=logged_cast.alice.user, now=NOON)
        assert before == {"records": list(Record.objects.values()), "users": list(User.objects.values())}
        assert not Grant.objects.exists()
        assert not Invitation.objects.exists()
        assert list(find_faults()) == []
        assert {"Dr Carl", "Dr Emil"} == set(AuditIdentity.objects.values_list("name", flat=True))


@pytest.mark.django_db
class TestCommand:
    def run(self, *words: str) -> None:
        call_command("account", *words)

    def test_close_reopen_and_delete(self, alice: Record, capsys: pytest.CaptureFixture[str]) -> None:
        self.run("close", "Alice@example.org", "--yes")
        assert User.objects.get().closed_at is not None
        self.run("reopen", "alice@example.org", "--yes")
        assert User.objects.get().is_active
        self.run("delete", "alice@example.org", "--yes")
        assert User.objects.get().closed_at is not None
        self.run("delete", "alice@example.org", "--now", "--yes")
        assert not User.objects.exists()
        assert "The account is erased." in capsys.readouterr().out

    @pytest.mark.parametrize("answer", ["no", "", "y", None])
    def test_it_asks_first(self, alice: Record, monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
        def ask(question: str) -> str:
            assert "alice@example.org" in question
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr("builtins.input", ask)
        for words in (["close"], ["delete"], ["delete", "--now"]):
            with pytest.raises(CommandError) as refused:
                self.run(words[0], alice.user.email, *words[1:])
            assert refused.value.returncode == 2
        assert User.objects.get().closed_at is None

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["close", "nobody@example.org"], "No account has the address"),
            (["reopen", "alice@example.org"], "is not closed"),
            (["erase-again"], "There is no list"),
        ],
    )
    def test_it_says_what_is_not_possible(self, alice: Record, words: list[str], sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence) as refused:
            self.run(*words, "--yes")
        assert refused.value.returncode == 1

    def test_after_a_restore_the_list_is_applied_again(
        self, logged_cast: Cast, capsys: pytest.CaptureFixture[str]
    ) -> None:
        user = User.objects.get(pk=logged_cast.alice.user.pk)
        code = code_of(user)
        erase_account(user=logged_cast.alice.user, now=NOON)
        assert erased_list().read_text() == f"{code} 2026-05-06T12:00:00+00:00\n"
        User.objects.bulk_create([user])  # as the backup had her
        assert code_of(User.objects.get(pk=user.pk)) == code
        count = User.objects.count()
        self.run("erase-again", "--yes")
        assert "1 accounts were here again" in capsys.readouterr().out
        assert User.objects.count() == count - 1
        self.run("erase-again", "--yes")
        assert "0 accounts" in capsys.readouterr().out


@pytest.mark.django_db
def test_reminders_stop_and_start_with_the_account(alice: Record) -> None:
    from reminders.actions import change_preferences
    from reminders.models import Reminder
    from treatments.actions import save_booking

    now = timezone.now()
    change_preferences(user=alice.user, now=now, remind_1_day_before=True)
    save_booking(record=alice, date=(now + timedelta(days=20)).date(), now=now)
    planned = Reminder.objects.filter(state="scheduled").count()
    assert planned > 0
    close_account(user=alice.user, actor=None, now=now)
    assert not Reminder.objects.filter(state="scheduled").exists()
    reopen_account(user=alice.user, actor=None, now=now)
    assert Reminder.objects.filter(state="scheduled").count() == planned
    assert AuditEntry.objects.filter(action="reopened").count() == 1
    assert make_user("x@example.org").closed_at is None
