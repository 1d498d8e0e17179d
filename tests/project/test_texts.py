"""Every text a person may read goes through gettext and stands in every catalogue, whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polib
import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils.translation import gettext, ngettext, override

from botoxtrack import languages
from core.management.commands.messages import FORMATS, METADATA, Command, extract_messages
from tests.project.test_architecture import APPS, sources
from tests.pseudo import CODE, catalogue, pseudo, spoken

ROOT = Path(settings.BASE_DIR)
CATALOGUES = languages.find_catalogues(ROOT / "locale")
HOW = "Run manage.py messages, then write each msgstr that is missing in locale/{}/LC_MESSAGES/django.po:"
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?\w+[^>]*>")
Key = tuple[str | None, str, str]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDERS.findall(text))


@pytest.fixture(scope="module")
def tree() -> set[Key]:
    """Every text that code and templates hold."""
    texts = [(message.context, message.id) for message in extract_messages(ROOT) if message.id]
    return {(context, text, "") if isinstance(text, str) else (context, *text) for context, text in texts}


def wrong_with(entry: polib.POEntry, plurals: int) -> Iterator[str]:
    """What is wrong with one translation; nothing of one that is right."""
    if entry.obsolete or "fuzzy" in entry.flags:
        yield "is fuzzy or obsolete"
    if not all(forms(entry)) or len(forms(entry)) != (plurals if entry.msgid_plural else 1):
        yield "has no translation, or not in every plural form"
        return
    wanted = placeholders(entry.msgid_plural or entry.msgid)
    if placeholders(forms(entry)[-1]) != wanted:
        yield f"does not hold the same placeholders: {forms(entry)[-1]!r}"
    if any(set(placeholders(form)) - {*wanted, *placeholders(entry.msgid)} for form in forms(entry)):
        yield "has a placeholder that is not there"
    edges = [(text[:1].isspace(), text[-1:].isspace()) for text in (entry.msgid, *forms(entry))]
    if len(set(edges)) > 1:
        yield "begins or ends with a space where the other does not"


@pytest.mark.parametrize("code", CATALOGUES)
def test_every_text_is_translated_whole_in_every_language(code: str, tree: set[Key]) -> None:
    file = polib.pofile(str(CATALOGUES[code]))
    plurals = int(re.findall(r"nplurals=(\d)", file.metadata["Plural-Forms"])[0])
    have = {key(entry): entry for entry in file}
    wrong = [f"not in the catalogue: {one[1]!r}" for one in tree if one not in have]
    wrong += [f"no longer in the tree: {one[1]!r}" for one in have if one not in tree]
    wrong += [f"{entry.msgid!r} {words}" for entry in file for words in wrong_with(entry, plurals)]
    assert not wrong, "\n".join([HOW.format(CATALOGUES[code].parts[-3]), *wrong])


@pytest.mark.parametrize(
    ("msgid", "plural", "translated"),
    [
        ("%(n)s day", "", ["%(m)s Tag"]),
        ("%(n)s day", "", [""]),
        ("%(n)s day", "%(n)s days", ["%(n)s Tag"]),
        ("%(n)s day", "%(n)s days", ["%(n)s Tag", "Tage"]),
        ("<strong>%(n)s</strong>", "", ["%(n)s"]),
        (" and", "", ["und"]),
    ],
)
def test_the_look_at_a_translation_is_not_blind(msgid: str, plural: str, translated: list[str]) -> None:
    entry = polib.POEntry(msgid=msgid, msgid_plural=plural)
    entry.msgstr, entry.msgstr_plural = translated[0], dict(enumerate(translated)) if plural else {}
    assert list(wrong_with(entry, 2))


# ---------- texts that pass by gettext ----------

# The product's name, files of an export, names of browsers and systems: the same in every language.
NAMES = {
    "BotoxTrack", "Android", "Chrome", "ChromeOS", "Edge", "Firefox", "Internet", "Linux", "Mac", "Opera", "Safari",
    "Samsung", "Windows", "iPad", "iPhone",
}  # fmt: skip
SKIPPED = re.compile(
    r"{%\s*(blocktranslate|comment)\b.*?{%\s*end\1\s*%}|{#.*?#}|<(script|style|code)\b.*?</\2>|<!.*?>"
    r"|{%\s*block \w+_(?:class|attributes)\s*%}.*?{%\s*endblock\s*%}",
    re.DOTALL,
)
SHOWN_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')


def bare_words(template: str) -> set[str]:
    """Words of a template that no translation reaches."""
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", SKIPPED.sub(" ", template), flags=re.DOTALL)
    shown = [re.sub(r"<[^>]*>", " ", text), *SHOWN_ATTRIBUTES.findall(text)]
    return {
        word for part in shown for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", part))
    } - NAMES


def test_no_word_of_a_template_passes_by_gettext() -> None:
    paths = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    found = {str(path.relative_to(ROOT)): words for path in paths if (words := bare_words(path.read_text()))}
    assert {name: words for name, words in found.items() if name not in NOT_READ} == {}
    assert bare_words('<p title="Seen">Read {% translate "not this" %} {{ nor }} this</p>') == {
        "Seen",
        "Read",
        "this",
    }


# Words that are values of attributes or of files, not texts.
NOT_READ = {
    "templates/mfa/authenticate.html",
    "templates/exchange/export.html",
    "templates/headaches/offline.html",
}
# Calls whose first text a person reads.
SPEAKING = {"ValidationError", "success", "error", "warning", "info", "add_error"}


def spoken_bare(code: str) -> list[int]:
    """Lines of calls that say a text as it stands in the code."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        in SPEAKING
        and not (
            isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in {"log", "logger"}
        )
        for said in node.args[:2]
        for part in (said.values if isinstance(said, ast.JoinedStr) else [said])
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value
    ]


def test_no_sentence_in_code_passes_by_gettext() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for app in APPS
        for path in sources(app)
        if "commands" not in path.parts
        for line in spoken_bare(path.read_text())
    }
    assert found == set()
    assert spoken_bare('raise ValidationError("No such day.")\nmessages.error(request, f"No {x}")') == [1, 2]


# ---------- languages are found ----------


def test_a_further_po_file_alone_adds_a_language(tmp_path: Path) -> None:
    folder = tmp_path / "locale"
    for name in ("de", "pt_BR"):
        file = polib.POFile()
        file.metadata = METADATA
        file.append(polib.POEntry(msgid="Saved.", msgstr=f"Saved in {name}."))
        (folder / name / "LC_MESSAGES").mkdir(parents=True)
        file.save(str(folder / name / "LC_MESSAGES" / "django.po"))
    assert languages.list_languages(folder) == [
        ("en", "English"),
        ("de", "Deutsch"),
        ("pt-br", "Português Brasileiro"),
    ]
    first = languages.compile_catalogues(folder, tmp_path)
    assert languages.compile_catalogues(folder, tmp_path) == first
    with (
        override_settings(LANGUAGES=languages.list_languages(folder), LOCALE_PATHS=[first]),
        override("pt-br"),
    ):
        assert gettext("Saved.") == "Saved in pt_BR."
    path = folder / "de" / "LC_MESSAGES" / "django.po"
    path.write_text(path.read_text().replace("Saved in de.", "Gespeichert."))
    assert languages.compile_catalogues(folder, tmp_path) != first, "a changed catalogue is compiled anew"


@pytest.mark.parametrize(
    "text",
    [
        "Saved. = Gespeichert.\n",
        # Read, but no page could be shown with it.
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != ;\\n"\n',
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-9\\n"\n\nmsgid "a"\nmsgstr "ä"\n',
    ],
    ids=["no catalogue", "no plural form", "no such charset"],
)
def test_a_catalogue_that_cannot_be_read_is_named_in_a_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "locale" / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ImproperlyConfigured, match=r"django\.po cannot be read as a catalogue: "):
        languages.compile_catalogues(tmp_path / "locale", tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["locale"], "nothing half made is left"


def test_a_catalogue_keeps_what_is_translated_and_loses_what_is_gone(tmp_path: Path) -> None:
    file = polib.POFile()
    file.metadata = METADATA
    file.extend([polib.POEntry(msgid="Gone", msgstr="Fort"), polib.POEntry(msgid="Kept", msgstr="Bleibt")])
    found = Catalog()
    found.add("New", flags=[FORMATS[0]])
    found.add("Kept")
    path = tmp_path / "django.po"
    file.save(str(path))
    Command(stdout=StringIO()).update_catalogue(path, found, "de")
    assert [(entry.msgid, entry.msgstr) for entry in polib.pofile(str(path))] == [
        ("New", ""),
        ("Kept", "Bleibt"),
    ]


def test_the_command_refuses_what_is_no_language() -> None:
    with pytest.raises(CommandError, match="is no name of a language"):
        call_command("messages", "../de")


# ---------- the language of the tests ----------


def test_the_language_of_the_tests_is_half_as_long_again_and_keeps_what_programs_read(tmp_path: Path) -> None:
    assert (
        pseudo("Saved: <b>%(name)s</b> at {time} &amp; 5 %%")
        == "⟦Sávédsáv: <b>%(name)s</b> átá {time} &amp; 5 %%⟧"
    )
    whole = catalogue(CATALOGUES["de"])
    lengths = [(len(entry.msgid), len(entry.msgstr)) for entry in whole if len(entry.msgid) > 40]
    assert sum(long for _short, long in lengths) > 1.35 * sum(short for short, _long in lengths)
    with spoken(tmp_path), override(CODE):
        assert gettext("Saved.") == "⟦Sávédsáv.⟧"
        assert ngettext("%(number)s day", "%(number)s days", 2) == "⟦%(number)s dáýsdá⟧"
    assert CODE not in dict(settings.LANGUAGES)


def test_no_text_is_in_an_f_string() -> None:
    """Older versions of xgettext do not find it there, so that it would never be translated."""
    found = [
        f"{path}:{node.lineno}"
        for app in APPS
        for path in sources(app)
        for part in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(part, ast.JoinedStr)
        for node in ast.walk(part)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "gettext"}
    ]
    assert found == []
