"""Guesses about the columns of another diary's file, which the patient sees and corrects. Pure."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from exchange.cells import BadCellError
from exchange.imports.datetimes import (
    HOURS,
    MINUTES,
    ORDERS,
    YMD,
    parse_clock,
    parse_duration,
    parse_moment,
    parse_number,
)
from exchange.imports.days import NO_HEADACHE
from exchange.imports.other_diary import (
    HEADACHE,
    NO_MEDICINE,
    NO_WORDS,
    SKIP,
    TEN,
    THREE,
    WORDS,
    Mapping,
    list_strengths,
    parse_yes_no,
)
from exchange.imports.tables import Table, get_cell, is_date
from headaches.models import DayState, DrugClass

SAMPLE_CELLS = 500
# Whole words in the names of columns, the surest first. Of five letters or more also the end of a compound.
HINTS: Final[dict[str, tuple[str, ...]]] = {
    "headache": ("headache", "headaches", "kopfschmerz", "kopfschmerzen", "migraine", "migräne", "attack"),
    "end": ("end", "ended", "ende", "stop", "stopped", "until", "bis", "finish", "finished", "schluss"),
    "duration": ("duration", "dauer", "lasted", "length", "hours", "stunden", "minutes", "minuten"),
    "intensity": (
        "intensity", "intensität", "severity", "strength", "stärke", "level", "schweregrad", "pain", "schmerz",
        "schmerzen", "rating", "nrs", "vas", "headache", "kopfschmerz", "kopfschmerzen",
    ),
    "medicine": (
        "medication", "medications", "medicine", "medicines", "medikament", "medikamente", "medikation", "painkiller",
        "painkillers", "schmerzmittel", "rescue", "abortive", "drug", "drugs", "meds", "med", "pill", "pills",
        "tablette", "tabletten", "treatment",
    ),
    "note": (
        "note", "notes", "comment", "comments", "remark", "remarks", "notiz", "notizen", "bemerkung", "bemerkungen",
    ),
    "time": ("time", "start", "started", "onset", "begin", "began", "uhrzeit", "beginn", "anfang", "zeit"),
}  # fmt: skip
# Names with one of these are about something else than what the hint says.
OTHER_MEANINGS: Final = frozenset((
    "location", "position", "positions", "side", "type", "types", "trigger", "triggers", "offset", "zone", "quality",
    "ort", "seite", "art", "auslöser", "effect", "wirkung", "relief",
))  # fmt: skip
MAX_DIFFERENT_WORDS: Final = 12
STRENGTH_WORDS: dict[str, tuple[str, ...]] = {
    NO_HEADACHE: (*NO_WORDS, "no pain", "pain free", "keine schmerzen", "schmerzfrei"),
    "mild": ("mild", "light", "low", "slight", "leicht", "schwach", "1"),
    "moderate": ("moderate", "medium", "mittel", "mäßig", "2"),
    "severe": (
        "severe",
        "strong",
        "high",
        "bad",
        "very severe",
        "extreme",
        "worst",
        "schwer",
        "stark",
        "sehr stark",
        "3",
    ),
}
DRUG_CLASS_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"triptan|imitrex|maxalt|zomig|relpax", DrugClass.TRIPTAN),
    (r"gepant|nurtec|ubrelvy|vydura", DrugClass.GEPANT),
    (r"lasmiditan|reyvow", DrugClass.DITAN),
    (r"ergot", DrugClass.ERGOT),
    (r"excedrin|thomapyrin|cafergot|caffeine|fioricet|butalbital|combination", DrugClass.COMBINATION),
    (r"codein|tramad|tilidin|oxycod|hydrocod|morph|opioid", DrugClass.OPIOID),
    (r"paracetamol|acetaminophen|tylenol|panadol|metamizol|novalgin", DrugClass.SIMPLE),
    (r"ibuprofen|naprox|diclofenac|ketoprofen|ketorolac|aspirin|asa\b|advil|aleve|motrin|indomet|celecox|nsaid",
     DrugClass.NSAID),
)  # fmt: skip


def guess_mapping(table: Table) -> Mapping:
    """Guess which column is what."""
    date_column, order = guess_date_column(table)
    columns: dict[str, int] = {}
    for field in HINTS if table.has_header else ("time", "end", "intensity", "medicine"):
        taken = {date_column, *columns.values()}
        column = guess_column(table, field, taken, order)
        if column is not None:
            columns[field] = column
    intensity, duration = columns.get("intensity"), columns.get("duration")
    minute_words = {"min", "mins", "minutes", "minuten"}
    is_in_minutes = duration is not None and (
        bool(minute_words.intersection(split_words(table.header[duration])))
        or any(
            parse_number(cell) > 96  # as hours they would be more than four days
            for cell in table.column(duration)
            if re.fullmatch(r"\d+(?:[.,]\d+)?", cell)
        )
    )
    mapping = Mapping(
        date=date_column,
        order=order,
        time=columns.get("time"),
        end=columns.get("end"),
        headache=columns.get("headache"),
        intensity=intensity,
        scale=guess_scale(table, intensity),
        duration=duration,
        unit=MINUTES if is_in_minutes else HOURS,
        medicine=columns.get("medicine"),
        note=columns.get("note"),
    )
    return Mapping(**(mapping.as_json() | {"blank": guess_blank(table, mapping)}))


def guess_column(table: Table, field: str, taken: set[int], order: str) -> int | None:
    """Return the column whose name has the surest hint and whose cells fit; without a header, the first that fits."""
    free = [index for index in range(len(table.header)) if index not in taken]
    fits = CELL_CHECKS[field]
    if not table.has_header:
        return next((index for index in free if fits(table.column(index), order)), None)
    words = {index: split_words(table.header[index]) for index in free}
    for hint in HINTS[field]:
        for index in free:
            is_named = any(word == hint or (len(hint) >= 5 and word.endswith(hint)) for word in words[index])
            if not is_named or OTHER_MEANINGS.intersection(words[index]):
                continue
            if fits(table.column(index)[:SAMPLE_CELLS], order):
                return index
    return None


def split_words(name: str) -> list[str]:
    """Split the name of a column into words in small letters: "StartTime (UTC)" is start, time, utc."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.lower())


def can_read(cells: list[str], parse: Callable[[str], object]) -> bool:
    """Whether most of the cells that are not empty can be parsed; an empty column fits everything but names nothing."""
    filled = [cell for cell in cells if cell]

    def is_readable(cell: str) -> bool:
        try:
            parse(cell)
        except BadCellError:
            return False
        return True

    return bool(filled) and sum(map(is_readable, filled)) >= 0.6 * len(filled)


def is_intensity(cells: list[str], _order: str) -> bool:
    """Whether most cells are numbers up to 10, or they are a few different words."""
    filled = [re.sub(r"\s*/\s*(?:10?|3)$", "", cell).lower() for cell in cells if cell]
    numbers = [parse_number(cell) for cell in filled if re.fullmatch(r"\d+(?:[.,]\d+)?", cell)]
    if numbers and len(numbers) >= 0.6 * len(filled):
        return sum(number <= 10 for number in numbers) >= 0.5 * len(numbers)
    words = set(filled)
    return 0 < len(words) <= MAX_DIFFERENT_WORDS and any(guess_strength(word) != HEADACHE for word in words)


def names_medicines(cells: list[str], order: str) -> bool:
    """Whether cells are texts and not answers, numbers or dates; in a file without header, known medicines."""
    filled = [cell for cell in cells if cell and cell.lower() not in NO_MEDICINE]
    return bool(filled) and not any(
        re.fullmatch(r"[\d.,:/ -]+", cell) or is_date(cell, order) for cell in filled
    )


CELL_CHECKS: Final[dict[str, Callable[[list[str], str], bool]]] = {
    "headache": lambda cells, _order: can_read(cells, parse_yes_no),
    "end": lambda cells, order: (
        can_read(cells, parse_clock) or can_read(cells, lambda cell: parse_moment(cell, order))
    ),
    "duration": lambda cells, _order: can_read(cells, lambda cell: parse_duration(cell, HOURS)),
    "intensity": is_intensity,
    "medicine": names_medicines,
    "note": lambda _cells, _order: True,
    "time": lambda cells, _order: can_read(cells, parse_clock),
}


def guess_date_column(table: Table) -> tuple[int, str]:
    """Return the column with the most dates, and the order that parses most of them; the first on a tie."""
    shares = [
        (
            sum(is_date(cell, order) for cell in table.column(index)[:SAMPLE_CELLS]),
            -index,
            -ORDERS.index(order),
        )
        for index in range(len(table.header))
        for order in ORDERS
    ]
    _share, column, order = max(shares, default=(0, 0, 0))
    return -column, ORDERS[-order]


def has_ambiguous_dates(table: Table, mapping: Mapping) -> bool:
    """Whether day and month could be swapped in every row."""
    cells = [cell for cell in table.column(mapping.date) if cell]
    return mapping.order != YMD and all(is_date(cell, "dmy") and is_date(cell, "mdy") for cell in cells)


def count_blanks(table: Table, mapping: Mapping) -> int:
    """Count the rows that do not say whether there was a headache."""
    if mapping.answer_column is None:
        return 0
    return sum(
        not get_cell(cells, mapping.headache) and not get_cell(cells, mapping.intensity)
        for _line, cells in table.rows
    )


def guess_blank(table: Table, mapping: Mapping) -> str:
    """Guess what a row without an answer means: nothing where there is a row for every day, else a headache."""
    blanks = count_blanks(table, mapping)
    if not blanks:
        return HEADACHE
    days: list[date] = []
    for cell in table.column(mapping.date)[:SAMPLE_CELLS]:
        if is_date(cell, mapping.order):
            days.append(parse_moment(cell, mapping.order).day)
    neighbours = sum(abs(after - before) == timedelta(1) for before, after in pairwise(days))
    is_row_a_day = len(set(days)) == len(days) and neighbours >= 0.6 * max(1, len(days) - 1)
    return SKIP if is_row_a_day or mapping.headache is not None else HEADACHE


def guess_scale(table: Table, column: int | None) -> str:
    cells = [re.sub(r"\s*/\s*10?$|\s*/\s*3$", "", cell) for cell in list_strengths(table, column)]
    if not all(re.fullmatch(r"\d+(?:[.,]\d+)?", cell) for cell in cells):
        return WORDS
    return TEN if any(float(cell.replace(",", ".")) > 3 for cell in cells) else THREE


def guess_strength(word: str) -> str:
    """Guess the meaning of a word for the intensity."""
    return next(
        (strength for strength, words in STRENGTH_WORDS.items() if word.lower() in words),
        DayState.HEADACHE.value,
    )


def guess_drug_class(name: str) -> str:
    """Guess the class of a medicine from its name; "other" by default, "" for a word that names none."""
    if name.lower() in NO_MEDICINE:
        return ""
    return next(
        (drug_class for pattern, drug_class in DRUG_CLASS_PATTERNS if re.search(pattern, name.lower())),
        DrugClass.OTHER,
    )
