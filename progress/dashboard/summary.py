"""The headline of the dashboard for e-mails to patients who asked for it."""

from datetime import date

from accounts.models import Record
from figures.engine import compute_figures
from progress.cache.load import load_diary
from progress.presentation.headline import build_headline


def change_sentences(record: Record, as_of: date) -> list[str]:
    """Return title and detail of the headline as of a day; [] before the first session."""
    diary = load_diary(record)
    figures = compute_figures(diary, as_of)
    if figures.baseline is None:
        return []
    headline = build_headline(figures, bool(diary.days))
    return [f"{headline.title}.", headline.detail]
