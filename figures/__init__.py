"""Pure arithmetic on a patient's diary. Uses the standard library only; `as_of` is always an argument.

"Rules, section n" in a docstring refers to docs/clinical-rules.md. Start at `figures.engine.compute_figures`.
"""
