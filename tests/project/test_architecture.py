"""Architecture rules beyond the import contracts of pyproject.toml: purity, access, ownership, size."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = tuple(settings.LOCAL_APPS)
# Values in, values out: the standard library and each other, nothing else.
PURE = sorted((ROOT / "figures").glob("*.py"))
PURE_WITHOUT_CLOCK = [
    *PURE,
    ROOT / "headaches" / "rhythm.py",
    ROOT / "treatments" / "domain" / "schedule.py",
    ROOT / "reminders" / "rules.py",
]
FORMATS = "exchange/imports/formats"
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


def test_the_import_contracts_are_kept() -> None:
    # In a process of its own: import-linter configures logging and thereby silences the loggers of later tests.
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_import_contracts_name_every_app() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = {name.strip() for line in contracts["contracts"][0]["layers"] for name in line.split("|")}
    assert layers == set(APPS)
    assert set(contracts["root_packages"]) == {*APPS, "botoxtrack", "bench"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_the_figures_use_the_standard_library_alone(path: Path) -> None:
    assert imported(path) - {"figures"} <= sys.stdlib_module_names


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


def view_modules() -> list[str]:
    """Every module of ours that a URLconf takes a view from."""

    def modules(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from modules(pattern.url_patterns)
            else:
                yield pattern.callback.__module__

    return sorted({name for name in modules(get_resolver().url_patterns) if name.split(".")[0] in APPS})


@pytest.mark.parametrize("module", view_modules())
def test_views_never_start_from_all_rows_of_a_model(module: str) -> None:
    """Model.objects in a view would bypass accounts.access; a view gets its rows from there or from an action."""
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    found = {
        f"{node.value.id}.objects"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name)
    }
    assert found <= {"DemoEmail.objects"}  # belongs to nobody


def test_every_view_module_is_looked_at() -> None:
    named = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for app in APPS
        for path in sources(app)
        if "views" in path.relative_to(ROOT).with_suffix("").parts[1:] and path.name != "__init__.py"
    }
    # Error handlers are named by the settings, not by a URLconf.
    assert named - set(view_modules()) == {"accounts.views.errors"}


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
    # Demo mode's mailbox, the pace of mail domains, the pulse of the jobs and the key of push belong to nobody. The
    # audit log outlives its person.
    ownerless = {
        "DemoEmail", "DomainRateLimit", "JobHeartbeat", "PushKey", "AuditTrail", "AuditIdentity", "AuditEntry",
    }  # fmt: skip
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


def test_modules_stay_under_400_lines() -> None:
    folders = [*APPS, "botoxtrack", "bench", "bin"]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in folders
        for path in sources(folder)
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def imports_of(path: Path, modules: set[str]) -> set[str]:
    """Which of these modules a file imports, also inside of functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            # "from package import module" needs the package's own file only for names that are no modules.
            if all(f"{node.module}.{alias.name}" in modules for alias in node.names):
                names.discard(node.module)
    return names & modules


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        .removesuffix(".__init__")
        .removeprefix("bin."): path
        for folder in (*APPS, "botoxtrack", "bench", "bin")
        for path in sources(folder)
    }
    graph = {name: imports_of(path, set(paths)) - {name} for name, path in paths.items()}
    assert len(graph) > 250
    TopologicalSorter(graph).prepare()  # raises CycleError with the modules of a circle


def test_style_sheets_have_one_declaration_a_line() -> None:
    """Beside the table of colours, where a colour and its softer variant stand side by side."""
    crowded = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "static" / "css").glob("*.css"))
        if path.name != "tokens.css"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r";\s*[\w-]+\s*:", re.sub(r"url\([^)]*\)|/\*.*?\*/", "", line))
    ]
    assert crowded == []


def test_no_package_holds_over_a_fifth_of_the_product() -> None:
    lines = {
        package: sum(len(path.read_text().splitlines()) for path in sources(package))
        for package in (*APPS, "botoxtrack", FORMATS)
    }
    # The known diaries, a small module each, are a package of their own inside of exchange.
    lines["exchange"] -= lines[FORMATS]
    product = sum(lines.values())
    assert {name: count for name, count in lines.items() if count > product / 5} == {}


def test_every_public_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in sources(app)
        if path.name not in {"__init__.py", "apps.py", "urls.py"}
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
