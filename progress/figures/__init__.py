"""The figures: pure arithmetic on a patient's record, standard library only, `as_of` always an argument.

Rules stand in docs/clinical-rules.md. Start at `progress.figures.engine.compute_figures`.
"""
