"""The cache of a record: its packed diary and rendered pages, each valid for one version (progress/cache/triggers.py).

Without the triggers that count versions nothing is served and nothing is stored.

The version is always read before the rows. A stored page may then be newer than its version says, which only means
that it is rendered once more; it is never older.
"""

import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from django import get_version
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL
from django.http import Http404

from accounts.models import Record
from figures.metric_index import MetricIndex
from figures.packed_diary import PackedDiary
from progress.cache.load import Span, load_days, load_session_dates
from progress.cache.triggers import guard_sql
from progress.models import Page, RecordVersion, StoredDashboard, StoredDiary

# The sources that a page or a packed day depends on besides the database.
SOURCES = ("botoxtrack", *settings.LOCAL_APPS, "templates", "locale")
SUFFIXES = {".py", ".html", ".po"}
# Up to so many changed days are read again each time instead of packing the diary.
MAX_DAYS_TO_RELOAD = 31
VERSION_COLUMNS = (
    "record_id", "version", "treatment", "changed_from", "changed_to", "record__criterion", "record__interval_days",
    "record__recalled_baseline", "record__stored_diary__code_version", "record__stored_diary__packed",
)  # fmt: skip


@cache
def code_version() -> str:
    """Return a digest of code, templates and translations; a change of it invalidates the whole cache."""
    digest = sha256(get_version().encode())
    for folder in SOURCES:
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def has_triggers() -> RawSQL:
    """Return a condition for queries of the cache: whether the triggers that count changes are installed."""
    return RawSQL(guard_sql(connection.vendor), (), output_field=BooleanField())  # noqa: S611  SQL of constants


@dataclass(frozen=True, slots=True)
class CachedDiary:
    """The diary of a record with its versions and the ascending dates of its sessions.

    is_guarded: whether the versions count every change, so that pages of this version may be stored.
    """

    version: int
    treatment: int
    criterion: str
    packed: PackedDiary
    sessions: tuple[date, ...]
    is_guarded: bool = True

    def build_index(self, as_of: date) -> MetricIndex:
        """Index the diary up to a day."""
        return MetricIndex.of_packed(self.packed, self.sessions, self.criterion, as_of)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored of a record: `packed` is None without a usable diary, `changed` are the days changed since."""

    version: int
    treatment: int
    criterion: str
    packed: PackedDiary | None
    changed: Span | None
    is_guarded: bool

    @property
    def is_current(self) -> bool:
        return self.packed is not None and self.changed is None

    @property
    def is_worth_packing(self) -> bool:
        """Reading a few changed days again is faster than packing the diary."""
        return self.is_guarded and (
            self.packed is None
            or self.changed is None
            or (self.changed[1] - self.changed[0]).days > MAX_DAYS_TO_RELOAD
        )


def load_cached_diary(record: Record) -> CachedDiary:
    """Load one diary. Two queries while it is unchanged. Raise Http404 if the account was deleted meanwhile."""
    diary = load_cached_diaries([record]).get(record.pk)
    if diary is None:
        raise Http404
    return diary


def load_cached_diaries(records: Iterable[Record]) -> dict[int, CachedDiary]:
    """Load several diaries by primary key of their record, without deleted ones; as many queries as for one.

    The settings of the records (criterion, interval, recalled baseline) are refreshed together with the version.
    """
    by_pk = {record.pk: record for record in records}
    stored = load_versions(by_pk)
    missing = by_pk.keys() - stored.keys()
    if missing:  # deleted records stay missing
        create_versions(missing)
        stored |= load_versions({pk: by_pk[pk] for pk in missing})
    stale = {pk: entry for pk, entry in stored.items() if not entry.is_current}
    diaries = {pk: entry.packed for pk, entry in stored.items() if entry.packed is not None}
    diaries |= reload_changed(stale)
    to_store = {pk: (entry.version, diaries[pk]) for pk, entry in stale.items() if entry.is_worth_packing}
    if to_store:
        store_diary(to_store)
    sessions = load_session_dates(by_pk)
    return {
        pk: CachedDiary(
            entry.version,
            entry.treatment,
            entry.criterion,
            diaries[pk],
            tuple(dict.fromkeys(sessions[pk])),
            entry.is_guarded,
        )
        for pk, entry in stored.items()
    }


def reload_changed(stale: dict[int, _Stored]) -> dict[int, PackedDiary]:
    """Read changed diaries again: the changed days of those that are stored, and the others as a whole."""
    if not stale:
        return {}
    changed = [entry.changed for entry in stale.values() if entry.packed is not None and entry.changed]
    # One span for all of them: reading a few days too many costs less than a condition for each record.
    span = (min(start for start, _end in changed), max(end for _start, end in changed)) if changed else None
    partly = [pk for pk, entry in stale.items() if entry.packed is not None]
    days = load_days([pk for pk in stale if pk not in partly], partly, span)
    return {
        pk: entry.packed.replace_days(*span, days[pk])
        if entry.packed is not None and span
        else PackedDiary.of(days[pk])
        for pk, entry in stale.items()
    }


@transaction.atomic
def create_versions(record_ids: Iterable[int]) -> None:
    """Recreate deleted version rows and clear the cache of their records, because versions start at 0 again."""
    existing = Record.objects.select_for_update().filter(pk__in=list(record_ids)).order_by("pk")
    versions = [RecordVersion(record_id=pk) for pk in existing.values_list("pk", flat=True)]
    for model in (StoredDashboard, StoredDiary):
        model._default_manager.filter(record__in=[version.record_id for version in versions]).delete()
    RecordVersion.objects.bulk_create(versions, ignore_conflicts=True)


def load_versions(records: dict[int, Record]) -> dict[int, _Stored]:
    stored = {}
    versions = RecordVersion.objects.filter(pk__in=list(records)).annotate(is_guarded=has_triggers())
    for values in versions.values_list(*VERSION_COLUMNS, "is_guarded"):
        (
            pk,
            version,
            treatment,
            changed_from,
            changed_to,
            criterion,
            interval,
            recalled,
            packed_by,
            packed,
            guarded,
        ) = values
        record = records[pk]
        record.criterion, record.interval_days, record.recalled_baseline = criterion, interval, recalled
        is_usable = guarded and packed is not None and packed_by == code_version()
        changed = (changed_from, changed_to) if changed_from and changed_to else None
        stored[pk] = _Stored(
            version,
            treatment,
            criterion,
            PackedDiary.unpack(bytes(packed)) if is_usable else None,
            changed,
            bool(guarded),
        )
    return stored


@transaction.atomic
def store_diary(diaries: dict[int, tuple[int, PackedDiary]]) -> None:
    """Store packed diaries by record with the version they were read at, unless the record has changed since."""
    locked_versions = RecordVersion.objects.select_for_update().filter(pk__in=list(diaries)).order_by("pk")
    unchanged = [
        pk for pk, version in locked_versions.values_list("pk", "version") if version == diaries[pk][0]
    ]
    RecordVersion.objects.filter(pk__in=unchanged).update(changed_from=None, changed_to=None)
    StoredDiary.objects.bulk_create(
        [StoredDiary(record_id=pk, code_version=code_version(), packed=diaries[pk][1].pack()) for pk in unchanged],
        update_conflicts=True, unique_fields=["record"], update_fields=["code_version", "packed"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DashboardKey:
    """What a rendered page depends on besides the record: the page, its reader, language, metric, day and time zone.

    metric is "" for a page that does not depend on one.
    """

    page: str
    is_own: bool
    language: str
    metric: str
    as_of: date
    is_today: bool
    time_zone: str

    @property
    def is_treatment(self) -> bool:
        """Whether the page does not depend on the diary, so that a daily answer leaves it valid."""
        return self.page == Page.SCORES


@dataclass(frozen=True, slots=True)
class CachedDashboard:
    """The rendered page between head and foot; `has_charts` says whether it needs the scripts of charts."""

    body: str
    has_charts: bool


def get_cached_dashboard(record: Record, key: DashboardKey) -> CachedDashboard | None:
    """Return the stored page, or None if record or code have changed since, or if changes are not counted.

    One query, which checks that too.
    """
    if settings.DEBUG:  # templates change under a running server
        return None
    counter = "treatment" if key.is_treatment else "version"
    stored = StoredDashboard.objects.filter(
        has_triggers(), record=record, page=key.page, is_own=key.is_own, language=key.language, metric=key.metric,
        as_of=key.as_of, is_today=key.is_today, time_zone=key.time_zone, code_version=code_version(),
        version=F(f"record__version_row__{counter}"),
    ).values_list("body", "charts").first()  # fmt: skip
    return CachedDashboard(zlib.decompress(stored[0]).decode(), stored[1]) if stored else None


def store_dashboard(record: Record, key: DashboardKey, version: int, dashboard: CachedDashboard) -> None:
    """Store the page of a version; it replaces the previous one."""
    lookup = {
        "record": record, "page": key.page, "is_own": key.is_own, "language": key.language, "metric": key.metric
    }  # fmt: skip
    values = {
        "as_of": key.as_of, "is_today": key.is_today, "time_zone": key.time_zone,
        "code_version": code_version(), "version": version, "charts": dashboard.has_charts,
        "body": zlib.compress(dashboard.body.encode(), 1),
    }  # fmt: skip
    if not StoredDashboard.objects.filter(**lookup).update(**values):
        # Of two concurrent first requests one stores its page. If the account was deleted meanwhile, none does.
        with suppress(IntegrityError), transaction.atomic():
            StoredDashboard.objects.bulk_create([StoredDashboard(**lookup, **values)], ignore_conflicts=True)
