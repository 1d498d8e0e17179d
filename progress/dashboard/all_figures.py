"""The page of all figures: before and now, published lines, completeness, and facts clinics ask for."""

from typing import Any

from figures.values import METRICS
from progress.dashboard.completeness import completeness_context
from progress.dashboard.source import PageSource
from progress.presentation.eligibility import TriedPreventive, build_eligibility_facts
from progress.presentation.reference_lines import build_line_labels
from progress.presentation.sentences import build_metric_change


def details_context(source: PageSource) -> dict[str, Any]:
    """Return every metric before and now, each published line with its working, completeness, and the facts."""
    figures, index = source.figures, source.index
    before, now, change = figures.baseline, figures.now, figures.change
    changes = []
    if before is not None and now is not None and change is not None:
        changes = [
            build_metric_change(metric, before, now, change[metric], source.span) for metric in METRICS
        ]
    tried = [
        TriedPreventive(preventive.name, preventive.started, preventive.runs(index.as_of))
        for preventive in source.preventives
    ]
    return {
        "figures": figures,
        "changes": changes,
        "is_comparison": bool(changes) and changes[0].difference != "–",
        "lines": [build_line_labels(rule) for rule in figures.rules],
        "facts": build_eligibility_facts(index, before, tried) if source.diary.packed.length else [],
        **completeness_context(source.record, index, is_today=source.key.is_today),
    }
