"""The documents are true: generated pages are current, files they name exist, the glossary has every term."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from core.documents import PAGES
from figures.values import METRICS
from headaches.models import DayState
from reminders.models import Kind, State

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "adr").glob("*.md"),
]
# A path below one of the folders of the repository, in code quotes or as the target of a link.
PATHS = re.compile(r"`([\w.]+/[\w./*<>-]*)`|\]\((?!https?:|#)([^)#]+)")
ADR_HEADINGS = ["## Context", "## Decision", "## Consequences", "## Revisit when"]
# Paths that only exist on a running site, or that a reader is to make.
NOT_IN_THE_REPOSITORY = re.compile(r"(?:var|locale/fr|templates/<app>|host)(?:/|$)")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_current(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](), "run manage.py generate_docs"


@pytest.mark.parametrize("name", ["docs/commands.md", "docs/urls.md", "docs/configuration.md"])
def test_no_row_of_a_generated_page_lacks_its_explanation(name: str) -> None:
    """The explanation is the last column: a view's docstring, the help of an argument."""
    rows = [line for line in PAGES[name]().splitlines() if line.startswith("|")]
    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []


def test_the_command_names_a_stale_page(monkeypatch: Any, tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs" / "adr").mkdir(parents=True)
    with pytest.raises(Exception, match=r"Stale: docs/configuration\.md"):
        call_command("generate_docs", check=True)
    assert not (tmp_path / "docs" / "configuration.md").exists()
    call_command("generate_docs")
    call_command("generate_docs", check=True)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    missing = []
    for quoted, link in PATHS.findall(document.read_text()):
        base = document.parent if link else ROOT
        name = link or quoted
        if NOT_IN_THE_REPOSITORY.match(name) or (quoted and not (ROOT / name.split("/")[0]).exists()):
            continue
        if not (base / name).exists():
            missing.append(name)
    assert missing == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_every_decision_record_is_complete() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert len(records) >= 41
    assert len({path.name[:4] for path in records}) == len(records)
    for path in records:
        number, text = int(path.name[:4]), path.read_text()
        assert text.startswith(f"# {number}. ")
        assert re.search(r"^\* Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
        assert [line for line in text.splitlines() if line.startswith("## ")] == ADR_HEADINGS


def test_the_glossary_has_every_term() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    models = [
        model.__name__ for app in settings.LOCAL_APPS for model in apps.get_app_config(app).get_models()
    ]
    assert [name for name in models if f"({name})" not in glossary] == []
    rows = {line.split("|")[1].strip() for line in glossary.splitlines() if line.startswith("| ")}
    assert {*DayState.values, *METRICS, *State.values} - rows == set()
    kinds = next(line for line in glossary.splitlines() if line.startswith("| kind |"))
    assert [kind for kind in Kind.values if not re.search(rf"\b{kind}\b", kinds)] == []


def test_the_settings_read_every_variable_and_no_other() -> None:
    code = "".join(
        path.read_text()
        for folder in ("botoxtrack/settings", "demo")
        for path in (ROOT / folder).rglob("*.py")
    )
    readers = (
        "text|paragraphs|text_list|host_list|flag|number|whole_number|seconds_list|address|origin|sender"
    )
    readers += r"|environ\.get"
    read = set(re.findall(rf'(?:{readers})\(\s*"([A-Z_]+)"', code))
    assert read == set(settings.ENVIRONMENT_VARIABLES)
