"""docs/asvs.md: each row of the security checklist with its state and the tests that prove it.

The rows stand in docs/asvs.toml, the proofs are markers of tests: @pytest.mark.asvs(12, 44).
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATES = ("not applicable", "not met")


def load_rows() -> list[dict[str, Any]]:
    """Return number, asvs, group, demand and perhaps a note of each row; state and reason of one without a test."""
    rows: list[dict[str, Any]] = tomllib.loads((ROOT / "docs" / "asvs.toml").read_text())["rows"]
    return rows


def list_marked(node: ast.Module | ast.ClassDef) -> Iterator[tuple[int, str]]:
    """Yield row and name of each marked test or class of tests."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            for decorator in child.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.asvs":
                    yield from ((ast.literal_eval(number), child.name) for number in decorator.args)
        if isinstance(child, ast.ClassDef):
            yield from list_marked(child)


def find_proofs() -> dict[int, list[str]]:
    """Return the tests of each row, as path and name, by number."""
    proofs: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "mark.asvs" in text:
            for number, name in list_marked(ast.parse(text)):
                proofs.setdefault(number, []).append(f"`{path.relative_to(ROOT)}` {name}")
    return proofs


def list_faults() -> list[str]:
    """Return a sentence for each row without a proof or a reason, or with both, and for each unknown number."""
    rows, proofs = {row["number"]: row for row in load_rows()}, find_proofs()
    faults = [f"Row {number} is not in docs/asvs.toml." for number in sorted(proofs.keys() - rows.keys())]
    for number, row in rows.items():
        has_reason = row.get("state") in STATES and bool(row.get("reason"))
        if has_reason == (number in proofs):
            faults.append(f"Row {number} needs a test or a state with its reason, not both.")
    return faults


def describe_row(row: dict[str, Any], proofs: dict[int, list[str]]) -> tuple[str, ...]:
    proof = "<br>".join([*filter(None, [row.get("note")]), *proofs.get(row["number"], [])]) or row["reason"]
    state = "met" if row["number"] in proofs else row.get("state", "open")
    return str(row["number"]), row["asvs"], row["demand"], state, proof
