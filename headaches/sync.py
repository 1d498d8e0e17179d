"""What a device recorded, perhaps days ago and without a network: each change once, and none over what it did not know.

A device names each of its changes (a UUID) and says which state of the day it had before it (`revision`, or its own
change before). A day that is as the device knew it is changed. One that was changed elsewhere meanwhile is left as
it is; both versions are kept, and she is asked which one holds.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import hold
from accounts.models import Record
from headaches import actions
from headaches.models import DayChange, DeviceChange, DiaryDay
from headaches.snapshots import Snapshot, taken

ANSWER, TAKE, UNDO = "answer", "take", "undo"
KINDS: Final = (ANSWER, TAKE, UNDO)
UNRECORDED: Final = ""
Outcome = DeviceChange.Outcome


@dataclass(frozen=True, slots=True)
class Sent:
    """One change as a device sends it.

    value: the answer, the number of the medicine, or the key of the change to take back. waited: whether it could not
    be sent when it was tapped; what goes up at once is her latest word and asks nothing. base: the revision of the
    day that the device knew; after: its own change of this day before this one.
    """

    key: UUID
    kind: str
    on: date
    at: datetime
    value: str
    waited: bool = True
    base: str = UNRECORDED
    after: UUID | None = None


def revision_of(values: Snapshot | None) -> str:
    """A day's content in eight characters; "" for a day not recorded. When it was written does not count."""
    if values is None:
        return UNRECORDED
    content = {name: value for name, value in values.items() if name != "written_at"}
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]


def revision_on(record: Record, on: date) -> str:
    return revision_of(taken(actions.day_on(record, on)))


@transaction.atomic
def receive(*, record: Record, sent: Sent, today: date, now: datetime) -> DeviceChange:
    """Make a device's change, once: a second one of the same key gets the first one's outcome.

    ValidationError for what can never be made: a day to come, an answer or a medicine that does not exist.
    """
    hold(record)
    known = DeviceChange.objects.filter(record=record, key=sent.key).first()
    if known:
        return known
    if sent.kind == UNDO:
        return take_back(record, sent, now)
    actions.check_date(sent.on, today)
    if sent.kind == TAKE:
        medicine = actions.own_medicine(record, sent.value)
        change = actions.take(record=record, on=sent.on, medicine=medicine, now=now)
        return kept(record, sent, Outcome.DONE, change)
    return answered(record, sent, today, now)


def answered(record: Record, sent: Sent, today: date, now: datetime) -> DeviceChange:
    """The answer for a day: made, found there already, or kept beside what was entered elsewhere."""
    actions.check_answer(sent.value)
    before = own_change(record, sent.after)
    asked = before if before and before.outcome == Outcome.ASKED else None
    if asked:
        # Her later word on the same device replaces the earlier one in the question that is open.
        mark([asked], Outcome.SETTLED)
    knew = [before.revision, sent.base] if before else [sent.base]
    unseen = asked is not None or (sent.waited and revision_on(record, sent.on) not in knew)
    took = knew[0] if unseen else None
    if actions.state_on(record, sent.on) == sent.value:
        # Said elsewhere too. What the device taps next it still taps without having seen that.
        return kept(record, sent, Outcome.DONE, replaces=asked, revision=took)
    if unseen:
        return kept(record, sent, Outcome.ASKED, replaces=asked, revision=took)
    change = actions.answer(
        record=record, on=sent.on, said=sent.value, today=today, now=now, written=tapped(sent, now)
    )
    return kept(record, sent, Outcome.DONE, change)


def take_back(record: Record, sent: Sent, now: datetime) -> DeviceChange:
    """Undo one of the device's own changes, unless the day was changed elsewhere since."""
    first = own_change(record, UUID(sent.value))
    if first is None or first.change is None:
        if first:
            reopen(first)
        return kept(record, sent, Outcome.DONE, revision=first.revision if first else sent.base)
    try:
        change = actions.undo(change=first.change, now=now)
    except ValidationError:
        return kept(record, sent, Outcome.LATE, revision=first.revision)
    return kept(record, sent, Outcome.DONE, change)


def reopen(first: DeviceChange) -> None:
    """An answer that changed nothing is taken back: it is no longer to be chosen, but what it had replaced is."""
    if first.outcome == Outcome.ASKED:
        mark([first], Outcome.SETTLED)
    if first.replaces:
        mark([first.replaces], Outcome.ASKED)


def own_change(record: Record, key: UUID | None) -> DeviceChange | None:
    """A change of this record by the name its device gave it."""
    if key is None:
        return None
    return (
        DeviceChange.objects.filter(record=record, key=key)
        .select_related("change__record", "replaces")
        .first()
    )


def tapped(sent: Sent, now: datetime) -> datetime:
    """When it was tapped; not by a clock that would put it before the day itself began anywhere."""
    begins = datetime.combine(sent.on, time(0), UTC) - timedelta(days=1)
    return sent.at if begins <= sent.at <= now else now


def kept(
    record: Record,
    sent: Sent,
    outcome: str,
    change: DayChange | None = None,
    replaces: DeviceChange | None = None,
    revision: str | None = None,
) -> DeviceChange:
    """Note the change; revision: what the device takes the day for, if that is not how it stands."""
    return DeviceChange.objects.create(
        record=record,
        key=sent.key,
        date=sent.on,
        at=sent.at,
        said=sent.value if sent.kind == ANSWER else "",
        outcome=outcome,
        revision=revision_on(record, sent.on) if revision is None else revision,
        change=change,
        replaces=replaces,
    )


def mark(rows: list[DeviceChange], outcome: str) -> None:
    DeviceChange.objects.filter(pk__in=[row.pk for row in rows]).update(outcome=outcome)


@dataclass(frozen=True, slots=True)
class TwoEntries:
    """One day with two entries: as it stands, and what devices recorded while they did not know of it."""

    on: date
    stands: DiaryDay | None
    others: tuple[DeviceChange, ...]


def to_choose(record: Record) -> list[TwoEntries]:
    """The days she is asked about, the earliest first. One query when there is none."""
    rows = list(DeviceChange.objects.filter(record=record, outcome=Outcome.ASKED).order_by("date", "pk"))
    if not rows:
        return []
    dates = sorted({row.date for row in rows})
    days = DiaryDay.objects.filter(record=record, date__in=dates).prefetch_related("intakes")
    stand = {day.date: day for day in days}
    found = [
        TwoEntries(on, stand.get(on), different(stand.get(on), (row for row in rows if row.date == on)))
        for on in dates
    ]
    return [two for two in found if two.others]


def different(stands: DiaryDay | None, rows: Iterable[DeviceChange]) -> tuple[DeviceChange, ...]:
    """One for each answer that the day does not have by now, the latest of those that say the same."""
    state = stands.state if stands else ""
    return tuple({row.said: row for row in rows if row.said != state}.values())


@transaction.atomic
def choose(*, record: Record, on: date, said: str, today: date, now: datetime) -> DayChange | None:
    """Settle a day with two entries: `said` is the device's answer, or "" to leave the day as it stands."""
    hold(record)
    rows = list(DeviceChange.objects.filter(record=record, date=on, outcome=Outcome.ASKED))
    if said not in ("", *(row.said for row in rows)):
        raise ValidationError(_("This question is answered already."))
    mark(rows, Outcome.SETTLED)
    if not said:
        return None
    written = min(row.at for row in rows if row.said == said)
    return actions.answer(record=record, on=on, said=said, today=today, now=now, written=min(written, now))
