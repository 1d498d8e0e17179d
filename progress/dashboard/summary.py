"""The sentence of change, for a letter to who asked for it."""

from datetime import date

from accounts.models import Record as RecordRow
from progress.cache.load import load_diary
from progress.figures.engine import compute_figures
from progress.presentation.sentences import headline


def change_sentences(row: RecordRow, as_of: date) -> list[str]:
    """Title and detail of the progress page as of a day; none before the first session."""
    record = load_diary(row)
    figures = compute_figures(record, as_of)
    if figures.baseline is None:
        return []
    found = headline(figures, bool(record.days))
    return [f"{found.title}.", found.detail]
