"""What is kept of a record is never older than the record: every way of writing, every kind of change."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Record
from figures.metric_index import MetricIndex
from figures.packed_diary import PackedDiary
from figures.values import METRICS
from headaches import actions
from headaches.models import DiaryDay, Intake
from progress.cache import triggers
from progress.cache.load import load_diary
from progress.cache.store import (
    CachedDashboard,
    CachedDiary,
    DashboardKey,
    code_version,
    get_cached_dashboard,
    load_cached_diaries,
    load_cached_diary,
    store_dashboard,
    store_diary,
)
from progress.checks import check_triggers
from progress.dashboard.pages import PAGES, build_key, get_page, render_page
from progress.dashboard.query import parse_query
from progress.models import Page, RecordVersion, StoredDashboard, StoredDiary
from tests.conftest import NOON, TODAY, Cast, make_patient, queries
from tests.progress.people import keep, rate, treat, two_cycles
from treatments.actions import save_booking, save_sites
from treatments.domain.sites import PREEMPT
from treatments.models import (
    Booking,
    EffectCheck,
    Goal,
    Impression,
    InjectionSession,
    Preventive,
    Score,
    SideEffect,
)

pytestmark = pytest.mark.django_db
At = Callable[[datetime], None]
ZONE = "Europe/Berlin"
SHOWN = DashboardKey(Page.OVERVIEW, True, "en", "", TODAY, True, ZONE)
SCORES = replace(SHOWN, page=Page.SCORES)


def version(record: Record) -> int:
    return RecordVersion.objects.get(record=record).version


def load_shown_dashboard(record: Record) -> CachedDashboard:
    return get_page(Record.objects.get(pk=record.pk), SHOWN)


def made_anew(record: Record, key: DashboardKey = SHOWN) -> str:
    """The page from the rows alone, past everything that is kept."""
    row = Record.objects.get(pk=record.pk)
    fresh = load_diary(row)
    known = CachedDiary(0, 0, row.criterion, PackedDiary.of(fresh.days.values()), fresh.sessions)
    return render_page(row, known, key).body


# ---------- writing, in every way there is ----------


def raw(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def a_day(record: Record) -> DiaryDay:
    return DiaryDay.objects.filter(record=record).order_by("date")[5]


def save_day(record: Record) -> None:
    day = a_day(record)
    day.lost = "full"
    day.save()


def take(record: Record) -> None:
    Intake.objects.create(day=a_day(record), name="X", drug_class="triptan")


def move_intake(record: Record) -> None:
    taken = Intake.objects.create(day=a_day(record), name="X", drug_class="triptan")
    Intake.objects.filter(pk=taken.pk).update(day=DiaryDay.objects.filter(record=record).last())


def drop_intakes(record: Record) -> None:
    take(record)
    Intake.objects.filter(day__record=record).delete()


def a_session(record: Record) -> InjectionSession:
    return InjectionSession.objects.filter(record=record).latest("date")


def effect_ended(record: Record) -> None:
    effect = SideEffect.objects.create(session=a_session(record), effect="neck pain")
    SideEffect.objects.filter(pk=effect.pk).update(ended=TODAY)


WRITES: dict[str, Callable[[Record], object]] = {
    "one day saved": save_day,
    "days in bulk": lambda record: keep(record, TODAY - timedelta(900), "fms"),
    "days updated": lambda record: DiaryDay.objects.filter(record=record).update(lost="half"),
    "raw SQL": lambda record: raw(
        "UPDATE headaches_diaryday SET intensity = 'severe' WHERE id = %s", a_day(record).pk
    ),
    "a day deleted": lambda record: a_day(record).delete(),
    "days deleted": lambda record: DiaryDay.objects.filter(
        record=record, date__gt=TODAY - timedelta(20)
    ).delete(),
    "a day moved": lambda record: DiaryDay.objects.filter(pk=a_day(record).pk).update(
        date=TODAY - timedelta(2000)
    ),
    "a medicine": take,
    "a medicine moved": move_intake,
    "medicines deleted": drop_intakes,
    "a session": lambda record: treat(record, TODAY - timedelta(3)),
    "a session moved": lambda record: (
        InjectionSession.objects.filter(record=record).update(date=F("date") - timedelta(1))
        if connection.vendor == "postgresql"
        else raw("UPDATE treatments_injectionsession SET date = date(date, '-1 day')")
    ),
    "sessions deleted": lambda record: InjectionSession.objects.filter(record=record).delete(),
    "a booking": lambda record: save_booking(record=record, date=TODAY + timedelta(9), now=NOON),
    "a preventive": lambda record: Preventive.objects.create(record=record, name="P", started=TODAY),
    "sites": lambda record: save_sites(a_session(record), PREEMPT),
    "a side effect that ended": effect_ended,
    "an answer after a session": lambda record: EffectCheck.objects.create(
        session=a_session(record), day=3, answer="nothing"
    ),
    "an impression": lambda record: Impression.objects.create(
        session=a_session(record), date=TODAY, answer="much-better"
    ),
    "a goal": lambda record: Goal.objects.create(session=a_session(record), number=1, goal="dance"),
    "a score": lambda record: Score.objects.create(record=record, date=TODAY, instrument="hit6", score=60),
    "the criterion": lambda record: Record.objects.filter(pk=record.pk).update(criterion="4h"),
    "the recalled baseline": lambda record: Record.objects.filter(pk=record.pk).update(recalled_baseline=17),
    "the answer of the day": lambda record: actions.record_answer(
        record=record, date=TODAY, answer="severe", today=TODAY, now=NOON
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_after_a_write_of_any_kind_the_page_is_that_of_the_rows(
    client: Client, alice: Record, write: Callable[[Record], object]
) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    before = version(alice)
    write(alice)
    assert version(alice) > before
    assert get_cached_dashboard(alice, SHOWN) is None
    found = load_shown_dashboard(alice).body
    assert found == made_anew(alice)
    assert get_cached_dashboard(alice, SHOWN) == CachedDashboard(found, has_charts="data-chart" in found)


def test_a_change_of_one_record_leaves_what_is_kept_of_another(cast: Cast, at: At) -> None:
    at(NOON)
    for record in (cast.alice, cast.bea):
        two_cycles(record, TODAY)
        load_shown_dashboard(record)
    save_day(cast.alice)
    assert get_cached_dashboard(cast.bea, SHOWN) is not None


def test_long_chains_of_changes_are_counted_as_from_the_rows(client: Client, alice: Record) -> None:
    """What is kept is repaired again and again, by ranges that grow; it never drifts."""
    two_cycles(alice, TODAY)
    random = Random(7)
    for _turn in range(12):
        for _write in range(random.randint(0, 3)):
            on = TODAY - timedelta(random.choice([0, 1, 5, 60, 200, 700]))
            DiaryDay.objects.filter(record=alice, date=on).delete()
            if random.random() < 0.7:
                keep(alice, on, random.choice("fmosh"))
        row = Record.objects.get(pk=alice.pk)
        assert load_cached_diary(row).build_index(TODAY) == MetricIndex.of(load_diary(row), TODAY)
        if random.random() < 0.5:
            StoredDiary.objects.filter(record=alice).delete()


# ---------- when what is kept is good, and when it is not ----------


def test_the_same_page_again_reads_one_row_more_than_any_page(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    address = reverse("progress")
    assert queries(client, address) == queries(client, reverse("help")) + 1 <= 4
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    assert not [one["sql"] for one in seen if '"headaches_' in one["sql"]]


def test_an_answer_of_the_day_leaves_the_page_that_does_not_show_the_diary(
    client: Client, alice: Record
) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    get_page(alice, SCORES)
    save_day(alice)
    assert get_cached_dashboard(alice, SHOWN) is None
    assert get_cached_dashboard(alice, SCORES) is not None
    assert load_shown_dashboard(alice).body == made_anew(alice)
    Score.objects.create(record=alice, date=TODAY - timedelta(1), instrument="hit6", score=60)
    assert get_cached_dashboard(alice, SCORES) is None
    assert get_page(alice, SCORES).body == made_anew(alice, SCORES)


def test_a_new_day_another_language_and_another_reader_get_pages_of_their_own(
    client: Client, alice: Record
) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    for other in (
        replace(SHOWN, as_of=TODAY + timedelta(1)),
        replace(SHOWN, is_today=False),
        replace(SHOWN, language="de"),
        replace(SHOWN, is_own=False),
        replace(SHOWN, time_zone="Asia/Tokyo"),
        replace(SHOWN, metric="clear_days"),
        replace(SHOWN, page=Page.DETAILS),
    ):
        assert get_cached_dashboard(alice, other) is None


def test_a_page_of_other_code_is_made_anew(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    StoredDashboard.objects.update(code_version="older", body=zlib.compress(b"old"))
    StoredDiary.objects.update(code_version="older", packed=PackedDiary.of([]).pack())
    assert load_shown_dashboard(alice).body == made_anew(alice)


@pytest.mark.parametrize(
    "source",
    [
        "charts/svg.py", "figures/change.py", "progress/charts/periods.py", "core/formatting.py",
        "templates/charts/drawing.html", "locale/de/LC_MESSAGES/django.po",
    ],
)  # fmt: skip
def test_a_change_of_what_a_page_is_made_with_is_other_code(
    source: str, settings: Any, tmp_path: Path
) -> None:
    assert (settings.BASE_DIR / source).exists()
    settings.BASE_DIR = tmp_path
    changed = tmp_path / source
    changed.parent.mkdir(parents=True)
    changed.write_text("one")
    before = code_version.__wrapped__()
    changed.write_text("two")
    assert code_version.__wrapped__() != before


def test_of_each_metric_one_page_is_kept_and_replaced(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    for metric in (*METRICS, *METRICS):
        client.get(reverse("progress_time"), {"metric": metric})
        client.get(reverse("progress_time"), {"metric": metric, "as_of": "2026-04-01"})
    assert StoredDashboard.objects.filter(record=alice).count() == len(METRICS)


def test_what_was_made_before_a_change_is_not_good_after_it(client: Client, alice: Record) -> None:
    """A write between reading and keeping: neither the page nor the packed diary passes for the new version."""
    two_cycles(alice, TODAY)
    known = load_cached_diary(alice)
    save_day(alice)
    store_dashboard(alice, SHOWN, known.version, CachedDashboard("old", has_charts=False))
    store_diary({alice.pk: (known.version, PackedDiary.of([]))})
    assert get_cached_dashboard(alice, SHOWN) is None
    assert load_shown_dashboard(alice).body == made_anew(alice)


def test_the_settings_are_read_with_the_version_that_counts_them(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    stale = Record.objects.get(pk=alice.pk)
    Record.objects.filter(pk=alice.pk).update(criterion="4h", interval_days=91)
    assert load_cached_diary(stale).criterion == "4h"
    assert (stale.criterion, stale.interval_days) == ("4h", 91)


def test_few_changed_days_are_read_alone_and_the_rest_unpacked(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_cached_diary(alice)
    save_day(alice)
    with CaptureQueriesContext(connection) as seen:
        load_cached_diary(alice)
    [days] = [one["sql"] for one in seen if '"headaches_diaryday' in one["sql"]]
    assert "BETWEEN" in days
    assert len(seen) == 3  # version and packed diary, changed days, sessions


def test_many_records_take_as_many_queries_as_one(client: Client, alice: Record) -> None:
    others = [make_patient(f"p{number}@example.org") for number in range(5)]
    for number, record in enumerate([alice, *others]):
        keep(record, TODAY - timedelta(200 + number), rate(10) * 5)
    load_cached_diaries([alice, *others])
    save_day(others[0])
    save_day(others[3])
    with CaptureQueriesContext(connection) as seen:
        found = load_cached_diaries([alice, *others])
    assert len(seen) == 3
    assert {pk: known.packed for pk, known in found.items()} == {
        record.pk: PackedDiary.of(load_diary(record).days.values()) for record in (alice, *others)
    }


# ---------- the triggers ----------


def test_every_table_the_dashboard_is_made_of_is_watched(client: Client, alice: Record) -> None:
    """Whoever shows a further table on the dashboard puts it on the list of progress/cache/triggers.py."""
    two_cycles(alice, TODAY)
    take(alice)
    tables = set()
    for own, page in product((True, False), PAGES):
        with CaptureQueriesContext(connection) as seen:
            get_page(alice, build_key(alice, page, parse_query({}, TODAY), TODAY, is_own=own))
        tables |= {
            table
            for one in seen
            for table in connection.introspection.table_names()
            if f'"{table}"' in one["sql"]
        }
    kept = {triggers.VERSION_TABLE, *triggers.CACHE_TABLES}
    assert tables - kept == {watched.table for watched in triggers.WATCHED}


def test_an_account_that_ends_takes_everything_kept_with_it(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    with transaction.atomic():
        alice.user.delete()
    connection.check_constraints()
    for model in (RecordVersion, StoredDiary, StoredDashboard):
        assert not model._default_manager.exists()


def test_what_was_kept_does_not_outlive_a_time_without_triggers(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    late = load_cached_diary(alice).version
    triggers.drop_before_migrating(using="default", plan=["a migration"])
    assert triggers.existing_triggers(connection) == {}
    save_day(alice)
    triggers.install_after_migrating(using="default")
    assert set(triggers.existing_triggers(connection)) == {
        trigger.name for trigger in triggers.expected_triggers(connection)
    }
    store_dashboard(alice, SHOWN, late, CachedDashboard("made meanwhile", has_charts=False))
    assert load_shown_dashboard(alice).body == made_anew(alice)


def some_triggers() -> list[triggers.Trigger]:
    expected = triggers.expected_triggers(connection)
    return [expected[0], expected[len(expected) // 2], expected[-1]]


@pytest.mark.parametrize("position", range(3))
def test_without_one_trigger_nothing_is_served_from_the_cache_and_nothing_is_stored(
    client: Client, alice: Record, position: int
) -> None:
    two_cycles(alice, TODAY)
    before = load_shown_dashboard(alice).body
    missing = some_triggers()[position]
    triggers.drop_triggers(connection, {missing.name: missing.table})
    assert not triggers.are_installed(connection)
    DiaryDay.objects.filter(record=alice, date__gt=TODAY - timedelta(28)).update(
        headache=True, intensity="severe"
    )
    DiaryDay.objects.bulk_create(
        (
            DiaryDay(
                record=alice, date=TODAY - timedelta(back), headache=True, intensity="severe", written_at=NOON
            )
            for back in range(28)
        ),
        ignore_conflicts=True,
    )
    stored = list(StoredDashboard.objects.values()), list(StoredDiary.objects.values())
    assert get_cached_dashboard(alice, SHOWN) is None
    after = load_shown_dashboard(alice).body
    assert after == made_anew(alice) != before
    assert (list(StoredDashboard.objects.values()), list(StoredDiary.objects.values())) == stored
    assert not load_cached_diary(alice).is_guarded
    triggers.install_after_migrating(using="default")
    assert load_shown_dashboard(alice).body == after
    assert get_cached_dashboard(alice, SHOWN) is not None


def test_a_disabled_trigger_is_a_missing_one(client: Client, alice: Record) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has none
    trigger = some_triggers()[1]
    raw(f"ALTER TABLE {trigger.table} DISABLE TRIGGER {trigger.name}")
    assert not triggers.are_installed(connection)
    raw(f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name}")
    assert triggers.are_installed(connection)


def test_the_check_and_the_page_for_monitoring_name_missing_triggers(client: Client, alice: Record) -> None:
    status_page = Client()
    assert check_triggers(["default"]) == []
    assert (status_page.get("/readyz").status_code, status_page.get("/readyz").content) == (200, b"ok")
    trigger = some_triggers()[0]
    triggers.drop_triggers(connection, {trigger.name: trigger.table})
    [warning] = check_triggers(["default"])
    assert (warning.id, "migrate" in str(warning.hint)) == ("progress.W001", True)
    answer = status_page.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"triggers are missing: run manage.py migrate")
    assert status_page.get("/healthz").status_code == 200
    triggers.install_after_migrating(using="default")


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_fails_leaves_the_triggers(at: At, settings: Any, capsys: Any) -> None:
    at(NOON)
    record = make_patient("alice@example.org")
    two_cycles(record, TODAY)
    load_shown_dashboard(record)
    settings.MIGRATION_MODULES = {"demo": "tests.progress.migrations"}
    with pytest.raises(RuntimeError, match="half way"):
        call_command("migrate", verbosity=0)
    assert triggers.are_installed(connection)
    assert Client().get("/readyz").content == b"1 migrations are not applied: run manage.py migrate"
    load_shown_dashboard(record)
    save_day(record)
    assert get_cached_dashboard(record, SHOWN) is None


@pytest.mark.django_db(transaction=True)
def test_triggers_that_do_not_fit_the_tables_are_not_left_behind(at: At, settings: Any, capsys: Any) -> None:
    """Each write would fail. Here the failed migration left a table without the column that they read."""
    at(NOON)
    record = make_patient("alice@example.org")
    settings.MIGRATION_MODULES = {"demo": "tests.progress.migrations"}
    raw("ALTER TABLE treatments_booking RENAME COLUMN record_id TO owner_id")
    try:
        with pytest.raises(RuntimeError, match="half way"):
            call_command("migrate", verbosity=0)
        assert not triggers.are_installed(connection)
        raw("UPDATE treatments_booking SET owner_id = owner_id")
        assert get_dashboard_of_today(record)
    finally:
        triggers.drop_triggers(connection, triggers.existing_triggers(connection))
        raw("ALTER TABLE treatments_booking RENAME COLUMN owner_id TO record_id")
        triggers.install_after_migrating(using="default")


def get_dashboard_of_today(record: Record) -> bool:
    return load_cached_diary(record).packed.length == 0


def test_nothing_to_migrate_leaves_what_is_kept(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    call_command("migrate", verbosity=0)
    assert get_cached_dashboard(alice, SHOWN) is not None


def test_a_trigger_of_an_older_edition_is_replaced(client: Client, alice: Record) -> None:
    two_cycles(alice, TODAY)
    load_shown_dashboard(alice)
    [old] = [
        trigger for trigger in triggers.expected_triggers(connection) if "booking_insert" in trigger.name
    ]
    triggers.drop_triggers(connection, {old.name: old.table})
    raw(old.statements[-1].replace(old.name, f"{triggers.PREFIX}older"))
    triggers.install_after_migrating(using="default")
    assert set(triggers.existing_triggers(connection)) == {
        trigger.name for trigger in triggers.expected_triggers(connection)
    }
    assert get_cached_dashboard(alice, SHOWN) is None
    Booking.objects.create(record=alice, date=TODAY + timedelta(20))
    assert load_shown_dashboard(alice).body == made_anew(alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_table_that_a_migration_rebuilds_is_watched_again(at: At) -> None:
    at(NOON)
    record = make_patient("alice@example.org")
    two_cycles(record, TODAY)
    load_shown_dashboard(record)
    call_command("migrate", "treatments", "0001", verbosity=0)
    call_command("migrate", "treatments", verbosity=0)
    assert set(triggers.existing_triggers(connection)) == {
        trigger.name for trigger in triggers.expected_triggers(connection)
    }
    load_shown_dashboard(record)
    treat(record, TODAY - timedelta(2))
    assert get_cached_dashboard(record, SHOWN) is None
