"""MigraLog's JSON: episodes with readings of their intensity, a colour for each day, and doses. Pure."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cells import BadCellError, parse_number
from exchange.imports.datetimes import ParsedMoment
from exchange.imports.days import NO_HEADACHE, RANKS, UNKNOWN, Attack, DayCollector, TakenMedicine
from exchange.imports.formats.base import (
    FREE,
    SKIP,
    Answers,
    DiaryFormat,
    Source,
    add_entries,
    check_duration,
    grade,
    label_notes,
    parse_known,
    reject_entry,
    split_attack,
)
from exchange.imports.formats.entries import Entry, get_list, get_moment, get_text, list_entries, load_json
from exchange.imports.other_diary import HEADACHE, find_local_day, to_instant
from exchange.schema import Question

KEYS: Final = ("episodes", "intensityReadings")
YELLOW: Final = {SKIP: UNKNOWN, HEADACHE: "", FREE: NO_HEADACHE}
PREVENTIVE: Final = ("preventative", "preventive")
NOTED: Final = {"Symptoms": "symptoms", "Locations": "locations", "Qualities": "qualities"}
TENTH: Final = Decimal("0.1")


class MigraLog(DiaryFormat):
    code = "migralog"
    title = "MigraLog"
    dropped = gettext_lazy(
        "Preventives, doses you skipped, schedules, places and marked periods are not taken."
    )
    is_table = False

    def recognises(self, source: Source) -> bool:
        return source.is_json and all(f'"{key}"' in source.text for key in KEYS)

    def questions(self, source: Source) -> list[Question]:
        choices = [
            (SKIP, _("not recorded; leave the day out")),
            (HEADACHE, _("a headache")),
            (FREE, _("no headache")),
        ]
        return [Question("yellow", _("A yellow day (warning signs) means"), choices, SKIP)]

    def read(self, source: Source, answers: Answers, zone: ZoneInfo, collector: DayCollector) -> None:
        reader = MigraLogReader(load_json(source.text), zone)
        reader.read_readings(collector)
        add_entries(collector, reader.list("episodes"), reader.read_episode, reader.find_start)
        # After the episodes, which say more of a day than its colour.
        reader.meanings = {"green": NO_HEADACHE, "red": "", "yellow": YELLOW[str(answers["yellow"])]}
        reader.episode_days = frozenset(collector.totals)
        add_entries(collector, reader.list("dailyStatusLogs"), reader.read_status, find_status_day)
        doses = [(line, dose) for line, dose in reader.list("medicationDoses") if reader.is_acute_dose(dose)]
        add_entries(collector, doses, reader.read_dose, reader.find_stamped_day)


class MigraLogReader:
    """The parts of a file, which refer to each other by id."""

    def __init__(self, loaded: Entry, zone: ZoneInfo) -> None:
        self.loaded, self.zone = loaded, zone
        self.medicines = {str(entry.get("id")): entry for _line, entry in self.list("medications")}
        self.notes: dict[str, list[str]] = defaultdict(list)
        for _line, entry in self.list("episodeNotes"):
            self.notes[str(entry.get("episodeId"))] += get_list(entry, "note")
        self.readings: dict[str, list[tuple[date, str]]] = defaultdict(list)
        self.meanings: dict[str, str] = {}
        self.episode_days: frozenset[date] = frozenset()

    def list(self, key: str) -> list[tuple[int, Entry]]:
        return list_entries(self.loaded, key)

    def read_readings(self, collector: DayCollector) -> None:
        """Gather the readings by episode, wherever they stand; name those that cannot be read."""
        entries = [
            (line, str(entry.get("episodeId")), entry) for line, entry in self.list("intensityReadings")
        ]
        for line, episode in self.list("episodes"):
            inner = list_entries(episode, "intensityReadings")
            entries += [(line, str(episode.get("id")), reading) for _number, reading in inner]
        for line, episode_id, entry in entries:
            try:
                strength = grade(get_text(entry, "intensity"))
                self.readings[episode_id].append((self.find_stamped_day(entry), strength))
            except BadCellError as error:
                reject_entry(collector, line, str(error), entry, self.find_stamped_day)

    def find_start(self, episode: Entry) -> date:
        return find_local_day(require_moment(episode, "startTime"), self.zone)

    def read_episode(self, episode: Entry) -> Attack:
        """Return an episode: the worst reading of each day; a day without one has no strength."""
        start, end = require_moment(episode, "startTime"), get_moment(episode, "endTime")
        duration = end and check_duration(to_instant(end, self.zone) - to_instant(start, self.zone))
        days = split_attack(start, duration or None, self.zone)
        strengths: dict[date, str] = {}
        for day, strength in self.readings[str(episode.get("id"))]:
            rank = "" if strength == NO_HEADACHE else strength
            strengths[day] = max(strengths.get(day, ""), rank, key=RANKS.index)
            if end is None:
                days.setdefault(day, None)  # it still went on that day
        other_notes = ((name, ", ".join(get_list(episode, key))) for name, key in NOTED.items())
        notes = [*get_list(episode, "notes"), *self.notes[str(episode.get("id"))]]
        return Attack(
            days,
            "",
            note=label_notes(("", "\n".join(notes)), *other_notes),
            triggers=tuple(get_list(episode, "triggers")),
            day_strengths=strengths,
        )

    def read_status(self, entry: Entry) -> Attack:
        day, status = find_status_day(entry), get_text(entry, "status")
        if status not in self.meanings:
            raise BadCellError(_("“%(word)s” is no colour of a day") % {"word": status[:40]})
        strength = UNKNOWN if day in self.episode_days else self.meanings[status]
        return Attack({day: None}, strength, note=get_text(entry, "notes"))

    def find_medicine(self, dose: Entry) -> Entry:
        return self.medicines.get(str(dose.get("medicationId")), {})

    def is_acute_dose(self, dose: Entry) -> bool:
        """Whether a dose was taken, and not of a preventive."""
        return dose.get("status") != "skipped" and self.find_medicine(dose).get("type") not in PREVENTIVE

    def find_stamped_day(self, entry: Entry) -> date:
        return find_local_day(require_moment(entry, "timestamp"), self.zone)

    def read_dose(self, dose: Entry) -> Attack:
        day = self.find_stamped_day(dose)
        name = get_text(self.find_medicine(dose), "name") or get_text(dose, "medicationName")
        if not name:
            raise BadCellError(_("a dose of a medicine that the file does not name"))
        doses = parse_number(get_text(dose, "quantity") or "1", TENTH, Decimal(100), TENTH) or Decimal(1)
        relief, notes = get_text(dose, "timeToRelief"), get_text(dose, "notes")
        note = label_notes(
            (name, notes), (name, _("relief after %(minutes)s min") % {"minutes": relief} if relief else "")
        )
        return Attack({day: None}, UNKNOWN, (TakenMedicine(name[:120], "", doses),), note)


def require_moment(entry: Entry, key: str) -> ParsedMoment:
    """Return the instant of milliseconds. Raise BadCellError."""
    moment = get_moment(entry, key)
    if moment is None:
        raise BadCellError(_("%(name)s is missing") % {"name": key})
    return moment


def find_status_day(entry: Entry) -> date:
    return parse_known(get_text(entry, "date")).day
