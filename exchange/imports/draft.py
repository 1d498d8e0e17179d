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
from core.dates import day_of
from exchange.archive import RefusedError, is_zip, pack, unpack, unpack_own
from exchange.imports.apply import Change, Plan, apply, compare, locked
from exchange.imports.diff import title
from exchange.imports.encodings import Offer, decoded, offers
from exchange.imports.inference import guess
from exchange.imports.other_diary import Mapping, Table, read, read_table
from exchange.imports.record_csv import parsed, read_files
from exchange.imports.undo import packed, take_back, unpacked
from exchange.models import ImportDraft, ImportMapping
from exchange.schema import COLUMNS, RecordFiles

LIFE = timedelta(hours=24)
# The name a file of another diary has inside a draft.
OTHER = "other.csv"
MINE, THEIRS = "mine", "file"


@dataclass
class Opened:
    """A draft with its files: everything a page or a decision needs to know of it."""

    draft: ImportDraft
    record: Record
    today: date

    @cached_property
    def contents(self) -> dict[str, bytes]:
        return unpack_own(bytes(self.draft.content))

    @property
    def is_foreign(self) -> bool:
        return OTHER in self.contents

    @property
    def offers(self) -> list[Offer]:
        """The encodings to choose from, while that must be chosen."""
        if self.draft.encoding:
            return []
        odd = [content for content in self.contents.values() if decoded(content) is None]
        return offers(odd[0]) if odd else []

    @cached_property
    def table(self) -> Table:
        """The table of another diary's file."""
        return read_table(decoded(self.contents[OTHER], self.draft.encoding) or "")

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
            return read(self.table, Mapping(**mapping), self.zone, self.today, self.draft.name)
        return read_files(self.contents, self.today, self.draft.encoding)

    @cached_property
    def plan(self) -> Plan:
        return compare(self.record, self.files)

    def takes(self, change: Change) -> bool:
        """Whether the file's row was chosen; else the diary's stays."""
        chosen: str = self.draft.choices.get("rows", {}).get(change.code, self.draft.choices.get("all", MINE))
        return chosen == THEIRS


def open_draft(draft: ImportDraft, record: Record, now: datetime) -> Opened:
    return Opened(draft, record, day_of(record.user, now))


def forget_old(now: datetime) -> None:
    """Throw away what is older than a day, whoever's it is."""
    old = now - LIFE
    ImportDraft.objects.filter(Q(state="open", created_at__lte=old) | Q(applied_at__lte=old)).delete()


def recent(record: Record, now: datetime) -> list[ImportDraft]:
    """The imports of the last 24 hours, newest first, without their contents."""
    forget_old(now)
    return list(ImportDraft.objects.filter(record=record).defer("content", "touched", "mapping"))


def own_file(text: str) -> str:
    """Which file of a record this is, told by its header; OTHER for any other diary's."""
    rows = parsed("", "".join(text[:10_000].splitlines()[:1]), [])
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    for name, (needed, optional) in COLUMNS.items():
        if set(needed) <= set(header) <= {*needed, *optional}:
            return name
    return OTHER


def contents_of(data: bytes) -> dict[str, bytes]:
    """The files of an upload: a zip of a record, one file of it, or another diary's CSV."""
    if is_zip(data):
        return unpack(data)
    text = decoded(data)
    if text is None:
        found = offers(data)
        text = decoded(data, found[0].codec) if found else None
    if text is None:
        raise RefusedError(_("This is no text file and no zip. Choose a CSV file, or the zip of an export."))
    if not text.strip():
        raise RefusedError(_("The file is empty."))
    return {own_file(text): data}


@transaction.atomic
def start(record: Record, name: str, data: bytes, now: datetime) -> ImportDraft:
    """Keep an upload; an earlier one that was not decided on goes. Raises RefusedError."""
    contents = contents_of(data)
    for file, content in contents.items():
        if decoded(content) is None and not offers(content):
            raise RefusedError(_("%(name)s is no text file.") % {"name": file})
    forget_old(now)
    ImportDraft.objects.filter(record=record, state=ImportDraft.State.OPEN).delete()
    return ImportDraft.objects.create(record=record, created_at=now, name=name[-200:], content=pack(contents))


def first_mapping(opened: Opened) -> Mapping:
    """How the file's columns are read at first: as the person has said of such a file before, else by guess."""
    header = opened.table.key
    known = ImportMapping.objects.filter(record=opened.record, header=header).first()
    said = opened.draft.mapping or (known.mapping if known else None)
    return Mapping(**said) if said else guess(opened.table)


@transaction.atomic
def map_columns(opened: Opened, mapping: Mapping, now: datetime) -> None:
    """Read the draft's columns like this, and the next file of this make too."""
    opened.draft.mapping = mapping.as_json()
    opened.draft.save(update_fields=["mapping"])
    ImportMapping.objects.update_or_create(
        record=opened.record,
        header=opened.table.key,
        defaults={"mapping": mapping.as_json(), "used_at": now},
    )


def choose(draft: ImportDraft, rows: dict[str, str], everything: str = "") -> None:
    """Remember which of two rows is wanted: of single ones, or of all that were not chosen singly."""
    if everything:
        draft.choices = {"all": everything, "rows": {}}
    else:
        known = {**draft.choices.get("rows", {}), **rows}
        draft.choices = {"all": draft.choices.get("all", MINE), "rows": known}
    draft.save(update_fields=["choices"])


@transaction.atomic
def bring_in(record: Record, pk: int, shown: str, now: datetime) -> bool:
    """Write what was shown: its fingerprint must still hold. False when record or draft have changed meanwhile."""
    locked(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.OPEN).first()
    if draft is None:
        return False
    opened = open_draft(draft, record, now)
    if opened.offers or opened.needs_columns or opened.plan.fingerprint() != shown:
        return False
    touched = apply(record, opened.plan, now, opened.takes)
    draft.touched, draft.applied_at, draft.state = packed(touched), now, ImportDraft.State.APPLIED
    added = sum(one.before is None for one in touched)
    draft.choices = {"added": added, "replaced": len(touched) - added}
    draft.save()
    return True


@transaction.atomic
def undo(record: Record, pk: int, now: datetime) -> list[str] | None:
    """Take an import back; answers the titles of the rows that stay. None when it is too late or done already."""
    locked(record)
    draft = ImportDraft.objects.filter(record=record, pk=pk, state=ImportDraft.State.APPLIED).first()
    if draft is None or draft.applied_at is None or draft.touched is None or draft.applied_at <= now - LIFE:
        return None
    stay = take_back(record, unpacked(bytes(draft.touched)), now)
    titles = [title(one.file, one.key) for one in stay]
    draft.state = ImportDraft.State.UNDONE
    draft.choices = {**draft.choices, "stay": titles}
    draft.save(update_fields=["state", "choices"])
    return titles
