"""Notes are encrypted in the database by keys outside of it: on, off, another key, the wrong key."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Draft, Record
from core.encrypted import (
    MARK,
    UnreadableFieldError,
    encrypt,
    is_marked,
    list_encrypted_fields,
)
from core.field_encryption import find_unreadable_column, read_column
from core.health import list_setup_problems
from exchange.account_data import write_account_files
from exchange.imports import draft as imports
from exchange.models import ImportDraft
from exchange.rows import export_rows
from headaches.models import DayChange, DiaryDay
from progress.models import StoredDashboard
from tests.conftest import NOON, TODAY, as_user, confirm_password
from tests.project.test_secrets import read_whole_database
from treatments.models import Booking, InjectionSession, Preventive, SideEffect

CANARY = "Zolmicanary"
FIRST, SECOND, WRONG = "f" * 60, "s" * 60, "w" * 60
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def noon(time_machine: Any) -> None:
    time_machine.move_to(NOON, tick=False)


def write_everywhere(record: Record) -> Client:
    """Notes by the ways they take: pages, changes, drafts, an upload, stored pages."""
    client = as_user(record.user)
    day = reverse("day", args=[TODAY])
    for text in (f"{CANARY} first", f"{CANARY} ü"):
        client.post(day, {"headache": "yes", "intensity": "mild", "note": text, **NO_DOSES})
    session = InjectionSession.objects.create(
        record=record, date=TODAY - timedelta(200), note=CANARY, closed_booking={"note": CANARY}
    )
    SideEffect.objects.create(session=session, effect="neck pain", note=CANARY)
    Booking.objects.create(record=record, date=TODAY + timedelta(300), note=CANARY)
    Preventive.objects.create(
        record=record, name="Topiramat", drug_class="anticonvulsant", started=TODAY, note=CANARY
    )
    Draft.objects.create(user=record.user, key="/x/", edit="0" * 16, fields={"note": [CANARY]}, saved_at=NOON)
    upload = f"date,headache,note\n2026-05-01,yes,{CANARY}\n"
    draft = imports.start_import(record, "diary.csv", upload.encode(), NOON)
    client.get(reverse("import_draft", args=[draft.pk]))
    for name in ("progress", "progress_treatment"):
        assert client.get(reverse(name)).status_code == 200
    return client


NO_DOSES = {"intakes-TOTAL_FORMS": "0", "intakes-INITIAL_FORMS": "0", "menstruation": "unknown"}


def check_readable(record: Record) -> None:
    """Every content is there, for pages, exports and the ORM."""
    assert DiaryDay.objects.get(record=record, date=TODAY).note == f"{CANARY} ü"
    assert DayChange.objects.filter(record=record).first().after["note"] == f"{CANARY} ü"  # type: ignore[union-attr]
    assert InjectionSession.objects.get(record=record).closed_booking == {"note": CANARY}
    assert list(Booking.objects.values_list("note", flat=True)) == [CANARY]
    assert Draft.objects.get().fields == {"note": [CANARY]}
    assert bytes(ImportDraft.objects.get().content).startswith(b"PK")
    assert CANARY in as_user(record.user).get(reverse("day", args=[TODAY])).content.decode()
    exported = str(export_rows(record)) + str(write_account_files(record.user))
    assert exported.count(CANARY) >= 6


def count_marked() -> int:
    """How many values are encrypted, as the database holds them."""
    return sum(
        field.read_stored(stored) is not None
        for model, field in list_encrypted_fields()
        for _key, stored in read_column(model, field, list(model._base_manager.values_list("pk", flat=True)))
    )


def run(**options: Any) -> str:
    out = StringIO()
    call_command("encrypt_fields", stdout=out, **options)
    return out.getvalue()


def test_every_note_is_one_of_the_encrypted_fields() -> None:
    names = {f"{model.__name__}.{field.name}" for model, field in list_encrypted_fields()}
    assert names >= {
        "DiaryDay.note", "DayChange.before", "DayChange.after", "InjectionSession.note", "SideEffect.note",
        "InjectionSession.closed_booking", "Preventive.note", "Booking.note", "Draft.fields", "ImportDraft.content",
        "ImportDraft.touched", "ImportDraft.parsed_table", "ImportDraft.parsed_files", "StoredDashboard.body",
    }  # fmt: skip


def test_a_copy_of_the_database_holds_no_note_and_everything_reads_as_before(
    alice: Record, settings: Any
) -> None:
    settings.FIELD_KEYS = [FIRST]
    write_everywhere(alice)
    assert CANARY not in read_whole_database()
    assert StoredDashboard.objects.exists()
    assert count_marked() == sum(
        int(line.split()[1].rstrip(",")) for line in run().splitlines()
    )  # packed ones too
    check_readable(alice)
    plain = InjectionSession.objects.create(record=alice, date=TODAY - timedelta(100))
    assert InjectionSession.objects.filter(note="").get() == plain  # an empty text stays empty


def test_it_is_switched_on_for_a_site_in_use_and_off_again(alice: Record, settings: Any) -> None:
    write_everywhere(alice)
    assert CANARY in read_whole_database()
    assert count_marked() == 0
    settings.FIELD_KEYS = [FIRST]
    check_readable(alice)
    assert "DiaryDay.note: 1, rewritten 1, unreadable 0" in run()
    assert CANARY not in read_whole_database()
    check_readable(alice)
    marked = count_marked()
    assert marked > 10
    assert "rewritten 1" not in run()
    run(decrypt=True)
    assert count_marked() == 0
    settings.FIELD_KEYS = []
    check_readable(alice)


def test_another_key_takes_its_place(alice: Record, settings: Any) -> None:
    settings.FIELD_KEYS = [FIRST]
    write_everywhere(alice)
    settings.FIELD_KEYS = [SECOND, FIRST]
    check_readable(alice)
    run()
    settings.FIELD_KEYS = [SECOND]
    check_readable(alice)
    assert list_setup_problems() == []


@pytest.mark.parametrize("keys", [[WRONG], []])
def test_without_the_key_nothing_is_shown_and_nothing_is_lost(
    alice: Record, settings: Any, keys: list[str]
) -> None:
    settings.FIELD_KEYS = [FIRST]
    write_everywhere(alice)
    settings.FIELD_KEYS = keys
    with pytest.raises(UnreadableFieldError):
        DiaryDay.objects.get(record=alice, date=TODAY)
    assert find_unreadable_column() != ""
    assert "FIELD_KEYS does not hold" in list_setup_problems()[0]
    before = count_marked()
    with pytest.raises(CommandError, match="FIELD_KEYS"):
        run()
    with pytest.raises(CommandError, match="FIELD_KEYS"):
        run(decrypt=True)
    settings.FIELD_KEYS = [FIRST]
    assert count_marked() == before
    check_readable(alice)


@pytest.mark.asvs(54)
def test_a_changed_value_is_refused(settings: Any, alice: Record) -> None:
    settings.FIELD_KEYS = [FIRST]
    day = DiaryDay.objects.create(record=alice, date=TODAY, headache=True, note="x", written_at=NOON)
    token = encrypt(b"x")
    assert is_marked(token)
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE headaches_diaryday SET note = %s WHERE id = %s", [changed, day.pk])
    with pytest.raises(UnreadableFieldError):
        day.refresh_from_db()


def test_two_equal_notes_are_not_stored_alike(settings: Any) -> None:
    settings.FIELD_KEYS = [FIRST]
    assert encrypt(b"x") != encrypt(b"x")
    assert encrypt(b"x").startswith(MARK)


def test_an_undone_import_and_a_deleted_row_come_back(alice: Record, settings: Any) -> None:
    settings.FIELD_KEYS = [FIRST]
    client = write_everywhere(alice)
    preventive = Preventive.objects.get()
    client.post(reverse("delete_preventive", args=[preventive.pk]))
    assert not Preventive.objects.exists()
    client.post(reverse("undo_deletion"))
    assert Preventive.objects.get().note == CANARY
    confirm_password(client)
    assert client.post(reverse("export_data")).status_code == 200
