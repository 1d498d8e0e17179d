"""What is kept while somebody else writes: real threads, real transactions."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.http import Http404

from accounts.models import Record
from clinic.roster import build_roster
from figures.packed_diary import PackedDiary
from progress.cache import triggers
from progress.cache.load import load_diary
from progress.cache.store import CachedDashboard, DashboardKey, load_cached_diary, store_dashboard
from progress.dashboard.pages import get_page
from progress.models import Page, RecordVersion, StoredDashboard
from tests.conftest import NOON, TODAY, make_patient
from tests.progress.people import keep

pytestmark = pytest.mark.django_db(transaction=True)
SHOWN = DashboardKey(Page.OVERVIEW, True, "en", "", TODAY, True, "UTC")


def test_a_first_look_while_days_are_being_written_does_not_outlive_them() -> None:
    """The days are written, and not yet committed, before anything of the record was ever kept."""
    record = make_patient("race@example.org")
    written, looked = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                keep(record, TODAY - timedelta(30), "fmsfmsfms")
                written.set()
                if connection.vendor == "postgresql":  # SQLite lets nobody write beside a writer
                    looked.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    written.wait(10)
    get_page(Record.objects.get(pk=record.pk), SHOWN)
    looked.set()
    thread.join()
    row = Record.objects.get(pk=record.pk)
    assert load_cached_diary(row).packed == PackedDiary.of(load_diary(row).days.values())


def test_a_record_has_a_version_from_its_first_moment() -> None:
    record = make_patient("first@example.org")
    assert RecordVersion.objects.filter(record=record).exists()


def test_a_record_that_was_there_before_the_triggers_has_a_version_after_them() -> None:
    triggers.drop_before_migrating(using="default", plan=["a migration"])
    record = make_patient("early@example.org")
    assert not RecordVersion.objects.filter(record=record).exists()
    triggers.install_after_migrating(using="default")
    assert RecordVersion.objects.filter(record=record).exists()


def test_a_table_that_is_emptied_as_a_whole_empties_the_page() -> None:
    record = make_patient("emptied@example.org")
    keep(record, TODAY - timedelta(30), "fmsfmsfms")
    assert load_cached_diary(record).packed.length
    statements = (
        ("TRUNCATE headaches_diaryday CASCADE",)
        if connection.vendor == "postgresql"
        else ("DELETE FROM headaches_intake", "DELETE FROM headaches_diaryday")
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    assert load_cached_diary(record).packed == PackedDiary.of([])


def test_a_version_that_was_thrown_away_takes_what_was_kept_by_it_along() -> None:
    """The new one counts from the same number again."""
    record = make_patient("thrown@example.org")
    get_page(record, SHOWN)
    RecordVersion.objects.all().delete()
    keep(record, TODAY - timedelta(30), "fmsfmsfms")
    assert load_cached_diary(record).packed == PackedDiary.of(load_diary(record).days.values())
    assert not StoredDashboard.objects.exists()


def test_a_fixture_loaded_over_later_rows_brings_no_page_of_its_day(tmp_path: Path) -> None:
    record = make_patient("loaded@example.org")
    keep(record, TODAY - timedelta(30), "fmsfmsfms")
    get_page(record, SHOWN)
    fixture = tmp_path / "all.json"
    call_command(
        "dumpdata", "accounts", "headaches", "treatments", "progress", output=str(fixture), verbosity=0
    )
    keep(record, TODAY - timedelta(9), "ss")
    get_page(record, SHOWN)
    call_command("loaddata", str(fixture), verbosity=0)
    assert load_cached_diary(record).packed == PackedDiary.of(load_diary(record).days.values())
    assert not StoredDashboard.objects.exists()


def test_an_account_that_ends_while_somebody_reads_is_not_found() -> None:
    record = make_patient("gone@example.org")
    seen = Record.objects.select_related("user").get(pk=record.pk)
    record.user.delete()
    with pytest.raises(Http404):
        get_page(seen, SHOWN)
    assert build_roster([seen], NOON) == []


def test_a_page_of_an_account_that_ended_while_it_was_made_is_not_kept() -> None:
    record = make_patient("gone@example.org")
    seen = Record.objects.get(pk=record.pk)
    record.user.delete()
    store_dashboard(
        seen,
        SHOWN,
        0,
        CachedDashboard("", has_charts=False),
    )
    assert not StoredDashboard.objects.exists()
