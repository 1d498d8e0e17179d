"""One step of a calculation, as the methodology page shows it."""

from dataclasses import dataclass

from core import formatting


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a title, the lines of the calculation, the section of docs/clinical-rules.md, and an anchor or ""."""

    title: str
    lines: tuple[str, ...]
    section: str
    anchor: str = ""


def format_number(value: float, places: int = 4) -> str:
    """Format a number with up to `places` decimals; a whole number has none."""
    text = formatting.decimal(value, places)
    return text.rstrip("0").rstrip(".,") if places and value == round(value, 0) else text
