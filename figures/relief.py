"""How often each medicine helped (Rules, section 18)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from figures.values import RELIEFS, Day, Intake

RELIEF_DAYS: Final = 84
MIN_ANSWERS: Final = 5


@dataclass(frozen=True, slots=True)
class Relief:
    """One medicine over the last 84 days: days and doses taken, and what was answered about relief.

    `none`, `partial`, `complete` and `unanswered` are numbers of rows. `helped` is (partial + complete) / answered,
    None under 5 answers. `name` and `drug_class` are those of its latest row.
    """

    name: str
    drug_class: str = field(metadata={"json": "class"})
    days: int
    doses: float
    none: int
    partial: int
    complete: int
    unanswered: int
    helped: float | None

    @property
    def answered(self) -> int:
        """Rows that say whether it helped."""
        return self.none + self.partial + self.complete


def compute_relief(days: Iterable[Day], as_of: date) -> tuple[Relief, ...]:
    """Sum up the medicines of the 84 days up to as_of, most days first, then by name (Rules, section 18).

    Names that are alike but for case and blanks at the ends are one medicine.
    """
    rows: dict[str, list[tuple[date, Intake]]] = {}
    start = as_of - timedelta(RELIEF_DAYS - 1)
    for day in sorted((day for day in days if start <= day.date <= as_of), key=lambda day: day.date):
        for intake in day.intakes:
            rows.setdefault(intake.name.strip().casefold(), []).append((day.date, intake))
    return tuple(sorted(map(_sum_rows, rows.values()), key=lambda relief: (-relief.days, relief.name)))


def _sum_rows(rows: list[tuple[date, Intake]]) -> Relief:
    """Sum up the rows of one medicine, earliest first."""
    latest = rows[-1][1]
    none, partial, complete = (sum(intake.relief == relief for _, intake in rows) for relief in RELIEFS)
    answered = none + partial + complete
    return Relief(
        latest.name.strip(),
        latest.drug_class,
        len({taken_on for taken_on, _ in rows}),
        sum(intake.doses for _, intake in rows),
        none,
        partial,
        complete,
        len(rows) - answered,
        (partial + complete) / answered if answered >= MIN_ANSWERS else None,
    )
