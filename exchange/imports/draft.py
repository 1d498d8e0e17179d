"""The life of an upload: stored, previewed, decided on, imported, and undone within a day."""

import json
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from io import BytesIO
from typing import IO, Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.access import lock_record
from accounts.models import Record
from core.dates import local_date
from exchange.archive import RefusedError, pack_files
from exchange.imports.apply import AppliedRow, Change, Plan, apply_plan, plan_import
from exchange.imports.diff import describe_row
from exchange.imports.encodings import EncodingOffer, decode_utf, offer_encodings
from exchange.imports.formats.apple_stream import Progress
from exchange.imports.formats.base import DiaryFormat, Source, read_diary
from exchange.imports.formats.registry import BY_KEY, recognise
from exchange.imports.formats.spreadsheets import find_dated_sheet, unpack_sheets
from exchange.imports.inference import guess_mapping
from exchange.imports.other_diary import Mapping, build_files
from exchange.imports.parsed import Guard, pack_parsed_files, pack_table, unpack_parsed_files, unpack_table
from exchange.imports.record_csv import read_files
from exchange.imports.tables import Table, build_table, parse_table
from exchange.imports.undo import revert_rows
from exchange.imports.upload import MAX_APPLE_UNPACKED, OTHER_DIARY_FILE, SHEETS_FILE, unpack_upload
from exchange.models import ImportDraft, ImportMapping
from exchange.schema import Answer, RecordFiles
from progress.cache.store import code_version

KEEP_CURRENT, USE_IMPORTED = "mine", "file"


@dataclass
class ImportSession:
    """A draft with its parsed files and its plan, each computed once."""

    draft: ImportDraft
    record: Record
    today: date

    @cached_property
    def contents(self) -> dict[str, bytes]:
        # A zip of pack_files(), so it can be trusted.
        with ZipFile(BytesIO(bytes(self.draft.content))) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}

    @cached_property
    def is_other_diary(self) -> bool:
        if self.stored_files:
            return self.draft.mapping is not None
        return self.stored_table is not None or not {OTHER_DIARY_FILE, SHEETS_FILE}.isdisjoint(self.contents)

    @property
    def offers(self) -> list[EncodingOffer]:
        """The encodings to choose from; [] once one is chosen or none is needed."""
        if self.draft.encoding or self.stored_files or self.stored_table:
            return []
        undecoded = [content for content in self.contents.values() if decode_utf(content) is None]
        return offer_encodings(undecoded[0]) if undecoded else []

    @property
    def table_guard(self) -> Guard:
        """What the parsed table depends on beside the upload: code, texts and encoding."""
        return [code_version(), get_language(), self.draft.encoding]

    @property
    def files_guard(self) -> Guard:
        return [*self.table_guard, self.today.isoformat(), str(self.zone), self.draft.mapping]

    @cached_property
    def stored_table(self) -> Table | None:
        return unpack_table(self.draft.parsed_table, self.table_guard)

    @cached_property
    def stored_files(self) -> RecordFiles | None:
        return unpack_parsed_files(self.draft.parsed_files, self.files_guard)

    @property
    def sheet_names(self) -> list[str]:
        """The names of a spreadsheet's sheets, [] for any other file."""
        names: list[str] = self.draft.choices.get("sheets", [])
        return names

    @cached_property
    def source(self) -> Source:
        """Another diary's file."""
        if self.sheet_names:
            return Source("", unpack_sheets(self.contents[SHEETS_FILE])[self.draft.choices["sheet"]].rows)
        return Source(decode_utf(self.contents[OTHER_DIARY_FILE], self.draft.encoding) or "")

    @cached_property
    def table(self) -> Table:
        """The table of another diary's file."""
        if self.stored_table:
            return self.stored_table
        sheet = self.source.sheet
        return parse_table(self.source.text) if sheet is None else build_table(sheet)

    @cached_property
    def diary(self) -> DiaryFormat | None:
        """The known diary the file is from, None for a file whose columns are chosen."""
        return BY_KEY.get((self.draft.mapping or {}).get("format", ""))

    @property
    def answers(self) -> dict[str, Answer]:
        answers: dict[str, Answer] = (self.draft.mapping or {}).get("answers", {})
        return answers

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.record.user.time_zone)

    @property
    def needs_columns(self) -> bool:
        return self.is_other_diary and self.draft.mapping is None

    def first_mapping(self) -> Mapping:
        """Return the initial mapping of columns: the stored one for files with this header, or a guess."""
        stored = ImportMapping.objects.filter(record=self.record, header=self.table.key).first()
        chosen = None if self.diary else self.draft.mapping
        mapping = chosen or (stored.mapping if stored else None)
        return Mapping(**mapping) if mapping else guess_mapping(self.table)

    @cached_property
    def files(self) -> RecordFiles:
        if self.stored_files:
            return self.stored_files
        if self.diary:
            return read_diary(self.diary, self.source, self.answers, self.zone, self.today, self.draft.name)
        if self.is_other_diary:
            mapping: dict[str, Any] = self.draft.mapping or {}
            return build_files(self.table, Mapping(**mapping), self.zone, self.today, self.draft.name)
        return read_files(self.contents, self.today, self.draft.encoding)

    @cached_property
    def plan(self) -> Plan:
        return plan_import(self.record, self.files)

    def uses_imported(self, change: Change) -> bool:
        """Whether the imported row was chosen; otherwise the current one is kept."""
        chosen: str = self.draft.choices.get("rows", {}).get(
            change.code, self.draft.choices.get("all", KEEP_CURRENT)
        )
        return chosen == USE_IMPORTED


def open_import(draft: ImportDraft, record: Record, now: datetime) -> ImportSession:
    return ImportSession(draft, record, local_date(record.user, now))


def get_retention() -> timedelta:
    """Return how long an upload can be decided on, and its import be undone."""
    return timedelta(days=settings.KEEP_UPLOAD_DAYS)


def describe_retention() -> str:
    """Return the same as a text that follows "for" and "the last"."""
    days: int = settings.KEEP_UPLOAD_DAYS
    return _("24 hours") if days == 1 else _("%(days)s days") % {"days": days}


def delete_expired(now: datetime) -> int:
    """Delete every upload that has expired. Return their number."""
    deleted, _by_model = ImportDraft.objects.filter(expired_query(now)).delete()
    return deleted


def expired_query(now: datetime) -> Q:
    """Match uploads that were left undecided, or whose import was applied, longer ago than they are kept."""
    return Q(state="open", created_at__lte=now - get_retention()) | Q(applied_at__lte=now - get_retention())


@transaction.atomic
def start_import(
    record: Record,
    name: str,
    upload: bytes | IO[bytes],
    now: datetime,
    *,
    apple_limit: int | None = MAX_APPLE_UNPACKED,
    progress: Progress | None = None,
) -> ImportDraft:
    """Store an upload; an earlier undecided one is deleted. Raise RefusedError."""
    file = BytesIO(upload) if isinstance(upload, bytes) else upload
    contents = unpack_upload(file, progress=progress, apple_limit=apple_limit)
    for member, content in contents.items():
        if decode_utf(content) is None and not offer_encodings(content):
            raise RefusedError(_("%(name)s is no text file.") % {"name": member})
    delete_expired(now)
    ImportDraft.objects.filter(record=record, state=ImportDraft.State.OPEN).delete()
    choices = {}
    if SHEETS_FILE in contents:
        sheets = unpack_sheets(contents[SHEETS_FILE])
        choices = {"sheets": [sheet.name for sheet in sheets], "sheet": find_dated_sheet(sheets)}
    draft = ImportDraft.objects.create(
        record=record, created_at=now, name=name[-200:], content=pack_files(contents), choices=choices
    )
    store_parsed(draft, record, now)
    return draft


def store_parsed(draft: ImportDraft, record: Record, now: datetime) -> None:
    """Parse an upload as far as its encoding and columns are known, so that no page has to."""
    session = open_import(draft, record, now)
    if session.offers:
        return
    if session.needs_columns and (key := recognise(session.source)):
        draft.mapping = {"format": key, "answers": {}}
    if session.is_other_diary and session.diary is None:
        draft.parsed_table = pack_table(session.table_guard, session.table)
    if not session.needs_columns:
        draft.parsed_files = pack_parsed_files(session.files_guard, session.files)
    draft.save(update_fields=["mapping", "parsed_table", "parsed_files"])


def choose_encoding(session: ImportSession, encoding: str, now: datetime) -> None:
    """Store the encoding of an upload that is not UTF-8."""
    session.draft.encoding = encoding
    session.draft.save(update_fields=["encoding"])
    store_parsed(session.draft, session.record, now)


def save_answers(session: ImportSession, answers: dict[str, Answer], now: datetime) -> None:
    """Store what was answered about a known diary's file, and read it anew."""
    session.draft.mapping = (session.draft.mapping or {}) | {"answers": answers}
    session.draft.save(update_fields=["mapping"])
    store_parsed(session.draft, session.record, now)


def choose_sheet(session: ImportSession, chosen: int, now: datetime) -> None:
    """Read another sheet of a spreadsheet; its columns are chosen anew."""
    if chosen in range(len(session.sheet_names)):
        session.draft.choices = session.draft.choices | {"sheet": chosen}
        session.draft.mapping = session.draft.parsed_table = session.draft.parsed_files = None
        session.draft.save(update_fields=["choices", "mapping"])
        store_parsed(session.draft, session.record, now)


@transaction.atomic
def map_columns(session: ImportSession, mapping: Mapping, now: datetime) -> None:
    """Store the mapping of the draft, also for later files with the same header."""
    session.draft.mapping = mapping.as_json()
    session.draft.save(update_fields=["mapping"])
    ImportMapping.objects.update_or_create(
        record=session.record,
        header=session.table.key,
        defaults={"mapping": mapping.as_json(), "used_at": now},
    )
    store_parsed(session.draft, session.record, now)


@transaction.atomic
def apply_import(record: Record, pk: int, fingerprint: str, now: datetime) -> bool:
    """Apply an import if its fingerprint is still the previewed one. Return False if anything has changed since."""
    lock_record(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.OPEN).first()
    if draft is None:
        return False
    session = open_import(draft, record, now)
    if session.offers or session.needs_columns or session.plan.fingerprint() != fingerprint:
        return False
    applied = apply_plan(record, session.plan, now, session.uses_imported)
    draft.parsed_table = draft.parsed_files = None
    # The rows that undo_import() restores.
    log = [(row.file, row.pk, row.key, row.before, row.after) for row in applied]
    draft.touched = zlib.compress(json.dumps(log).encode())
    draft.applied_at, draft.state = now, ImportDraft.State.APPLIED
    added = sum(applied_row.before is None for applied_row in applied)
    draft.choices = {"added": added, "replaced": len(applied) - added}
    draft.save()
    return True


@transaction.atomic
def undo_import(record: Record, pk: int, now: datetime) -> list[str] | None:
    """Undo an import. Return the titles of rows that are kept, or None if it is too late or already done."""
    lock_record(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.APPLIED).first()
    if (
        draft is None
        or draft.applied_at is None
        or draft.touched is None
        or draft.applied_at <= now - get_retention()
    ):
        return None
    applied = [
        AppliedRow(file, pk, tuple(key), before, after)
        for file, pk, key, before, after in json.loads(zlib.decompress(draft.touched))
    ]
    kept_rows = revert_rows(record, applied, now)
    titles = [describe_row(applied_row.file, applied_row.key) for applied_row in kept_rows]
    draft.state = ImportDraft.State.UNDONE
    draft.choices = {**draft.choices, "stay": titles}
    draft.save(update_fields=["state", "choices"])
    return titles
