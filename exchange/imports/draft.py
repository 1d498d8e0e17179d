"""An upload on its way into the record: kept as it came, shown, decided on, brought in, taken back within a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Record
from core.dates import local_date
from exchange.archive import RefusedError, is_zip, pack_files, unpack_stored, unpack_zip
from exchange.imports.apply import Change, Plan, apply_plan, lock_rows, plan_import
from exchange.imports.diff import row_title
from exchange.imports.encodings import EncodingOffer, decode_utf, offer_encodings
from exchange.imports.inference import guess_mapping
from exchange.imports.other_diary import Mapping, Table, read_attacks, read_table
from exchange.imports.record_csv import parse_csv, read_files
from exchange.imports.undo import pack_log, revert_rows, unpack_log
from exchange.models import ImportDraft, ImportMapping
from exchange.schema import FILES, RecordFiles

LIFE = timedelta(hours=24)
# The name a file of another diary has inside a draft.
OTHER = "other.csv"
MINE, THEIRS = "mine", "file"


@dataclass
class ImportSession:
    """A draft with its files: everything a page or a decision needs to know of it."""

    draft: ImportDraft
    record: Record
    today: date

    @cached_property
    def contents(self) -> dict[str, bytes]:
        return unpack_stored(bytes(self.draft.content))

    @property
    def is_foreign(self) -> bool:
        return OTHER in self.contents

    @property
    def offers(self) -> list[EncodingOffer]:
        """The encodings to choose from, while that must be chosen."""
        if self.draft.encoding:
            return []
        odd = [content for content in self.contents.values() if decode_utf(content) is None]
        return offer_encodings(odd[0]) if odd else []

    @cached_property
    def table(self) -> Table:
        """The table of another diary's file."""
        return read_table(decode_utf(self.contents[OTHER], self.draft.encoding) or "")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.record.user.time_zone)

    @property
    def needs_columns(self) -> bool:
        return self.is_foreign and self.draft.mapping is None

    @cached_property
    def files(self) -> RecordFiles:
        if self.is_foreign:
            mapping: dict[str, Any] = self.draft.mapping or {}
            return read_attacks(self.table, Mapping(**mapping), self.zone, self.today, self.draft.name)
        return read_files(self.contents, self.today, self.draft.encoding)

    @cached_property
    def plan(self) -> Plan:
        return plan_import(self.record, self.files)

    def takes(self, change: Change) -> bool:
        """Whether the file's row was chosen; else the diary's stays."""
        chosen: str = self.draft.choices.get("rows", {}).get(change.code, self.draft.choices.get("all", MINE))
        return chosen == THEIRS


def open_import(draft: ImportDraft, record: Record, now: datetime) -> ImportSession:
    return ImportSession(draft, record, local_date(record.user, now))


def delete_expired(now: datetime) -> int:
    """Delete every upload that has expired; return how many."""
    deleted, _by_model = ImportDraft.objects.filter(is_expired(now)).delete()
    return deleted


def is_expired(now: datetime) -> Q:
    """Match uploads that were left undecided, or whose import was applied, a day ago."""
    return Q(state="open", created_at__lte=now - LIFE) | Q(applied_at__lte=now - LIFE)


def list_recent(record: Record, now: datetime) -> list[ImportDraft]:
    """Return the imports of the last 24 hours, newest first, without their contents."""
    drafts = ImportDraft.objects.filter(record=record).exclude(is_expired(now))
    return list(drafts.defer("content", "touched", "mapping"))


def own_file_name(text: str) -> str:
    """Which file of a record this is, told by its header; OTHER for any other diary's."""
    rows = parse_csv("", "".join(text[:10_000].splitlines()[:1]), [])
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    for name, schema in FILES.items():
        if set(schema.required_names) <= set(header) <= set(schema.column_names):
            return name
    return OTHER


def read_upload(data: bytes) -> dict[str, bytes]:
    """The files of an upload: a zip of a record, one file of it, or another diary's CSV."""
    if is_zip(data):
        return unpack_zip(data)
    text = decode_utf(data)
    if text is None:
        found = offer_encodings(data)
        text = decode_utf(data, found[0].codec) if found else None
    if text is None:
        raise RefusedError(_("This is no text file and no zip. Choose a CSV file, or the zip of an export."))
    if not text.strip():
        raise RefusedError(_("The file is empty."))
    return {own_file_name(text): data}


@transaction.atomic
def start_import(record: Record, name: str, data: bytes, now: datetime) -> ImportDraft:
    """Keep an upload; an earlier one that was not decided on goes. Raises RefusedError."""
    contents = read_upload(data)
    for file, content in contents.items():
        if decode_utf(content) is None and not offer_encodings(content):
            raise RefusedError(_("%(name)s is no text file.") % {"name": file})
    delete_expired(now)
    ImportDraft.objects.filter(record=record, state=ImportDraft.State.OPEN).delete()
    return ImportDraft.objects.create(
        record=record, created_at=now, name=name[-200:], content=pack_files(contents)
    )


def get_first_mapping(opened: ImportSession) -> Mapping:
    """How the file's columns are read at first: as the person has said of such a file before, else by guess."""
    header = opened.table.key
    known = ImportMapping.objects.filter(record=opened.record, header=header).first()
    said = opened.draft.mapping or (known.mapping if known else None)
    return Mapping(**said) if said else guess_mapping(opened.table)


@transaction.atomic
def map_columns(opened: ImportSession, mapping: Mapping, now: datetime) -> None:
    """Read the draft's columns like this, and the next file of this make too."""
    opened.draft.mapping = mapping.as_json()
    opened.draft.save(update_fields=["mapping"])
    ImportMapping.objects.update_or_create(
        record=opened.record,
        header=opened.table.key,
        defaults={"mapping": mapping.as_json(), "used_at": now},
    )


def save_choices(draft: ImportDraft, rows: dict[str, str], everything: str = "") -> None:
    """Remember which of two rows is wanted: of single ones, or of all that were not chosen singly."""
    if everything:
        draft.choices = {"all": everything, "rows": {}}
    else:
        known = {**draft.choices.get("rows", {}), **rows}
        draft.choices = {"all": draft.choices.get("all", MINE), "rows": known}
    draft.save(update_fields=["choices"])


@transaction.atomic
def apply_import(record: Record, pk: int, shown: str, now: datetime) -> bool:
    """Write what was shown: its fingerprint must still hold. False when record or draft have changed meanwhile."""
    lock_rows(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.OPEN).first()
    if draft is None:
        return False
    opened = open_import(draft, record, now)
    if opened.offers or opened.needs_columns or opened.plan.fingerprint() != shown:
        return False
    touched = apply_plan(record, opened.plan, now, opened.takes)
    draft.touched, draft.applied_at, draft.state = pack_log(touched), now, ImportDraft.State.APPLIED
    added = sum(one.before is None for one in touched)
    draft.choices = {"added": added, "replaced": len(touched) - added}
    draft.save()
    return True


@transaction.atomic
def undo_import(record: Record, pk: int, now: datetime) -> list[str] | None:
    """Take an import back; answers the titles of the rows that stay. None when it is too late or done already."""
    lock_rows(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.APPLIED).first()
    if draft is None or draft.applied_at is None or draft.touched is None or draft.applied_at <= now - LIFE:
        return None
    stay = revert_rows(record, unpack_log(bytes(draft.touched)), now)
    titles = [row_title(one.file, one.key) for one in stay]
    draft.state = ImportDraft.State.UNDONE
    draft.choices = {**draft.choices, "stay": titles}
    draft.save(update_fields=["state", "choices"])
    return titles
