"""The audit log holds: rows are only added, and verifying finds whatever was done to them past the triggers."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import sharing
from accounts.audit import triggers
from accounts.audit.grants import list_grants
from accounts.audit.log import NOBODY, Action, log_event, log_events
from accounts.audit.receivers import log_attempt
from accounts.audit.trim import trim_trails
from accounts.audit.verify import find_faults
from accounts.audit_chain import START, Content, hash_entry, hash_identity
from accounts.audit_models import AuditEntry, AuditIdentity, AuditTrail
from accounts.models import Record, User
from reminders.emails.links import sign_unsubscribe_token
from reminders.models import Reminder
from tests.conftest import (
    NOON,
    PASSWORD,
    Cast,
    as_user,
    confirm_password,
    log_in_as_user,
    make_grant,
    make_patient,
    make_user,
    queries,
)

pytestmark = pytest.mark.django_db
ENTRIES, TRAILS, IDENTITIES = triggers.ENTRIES, triggers.TRAILS, triggers.IDENTITIES


def run(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def without_triggers() -> Iterator[None]:
    """What somebody with a shell on the database can do."""
    triggers.drop_before_migrating("default", plan=[True])
    yield
    triggers.install_after_migrating("default")


def actions_of(user: User) -> list[str]:
    return list(
        AuditEntry.objects.filter(trail__user=user).order_by("number").values_list("action", flat=True)
    )


@pytest.fixture
def trail(alice: Record) -> AuditTrail:
    """Five entries: log-ins by the owner, and looks by a clinician."""
    carl = make_user("carl@example.org", display_name="Dr Carl")
    for number in range(5):
        actor = carl if number % 2 else alice.user
        log_event(alice.user, Action.SAW_LIST, actor=actor, now=NOON + timedelta(minutes=number))
    assert list(find_faults()) == []
    return AuditTrail.objects.get(user=alice.user)


@pytest.mark.asvs(62)
class TestTheDatabaseRefuses:
    REFUSED = (
        f"UPDATE {ENTRIES} SET action = 'exported'",
        f"UPDATE {ENTRIES} SET at = at",
        f"DELETE FROM {ENTRIES} WHERE number = 5",
        f"DELETE FROM {ENTRIES}",
        f"UPDATE {IDENTITIES} SET name = 'Somebody else'",
        f"UPDATE {TRAILS} SET entries = entries - 1",
        f"UPDATE {TRAILS} SET key = 'another'",
        f"DELETE FROM {TRAILS}",
    )

    @pytest.mark.parametrize("statement", REFUSED)
    def test_to_change_or_delete(self, trail: AuditTrail, statement: str) -> None:
        before = list(AuditEntry.objects.values())
        with pytest.raises(DatabaseError, match="never changed"):
            run(statement)
        assert list(AuditEntry.objects.values()) == before

    def test_to_empty_a_table(self, trail: AuditTrail) -> None:
        if connection.vendor == "postgresql":
            run("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(DatabaseError, match="never changed"):
                run(f"TRUNCATE {ENTRIES}")
            with pytest.raises(DatabaseError, match="never changed"):
                run(f"TRUNCATE {TRAILS} CASCADE")
        assert AuditEntry.objects.count() == 5

    def test_to_give_a_trail_without_a_person_to_another(self, logged_cast: Cast) -> None:
        AuditTrail.objects.filter(user=logged_cast.alice.user).update(user=None)
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            AuditTrail.objects.filter(user=None).update(user=logged_cast.dora)

    def test_the_orm_refuses_too(self, trail: AuditTrail) -> None:
        entry, identity = trail.log.first(), AuditIdentity.objects.first()
        assert entry is not None
        assert identity is not None
        for write in (entry.save, entry.delete, identity.save, identity.delete):
            with pytest.raises(TypeError, match="never changed"):
                write()

    @pytest.mark.asvs(56)
    def test_the_role_of_the_application(self, trail: AuditTrail) -> None:
        """The grants that manage.py audit grants prints: it adds and reads, and does no more."""
        if connection.vendor != "postgresql":
            assert "REVOKE UPDATE, DELETE ON accounts_auditlog" in "\n".join(list_grants("app"))
            return
        run("CREATE ROLE diary_app")
        for statement in list_grants("diary_app"):
            run(statement)
        run("SET LOCAL ROLE diary_app")
        log_event(trail.user, Action.EXPORTED, actor=trail.user, now=NOON)  # type: ignore[arg-type]  # not erased
        assert trim_trails(NOON + timedelta(minutes=2), NOON) == 2
        for statement in (*self.REFUSED, f"TRUNCATE {ENTRIES}", f"DROP TABLE {ENTRIES} CASCADE"):
            with pytest.raises(DatabaseError, match=r"permission denied|must be owner|never changed"):
                run(statement)
        run("RESET ROLE")


TAMPERED: dict[str, tuple[str, str]] = {
    "an entry changed": (f"UPDATE {ENTRIES} SET action = 'exported' WHERE number = 3", "entry 3: it was changed"),
    "the time changed": (f"UPDATE {ENTRIES} SET at = '2020-01-01 00:00' WHERE number = 3", "entry 3: it was changed"),
    "the actor changed": (
        f"UPDATE {ENTRIES} SET actor_hash = (SELECT actor_hash FROM {ENTRIES} WHERE number = 2) WHERE number = 3",
        "entry 3: it was changed",
    ),
    "an entry removed": (f"DELETE FROM {ENTRIES} WHERE number = 3", "entries 3 to 3, before it, were removed"),
    "the first removed": (f"DELETE FROM {ENTRIES} WHERE number = 1", "entries 1 to 1, before it, were removed"),
    "the last removed": (f"DELETE FROM {ENTRIES} WHERE number = 5", "entry 5 was the last, now it is 4"),
    "all removed": (f"DELETE FROM {ENTRIES}", "entry 5 was the last, now it is 0"),
    "cut without an entry": (
        f"UPDATE {TRAILS} SET cut = 1, cut_hash = (SELECT hash FROM {ENTRIES} WHERE number = 1) "
        "WHERE entries = 5;"
        f"DELETE FROM {ENTRIES} WHERE number = 1",
        "entries up to 1 are gone, by the log those up to 0",
    ),
    "an entry inserted": (
        f"INSERT INTO {ENTRIES} (trail_id, number, action, at, actor_key, actor_hash, detail, previous, hash) "
        f"SELECT trail_id, 6, action, at, actor_key, actor_hash, detail, previous, hash "
        f"FROM {ENTRIES} WHERE number = 5",
        "entry 6: it does not follow the one before",
    ),
    "two swapped": (
        f"UPDATE {ENTRIES} SET number = 9 WHERE number = 2; UPDATE {ENTRIES} SET number = 2 WHERE number = 3;"
        f"UPDATE {ENTRIES} SET number = 3 WHERE number = 9",
        "entry 2: it does not follow the one before",
    ),
    "a name changed": (f"UPDATE {IDENTITIES} SET name = 'Dr Nobody'", "name or address was changed"),
    "a name removed": (f"DELETE FROM {IDENTITIES}", "the name of its actor was removed"),
}  # fmt: skip


@pytest.mark.asvs(62)
class TestVerify:
    @pytest.mark.parametrize(("statements", "sentence"), TAMPERED.values(), ids=TAMPERED.keys())
    def test_it_finds(self, trail: AuditTrail, statements: str, sentence: str) -> None:
        with without_triggers():
            for statement in statements.split(";"):
                run(statement)
        assert sentence in " ".join(find_faults())
        with pytest.raises(CommandError, match="faults"):
            call_command("audit", "verify")

    def test_it_finds_an_entry_written_anew_with_all_that_follow_it(self, trail: AuditTrail) -> None:
        """A chain counted anew is whole in itself; its end is not the one that was written down."""
        with without_triggers():
            head = START
            for entry in trail.log.order_by("number"):
                entry.action = Action.LOGGED_IN
                new = hash_entry(head, entry.content(trail.key))
                AuditEntry.objects.filter(pk=entry.pk).update(action=entry.action, previous=head, hash=new)
                head = new
        assert [fault for fault in find_faults() if "its end was changed" in fault]

    def test_it_finds_missing_triggers(self, trail: AuditTrail) -> None:
        triggers.drop_before_migrating("default", plan=[True])
        assert len(list(find_faults())) == len(triggers.missing_triggers(connection)) >= 5
        triggers.install_after_migrating("default")
        assert list(find_faults()) == []

    def test_the_command_says_what_it_looked_at(
        self, trail: AuditTrail, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("audit", "verify")
        assert "5 entries in 2 trails, 0 of them of erased accounts; 2 names." in capsys.readouterr().out
        call_command("audit", "grants", "app")
        assert "REVOKE UPDATE, DELETE ON accounts_auditlog" in capsys.readouterr().out

    def test_a_log_cut_for_its_age_is_whole(self, trail: AuditTrail) -> None:
        assert trim_trails(NOON + timedelta(minutes=3), NOON) == 3
        assert [entry.number for entry in trail.log.order_by("number")] == [4, 5, 6]
        assert list(find_faults()) == []
        assert trim_trails(NOON + timedelta(minutes=3), NOON) == 0

    def test_the_last_entry_stays_however_old(self, trail: AuditTrail) -> None:
        assert trim_trails(NOON + timedelta(days=9999), NOON) == 4
        assert list(find_faults()) == []
        run(f"UPDATE {TRAILS} SET cut = 5 WHERE entries > 5")
        run(f"DELETE FROM {ENTRIES} WHERE number = 5")
        assert list(find_faults()) != []


@given(
    st.lists(
        st.tuples(st.sampled_from(Action.values), st.text(max_size=9), st.datetimes()), min_size=2, max_size=5
    ),
    st.data(),
)
def test_no_two_contents_have_one_hash(events: list[tuple[str, str, object]], data: st.DataObject) -> None:
    contents = [
        Content("key", number, action, at.replace(tzinfo=NOON.tzinfo), detail, detail, detail)  # type: ignore[attr-defined]
        for number, (action, detail, at) in enumerate(events)
    ]
    assert len({hash_entry(START, content) for content in contents}) == len(contents)
    texts = data.draw(st.lists(st.text(max_size=4), min_size=3, max_size=3))
    others = data.draw(st.lists(st.text(max_size=4), min_size=3, max_size=3))
    assert (hash_identity("s", *texts) == hash_identity("s", *others)) == (texts == others)


@pytest.mark.asvs(61)
class TestEvents:
    """Who did what is one entry each, in the trail of the account it concerns."""

    def log_in(self, email: str, password: str) -> Client:
        client = Client()
        client.post(reverse("account_login"), {"login": email, "password": password})
        return client

    def test_a_log_in_and_a_log_out(self, alice: Record) -> None:
        client = self.log_in(alice.user.email, PASSWORD)
        client.post(reverse("account_logout"))
        assert actions_of(alice.user) == ["logged_in", "logged_out"]

    def test_wrong_passwords_and_the_refusal_after_them(self, alice: Record) -> None:
        for _try in range(7):
            self.log_in(alice.user.email, "wrong")
        actions = actions_of(alice.user)
        assert actions[:2] == ["log_in_failed"] * 2
        assert actions[-1] == "locked_out"
        assert {entry.actor_key for entry in AuditEntry.objects.all()} == {""}

    def test_a_wrong_password_of_no_account_is_as_much_work_and_stores_no_address(
        self, alice: Record
    ) -> None:
        def count(email: str) -> int:
            with CaptureQueriesContext(connection) as seen:
                log_attempt({"email": email}, Action.LOG_IN_FAILED)
            return len(seen)

        counts = {email: (count(email), count(email))[1] for email in (alice.user.email, "no@example.org")}
        assert len(set(counts.values())) == 1, counts
        assert AuditTrail.objects.get(key=NOBODY).log.count() == 2
        assert not AuditIdentity.objects.filter(email="no@example.org").exists()

    def test_changed_settings_by_the_names_of_their_fields(self, alice: Record) -> None:
        log_in_as_user(alice.user).post(
            reverse("preferences"),
            {
                "form": "profile",
                "profile-display_name": "Anna",
                "profile-time_zone": "Europe/Rome",
                "profile-language": "en",
                "profile-idle_minutes": "0",
            },
        )
        entry = alice.user.trail.log.first()
        assert (entry.action, entry.detail) == ("settings_changed", "display_name, time_zone")

    @pytest.mark.asvs(61)
    def test_changed_reminders_devices_and_calendar_by_name(self, alice: Record, settings: Any) -> None:
        client, settings.PUSH_SERVICES = as_user(alice.user), ["push.example.org"]
        page = client.get(reverse("reminders"))
        fields = {name: page.context["form"][name].value() for name in page.context["form"].fields}
        sent = {name: value for name, value in fields.items() if value not in (None, False)}
        assert client.post(reverse("reminders"), sent | {"hour": "7"}).status_code == 302
        device = {
            "endpoint": "https://push.example.org/1",
            "p256dh": "B" + "A" * 86,
            "auth": "A" * 22,
            "name": "x",
        }
        assert client.post(reverse("add_device"), device).status_code == 200
        client.post(reverse("remove_device", args=[alice.user.push_devices.get().pk]))
        confirm_password(client)
        client.post(reverse("calendar"), {"title": ""})
        client.post(reverse("close_calendar"))
        client.post(reverse("close_calendar"))
        entries = alice.user.trail.log.filter(action="settings_changed").order_by("number")
        assert list(entries.values_list("detail", flat=True)) == [
            "reminders: hour",
            "reminders: device added",
            "reminders: device removed",
            "calendar: address made",
            "calendar: address closed",
        ]
        assert set(entries.values_list("actor_key", flat=True)) == {alice.user.trail.key}

    def test_a_link_that_stops_e_mails_once_and_by_nobody_known(self, alice: Record) -> None:
        reminder = Reminder.objects.create(
            user=alice.user, kind="d7", due_at=NOON, target_date=NOON.date(), state="sent"
        )
        path = reverse("unsubscribe", args=[sign_unsubscribe_token(reminder.key)])
        for _click in range(2):
            assert Client().post(path).status_code == 200
        entry = alice.user.trail.log.get()
        assert (entry.detail, entry.actor_key) == ("reminders: remind_7_days_before", "")

    def test_a_changed_password_and_an_ended_log_in(self, alice: Record) -> None:
        client, other = log_in_as_user(alice.user), log_in_as_user(alice.user)
        other.get(reverse("preferences"))
        pk = alice.user.usersession_set.get(session_key=other.session.session_key).pk
        client.post(reverse("end_log_in", args=[pk]))
        client.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": "another dozen weeks", "password2": "another dozen weeks"},
        )
        assert {"log_in_ended", "password_changed"} <= set(actions_of(alice.user))

    def test_an_export(self, alice: Record) -> None:
        client = log_in_as_user(alice.user)
        client.post(client.get(reverse("export_data"))["Location"], {"password": PASSWORD})
        assert client.post(reverse("export_data")).status_code == 200
        assert "exported" in actions_of(alice.user)

    def test_an_invitation_from_its_beginning_to_its_end(self, logged_cast: Cast) -> None:
        assert actions_of(logged_cast.alice.user)[-5:] == [
            "invited",
            "accepted",
            "invited",
            "accepted",
            "revoked",
        ]

    def test_many_trails_take_as_many_queries_as_one(
        self, cast: Cast, django_assert_num_queries: Callable[..., object]
    ) -> None:
        users = [make_user(f"u{number}@example.org") for number in range(20)]
        log_events(users, Action.SAW_LIST, actor=cast.carl, now=NOON)
        for some in (users[:1], users):
            with django_assert_num_queries(6):  # type: ignore[attr-defined]
                log_events(some, Action.SAW_LIST, actor=cast.carl, now=NOON)
        assert list(find_faults()) == []


class TestPage:
    def test_the_patient_reads_hers_by_day(self, cast: Cast) -> None:
        now = timezone.now()
        for minutes in range(3):
            log_event(
                cast.alice.user,
                Action.SAW_LIST,
                actor=cast.carl,
                now=now - timedelta(days=2, minutes=minutes),
            )
        page = log_in_as_user(cast.alice.user).get(reverse("access")).content.decode()
        assert "3 times" in page
        assert "Dr Carl, carl@example.org" in page
        assert "you" in page

    def test_it_keeps_the_name_of_then(self, logged_cast: Cast) -> None:
        User.objects.filter(pk=logged_cast.carl.pk).update(display_name="Nobody", email="new@example.org")
        page = log_in_as_user(logged_cast.alice.user).get(reverse("access")).content.decode()
        assert "Dr Carl, carl@example.org" in page

    def test_it_shows_nothing_of_others(self, cast: Cast) -> None:
        page = log_in_as_user(cast.bea.user).get(reverse("access")).content.decode()
        assert "Dr Carl" not in page

    def test_it_takes_as_many_queries_for_many_days(self, cast: Cast) -> None:
        client = log_in_as_user(cast.alice.user)
        few = queries(client, reverse("access"))
        for days in range(29):
            log_event(cast.alice.user, Action.SAW_LIST, actor=cast.carl, now=NOON - timedelta(days=days))
        assert queries(client, reverse("access")) <= few + 1


@pytest.mark.database
class TestOwnLog:
    """What somebody who sees others did, by day."""

    def test_a_clinician_reads_his_log_ins_and_looks_and_nothing_of_others(self, cast: Cast) -> None:
        client = as_user(cast.carl)
        make_grant(cast.bea, cast.carl)
        for _time in range(2):
            client.get(reverse("patients"))
        client.get(reverse("patient", args=[cast.alice.key]))
        client.get(reverse("patient", args=[cast.bea.key]))
        sharing.revoke(grant=cast.bea.grants.get(clinician=cast.carl), now=NOON)
        as_user(cast.emil).get(reverse("patients"))
        text = page_text(client.get(reverse("own_log")))
        assert "looked at the list of patients 2 times" in text
        assert len(re.findall("looked at the progress page", text)) == 2
        assert "you · Alice" in text
        assert "a record that is not shared with you now" in text
        assert "bea@" not in text
        assert "Emil" not in text
        assert "your line" not in text

    def test_it_takes_as_many_queries_for_many_records(self, cast: Cast) -> None:
        client = as_user(cast.carl)
        client.get(reverse("patients"))
        few = queries(client, reverse("own_log"))
        for number in range(5):
            make_grant(make_patient(f"p{number}@example.org"), cast.carl)
        client.get(reverse("patients"))
        assert queries(client, reverse("own_log")) == few

    def test_a_log_in_is_the_first_line(self, cast: Cast) -> None:
        client = log_in_as_user(cast.dora)
        assert "Nothing yet." not in page_text(client.get(reverse("own_log")))  # her log-in is there
        assert "logged in" in page_text(client.get(reverse("own_log")))

    def test_settings_lead_to_it_who_sees_others(self, cast: Cast) -> None:
        link = reverse("own_log")
        assert link in as_user(cast.carl).get(reverse("preferences")).content.decode()
        assert link not in as_user(cast.alice.user).get(reverse("preferences")).content.decode()


def page_text(answer: Any) -> str:
    """The words of the page's main part."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())
