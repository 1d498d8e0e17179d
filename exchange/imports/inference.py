"""Guesses about the columns of another diary's file, which the patient sees and corrects. Pure."""

import re
from typing import Any

from exchange.cells import BadCellError
from exchange.imports.datetimes import HOURS, MINUTES, ORDERS, YMD, parse_moment
from exchange.imports.other_diary import (
    NO_HEADACHE,
    TEN,
    THREE,
    WORDS,
    Mapping,
    Table,
    list_strengths,
)
from headaches.models import DayState, DrugClass

# Parts of column names, in the order they are tried.
HINTS: dict[str, tuple[str, ...]] = {
    "end": ("end", "stop", "until", "bis"),
    "duration": ("duration", "hours", "length", "dauer", "lasted", "minutes"),
    "intensity": ("intens", "pain", "severity", "strength", "level", "stärke", "schmerz"),
    "medicine": ("medic", "drug", "abortive", "pill", "treatment", "medik"),
    "note": ("note", "comment", "remark", "notiz", "bemerk"),
    "time": ("time", "start", "onset", "uhr"),
}
SAMPLE_CELLS = 500
STRENGTH_WORDS: dict[str, tuple[str, ...]] = {
    NO_HEADACHE: ("none", "no", "no pain", "no headache", "keine", "kein", "nein", "0", "-"),
    "mild": ("mild", "light", "low", "slight", "leicht", "1"),
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
    columns: dict[str, Any] = {}
    for field, hints in HINTS.items():
        for index, name in enumerate(table.header):
            if (
                index != date_column
                and index not in columns.values()
                and any(hint in name.lower() for hint in hints)
            ):
                columns[field] = index
                break
    strengths = list_strengths(table, columns.get("intensity"))
    numbers = [re.sub(r"\s*/\s*10?$|\s*/\s*3$", "", cell).replace(",", ".") for cell in strengths]
    scale = WORDS
    if all(re.fullmatch(r"\d+(?:\.\d+)?", number) for number in numbers):
        scale = TEN if any(float(number) > 3 for number in numbers) else THREE
    duration = columns.get("duration")
    lengths = [float(cell) for cell in table.column(duration) if re.fullmatch(r"\d+(?:\.\d+)?", cell)]
    is_in_minutes = duration is not None and "min" in table.header[duration].lower()
    # Hardly any attack lasts longer than 96 hours.
    unit = MINUTES if is_in_minutes or any(length > 96 for length in lengths) else HOURS
    return Mapping(date=date_column, order=order, scale=scale, unit=unit, **columns)


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


def is_date(cell: str, order: str) -> bool:
    try:
        parse_moment(cell, order)
    except BadCellError:
        return False
    return True


def has_ambiguous_dates(table: Table, mapping: Mapping) -> bool:
    """Whether day and month could be swapped in every row."""
    cells = [cell for cell in table.column(mapping.date) if cell]
    return mapping.order != YMD and all(is_date(cell, "dmy") and is_date(cell, "mdy") for cell in cells)


def guess_strength(word: str) -> str:
    """Guess the meaning of a word for the intensity."""
    return next(
        (strength for strength, words in STRENGTH_WORDS.items() if word.lower() in words),
        DayState.HEADACHE.value,
    )


def guess_drug_class(name: str) -> str:
    """Guess the class of a medicine from its name; "other" by default."""
    return next(
        (drug_class for pattern, drug_class in DRUG_CLASS_PATTERNS if re.search(pattern, name.lower())),
        DrugClass.OTHER,
    )
