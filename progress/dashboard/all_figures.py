"""The page of all figures: the latest look and its doubts, published lines, completeness, facts clinics ask for."""

from typing import Any

from progress.dashboard.completeness import completeness_context
from progress.dashboard.source import PageSource
from progress.presentation.confounders import Course
from progress.presentation.doubts import describe_doubts, describe_power
from progress.presentation.eligibility import TriedPreventive, build_eligibility_facts
from progress.presentation.looks import build_look_changes, describe_next_look
from progress.presentation.reference_lines import build_line_labels


def details_context(source: PageSource) -> dict[str, Any]:
    """Return every metric at its latest look, what could overturn it, each published line, completeness, the facts."""
    figures, index = source.figures, source.index
    changes = build_look_changes(figures)
    courses = [Course(each.name, each.started, each.ended) for each in source.preventives]
    tried = [
        TriedPreventive(preventive.name, preventive.started, preventive.runs(index.as_of))
        for preventive in source.preventives
    ]
    return {
        "figures": figures,
        "changes": changes,
        "doubts": describe_doubts(figures, courses),
        "next_look": describe_next_look(figures) if figures.cycles else "",
        "power": describe_power(figures.power),
        "is_comparison": bool(changes) and changes[0].difference != "–",
        "lines": [build_line_labels(rule) for rule in figures.rules],
        "facts": build_eligibility_facts(index, figures.baseline, tried)
        if source.diary.packed.length
        else [],
        **completeness_context(source.record, index, is_today=source.key.is_today),
    }
