"""The house is a test: who imports whom, what is pure, that every row has an owner, that every route is classified."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("accounts", "headaches", "treatments", "progress", "reminders")
# What each app may import beside itself and libraries.
BELOW = {
    "accounts": set(),
    "headaches": {"accounts"},
    "treatments": {"accounts", "headaches"},
    "progress": {"accounts", "headaches", "treatments"},
    "reminders": {"accounts", "headaches", "treatments"},
    "botoxtrack": set(),
}
# Pure: values in, values out. The standard library and each other, nothing else.
PURE = sorted(path for path in (ROOT / "progress" / "figures").glob("*.py"))
PURE_WITHOUT_CLOCK = [
    *PURE, ROOT / "headaches" / "rhythm.py", ROOT / "treatments" / "schedule.py", ROOT / "reminders" / "when.py",
]  # fmt: skip
CLOCKS = {"now", "today", "utcnow", "time", "monotonic"}


def sources(app: str) -> Iterator[Path]:
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("app", [*APPS, "botoxtrack"])
def test_an_app_imports_only_the_floors_below_it(app: str) -> None:
    forbidden = ({*APPS, "botoxtrack"} - {app}) - BELOW[app]
    wrong = {
        str(path.relative_to(ROOT)): names for path in sources(app) if (names := imported(path) & forbidden)
    }
    assert wrong == {}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_the_figures_use_the_standard_library_alone(path: Path) -> None:
    import sys

    assert imported(path) - {"progress"} <= sys.stdlib_module_names
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("progress"):
            assert (node.module or "").startswith("progress.figures")


@pytest.mark.parametrize("path", PURE_WITHOUT_CLOCK, ids=lambda path: path.name)
def test_pure_modules_have_no_clock(path: Path) -> None:
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"date", "datetime", "time", "timezone"}
    }
    assert calls & CLOCKS == set()


@pytest.mark.parametrize("app", APPS)
def test_views_never_start_from_all_rows_of_a_model(app: str) -> None:
    """Model.objects in a view would pass by accounts.access; what a view needs, the door or an action gives."""
    path = ROOT / app / "views.py"
    found = {
        f"{node.value.id}.objects"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name)
    }
    assert found <= {"DemoLetter.objects"}  # nobody's


def path_to_owner(model: type[models.Model], seen: tuple[type[models.Model], ...] = ()) -> list[str] | None:
    """The relations from a model to its record or user."""
    if model.__name__ in {"User", "Record"}:
        return []
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model not in (*seen, model):
            further = path_to_owner(field.related_model, (*seen, model))  # type: ignore[arg-type]  # a model class
            if further is not None and not field.null:
                return [field.name, *further]
    return None


def test_every_row_carries_its_patient_directly_or_through_one_parent() -> None:
    ours = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    # Demo mode's mailbox, the pace of mail domains, and the pulse of the jobs belong to nobody.
    ownerless = {"DemoLetter", "MailPace", "Pulse"}
    paths = {model.__name__: path_to_owner(model) for model in ours if model.__name__ not in ownerless}
    assert {name: path for name, path in paths.items() if path is None or len(path) > 2} == {}


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for app in APPS
        for path in sources(app)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert long == []


def test_every_public_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in sources(app)
        if path.name not in {"__init__.py", "apps.py", "urls.py"}
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
