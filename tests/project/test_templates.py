"""Templates that can be read: short lines, clean for the linter, and safe to load without their indentation."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Engine
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
MAX_LENGTH = 140
TEXT = re.compile(
    r"\{% *blocktranslate\b(?P<options>.*?)%\}(?P<text>.*?)\{% *endblocktranslate *%\}", re.DOTALL
)
# What stands in front of the end of an element that shows line breaks as they are.
VERBATIM = re.compile(r">(?P<text>[^<>]*)</(?:pre|textarea)>")


def places(pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Each match in a template, with its file and line."""
    for path in TEMPLATES:
        source = path.read_text()
        for match in pattern.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}", match


def test_no_line_of_a_template_is_long() -> None:
    long = [place for place, _match in places(re.compile(rf"^.{{{MAX_LENGTH + 1},}}$", re.MULTILINE))]
    assert not long, f"Longer than {MAX_LENGTH} characters:\n" + "\n".join(long)


@pytest.mark.slow
def test_the_linter_finds_nothing_in_the_templates() -> None:
    command = [sys.executable, "-m", "djlint", "templates", "--lint", "--quiet"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_text_of_several_lines_is_trimmed_so_that_breaking_it_does_not_change_it() -> None:
    broken = [
        place
        for place, match in places(TEXT)
        if "\n" in match["text"] and "trimmed" not in match["options"].split()
    ]
    assert not broken, "blocktranslate without trimmed:\n" + "\n".join(broken)


def test_no_element_that_shows_line_breaks_holds_one() -> None:
    broken = [place for place, match in places(VERBATIM) if "\n" in match["text"]]
    assert not broken, "Broken <pre> or <textarea>:\n" + "\n".join(broken)


def test_pages_are_loaded_without_indentation_and_e_mails_in_plain_text_as_they_are() -> None:
    page = get_template("base.html").template.source  # type: ignore[attr-defined]
    letter = get_template("account/email/_enter_code.txt").template.source  # type: ignore[attr-defined]
    assert "\n " not in page
    assert letter == (ROOT / "templates" / "account" / "email" / "_enter_code.txt").read_text()


def test_a_tag_with_a_line_to_itself_leaves_no_empty_line_and_words_keep_their_distance(
    tmp_path: Path,
) -> None:
    source = "<p>\n  one\n  {% if yes %}\n    two\n  {% endif %}\n  three\n</p>\n"
    (tmp_path / "page.html").write_text(source)
    for is_debug, expected in (
        (False, "<p>\none\ntwo\nthree\n</p>\n"),
        (True, source.replace("{% if yes %}", "").replace("{% endif %}", "")),
    ):
        engine = Engine(dirs=[str(tmp_path)], loaders=["core.template_loader.Loader"], debug=is_debug)
        assert engine.get_template("page.html").render(Context({"yes": True})) == expected
