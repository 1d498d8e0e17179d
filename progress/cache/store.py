"""The cache of a record: its packed diary and rendered pages, each valid for one version (progress/cache/triggers.py).

Whoever makes something reads the version first and the rows after it. What is kept may then be newer than its
version says, which only means that it is made once more; it is never older.
"""

import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from django import get_version
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404

from accounts.models import Record as RecordRow
from progress.cache.load import Span, load_days, load_session_dates
from progress.figures.metric_index import MetricIndex
from progress.figures.packed_diary import PackedDiary
from progress.models import RecordVersion, StoredDashboard, StoredDiary

# What a page or a packed day can depend on beside the rows.
SOURCES = ("botoxtrack", *settings.LOCAL_APPS, "templates", "locale")
SUFFIXES = {".py", ".html", ".po"}
# Days that are read again each time rather than packed.
FEW = 31
VERSION_COLUMNS = (
    "record_id", "version", "treatment", "changed_from", "changed_to", "record__criterion", "record__interval_days",
    "record__recalled_baseline", "record__stored_diary__code_version", "record__stored_diary__packed",
)  # fmt: skip


@cache
def code_version() -> str:
    """A digest of the code and templates that made what is kept: another edition makes it anew."""
    digest = sha256(get_version().encode())
    for folder in SOURCES:
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class CachedDiary:
    """A record as it was read: its versions, its packed diary, the dates of its sessions in order."""

    version: int
    treatment: int
    criterion: str
    facts: PackedDiary
    sessions: tuple[date, ...]

    def answers(self, as_of: date) -> MetricIndex:
        """Everything up to a day, ready to be counted."""
        return MetricIndex.of_packed(self.diary, self.sessions, self.criterion, as_of)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is there of a record: `facts` are None where none are kept, `changed` the days that changed since."""

    version: int
    treatment: int
    criterion: str
    facts: PackedDiary | None
    changed: Span | None

    @property
    def is_current(self) -> bool:
        return self.diary is not None and self.changed is None

    @property
    def is_worth_packing(self) -> bool:
        """A few changed days are read again sooner than they are packed."""
        return self.diary is None or self.changed is None or (self.changed[1] - self.changed[0]).days > FEW


def load_cached_diary(row: RecordRow) -> CachedDiary:
    """One record. Two queries while its diary is unchanged. Raises Http404 when the account has ended meanwhile."""
    found = load_cached_diaries([row]).get(row.pk)
    if found is None:
        raise Http404
    return found


def load_cached_diaries(rows: Iterable[RecordRow]) -> dict[int, CachedDiary]:
    """Several records by primary key, without those that ended meanwhile; as many queries as for one.

    The rows' own settings (criterion, interval, recalled baseline) are read again together with the version.
    """
    records = {row.pk: row for row in rows}
    found = read_version_rows(records)
    stale = {pk: one for pk, one in found.items() if not one.is_current}
    facts = {pk: one.diary for pk, one in found.items() if one.diary is not None} | reload_changed(stale)
    worth = {pk: (one.version, facts[pk]) for pk, one in stale.items() if one.is_worth_packing}
    if worth:
        store_diary(worth)
    sessions = load_session_dates(records)
    return {
        pk: CachedDiary(
            one.version, one.treatment, one.criterion, facts[pk], tuple(dict.fromkeys(sessions[pk]))
        )
        for pk, one in found.items()
    }


def reload_changed(stale: dict[int, _Stored]) -> dict[int, PackedDiary]:
    """The facts of changed records: whole diaries, and of those that were kept the changed days alone."""
    if not stale:
        return {}
    changed = [one.changed for one in stale.values() if one.diary is not None and one.changed]
    # One span over all of them: a few days too many cost less than a condition for each record.
    span = (min(start for start, _end in changed), max(end for _start, end in changed)) if changed else None
    some = [pk for pk, one in stale.items() if one.diary is not None]
    days = load_days([pk for pk in stale if pk not in some], some, span)
    return {
        pk: one.diary.replace_days(*span, days[pk])
        if one.diary is not None and span
        else PackedDiary.of(days[pk])
        for pk, one in stale.items()
    }


def read_version_rows(records: dict[int, RecordRow]) -> dict[int, _Stored]:
    """The version of each record with what is kept of it; a record that ended meanwhile has none."""
    found = load_versions(records)
    missing = records.keys() - found.keys()
    if missing:
        create_versions(missing)
        found |= load_versions({pk: records[pk] for pk in missing})
    return found


@transaction.atomic
def create_versions(record_ids: Iterable[int]) -> None:
    """Make version rows that were thrown away. What was kept by them goes too: the new ones count from 0 again."""
    there = RecordRow.objects.select_for_update().filter(pk__in=list(record_ids)).order_by("pk")
    versions = [RecordVersion(record_id=pk) for pk in there.values_list("pk", flat=True)]
    for kept in (StoredDashboard, StoredDiary):
        kept._default_manager.filter(record__in=[one.record_id for one in versions]).delete()
    RecordVersion.objects.bulk_create(versions, ignore_conflicts=True)


def load_versions(records: dict[int, RecordRow]) -> dict[int, _Stored]:
    found = {}
    for values in RecordVersion.objects.filter(pk__in=list(records)).values_list(*VERSION_COLUMNS):
        pk, version, treatment, changed_from, changed_to, criterion, interval, recalled, made_by, packed = (
            values
        )
        row = records[pk]
        row.criterion, row.interval_days, row.recalled_baseline = criterion, interval, recalled
        good = packed is not None and made_by == code_version()
        changed = (changed_from, changed_to) if changed_from and changed_to else None
        found[pk] = _Stored(
            version, treatment, criterion, PackedDiary.unpack(bytes(packed)) if good else None, changed
        )
    return found


@transaction.atomic
def store_diary(made: dict[int, tuple[int, PackedDiary]]) -> None:
    """Keep packed diaries, unless the record has changed since they were read."""
    held = RecordVersion.objects.select_for_update().filter(pk__in=list(made)).order_by("pk")
    unchanged = [pk for pk, version in held.values_list("pk", "version") if version == made[pk][0]]
    RecordVersion.objects.filter(pk__in=unchanged).update(changed_from=None, changed_to=None)
    StoredDiary.objects.bulk_create(
        [StoredDiary(record_id=pk, code_version=code_version(), packed=made[pk][1].pack()) for pk in unchanged],
        update_conflicts=True, unique_fields=["record"], update_fields=["code_version", "packed"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class DashboardKey:
    """What a dashboard was asked for: whose eyes, in which language, which metric, as of which day in which zone."""

    own: bool
    language: str
    metric: str
    as_of: date
    is_today: bool
    time_zone: str

    @property
    def part(self) -> "DashboardKey":
        """The part of it that does not show the diary, and so is the same for every metric."""
        return replace(self, metric="")


@dataclass(frozen=True, slots=True)
class CachedDashboard:
    """The made part of a dashboard; `charts` tells whether there is one to draw."""

    body: str
    charts: bool


def get_cached(row: RecordRow, shown: DashboardKey) -> CachedDashboard | None:
    """The page as it was made last, when the record is still as it was then. One query, which checks that."""
    if settings.DEBUG:  # templates change under a running server
        return None
    counted = "version" if shown.metric else "treatment"
    found = StoredDashboard.objects.filter(
        record=row, own=shown.own, language=shown.language, metric=shown.metric, as_of=shown.as_of,
        is_today=shown.is_today, time_zone=shown.time_zone, code_version=code_version(),
        version=F(f"record__version_row__{counted}"),
    ).values_list("body", "charts").first()  # fmt: skip
    return CachedDashboard(zlib.decompress(found[0]).decode(), found[1]) if found else None


def store(row: RecordRow, shown: DashboardKey, version: int, page: CachedDashboard) -> None:
    """Keep a page of a version in the place of the one before it."""
    place = {"record": row, "own": shown.own, "language": shown.language, "metric": shown.metric}
    values = {
        "as_of": shown.as_of, "is_today": shown.is_today, "time_zone": shown.time_zone,
        "code_version": code_version(), "version": version, "charts": page.charts,
        "body": zlib.compress(page.body.encode(), 1),
    }  # fmt: skip
    if not StoredDashboard.objects.filter(**place).update(**values):
        # Two first looks at once: one of them is enough. An account that ended meanwhile: none.
        with suppress(IntegrityError), transaction.atomic():
            StoredDashboard.objects.bulk_create([StoredDashboard(**place, **values)], ignore_conflicts=True)
