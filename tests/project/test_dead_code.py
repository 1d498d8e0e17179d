"""No code that nothing uses. vulture looks; what it cannot see (templates, settings, names in texts) is read here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from vulture import Vulture

ROOT = Path(settings.BASE_DIR)
FOLDERS = [*settings.LOCAL_APPS, "botoxtrack", "bench", "bin"]
# Looked up by name by Django, allauth, Celery, kombu, asyncio, argparse or a linter, and so used.
CALLED_BY_NAME = {
    "requires_system_checks",
    "Command", "Meta", "abstract", "add_arguments", "clean", "handle", "ready", "process_view", "urlpatterns",
    # allauth's adapters and forms
    "generate_authenticator_name", "get_password_change_redirect_url", "signup", "remember", "field_order",
    "_get_login_attempts_cache_key", "_resend_form_valid", "process_template_response",
    # password validators and the user model
    "get_user", "validate", "get_help_text", "get_by_natural_key", "USERNAME_FIELD", "EMAIL_FIELD", "REQUIRED_FIELDS",
    # forms and models
    "default_error_messages", "error_messages", "widgets", "constraints", "ordering", "help_texts", "input_type",
    # the session store, and what is replaced in allauth's list of log-ins
    "_session_key", "get_prep_value", "is_current",
    # kombu, Celery, asyncio, upload handlers, static files
    "_put", "Channel", "remaining_estimate", "connection_made", "data_received", "handle_raw_input",
    "new_file",
       "receive_data_chunk", "file_complete", "create_compressor", "compress_brotli",
    "support_js_module_import_aggregation", "manifest_strict",
    # the definitions of a metric, a reference line and a rhythm, which tests ask one by one
    "metric_value", "LINES", "RHYTHMS",
    # the models that an export leaves out, which a test checks for completeness
    "IN_RECORD_FILES", "LEFT_OUT",
    # attributes of other libraries' objects
    "ordered_attributes", "StartElementHandler", "EndElementHandler", "EntityDeclHandler",
    "database_url", "input_formats", "field_template_name", "form_template_name", "metadata", "create_system",
    "external_attr", "max_redirects", "trust_env", "output_field", "get_contents",
    "ROOT_URLCONF", "handler400", "handler500", "cursor_factory", "as_postgresql",
}  # fmt: skip
PATTERNS = re.compile(r"clean_\w+|\w+Config|test_\w+")


def names_in_templates() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.*"):
        for tag in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", path.read_text(), re.DOTALL):
            yield from re.findall(r"\w+", tag)


def names_in_texts() -> Iterator[str]:
    """Identifiers in the string constants of our code: dotted paths, lookups of the ORM, names of attributes."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from re.findall(r"\w+", node.value.replace("__", " "))


def unused() -> list[str]:
    search = Vulture(ignore_decorators=["@receiver*", "@register*"])
    search.scavenge(
        [str(ROOT / folder) for folder in FOLDERS if (ROOT / folder).exists()], exclude=["*/migrations/*"]
    )
    # bin/run and bin/test have no suffix, which vulture asks for.
    for script in ("run", "test", "vendor"):
        search.scan((ROOT / "bin" / script).read_text(), filename=ROOT / "bin" / script)
    search.used_names.update(names_in_templates(), names_in_texts(), CALLED_BY_NAME)
    return [
        f"{item.filename.relative_to(ROOT)}:{item.first_lineno} {item.typ} {item.name}"
        for item in search.get_unused_code(min_confidence=60)
        if not PATTERNS.fullmatch(item.name)
        # Members of choices: their values are in the database.
        and not (item.typ == "variable" and item.name.isupper() and "models" in str(item.filename))
        and not item.filename.is_relative_to(ROOT / "botoxtrack" / "settings")
    ]


@pytest.mark.slow
def test_nothing_is_unused() -> None:
    assert unused() == []


def test_unused_code_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "bin").mkdir()
    for script in ("run", "test", "vendor"):
        (tmp_path / "bin" / script).write_text("")
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "module.py").write_text("def used(): pass\n\n\ndef unused(): pass\n\n\nused()\n")
    monkeypatch.setattr("tests.project.test_dead_code.ROOT", tmp_path)
    assert unused() == ["core/module.py:4 function unused"]
