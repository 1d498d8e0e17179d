"""What is made of the scripts when static files are collected."""

import json
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.files import File

from botoxtrack.static_storage import ModuleStorage

SOURCES = sorted((settings.BASE_DIR / "static/js").rglob("*.js"))


@pytest.fixture
def collected() -> dict[str, str]:
    """Names of the files with a hash, by their names without one."""
    paths: dict[str, str] = json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]
    return paths


def test_a_module_imports_files_by_their_hash(collected: dict[str, str]) -> None:
    scripts = {name for name in collected.values() if name.startswith("js/")}
    assert scripts
    for script in scripts:
        code = (settings.STATIC_ROOT / script).read_text()
        imported = {urljoin(script, address) for address in re.findall(r'from\s*"(\.[^"]+)"', code)}
        assert imported <= scripts, script


def without_comment_lines(code: str) -> list[str]:
    """Line by line, as the storage does it by one expression."""
    lines, is_in_comment = [], False
    for line in code.splitlines():
        text = line.strip()
        opens = text.startswith("/*")
        if not (is_in_comment or opens or text.startswith("//")):
            lines.append(line)
        is_in_comment = (is_in_comment or opens) and not text.endswith("*/")
    return lines


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_of_a_script_the_lines_of_comments_alone_are_left_out(source: Path) -> None:
    served = (settings.STATIC_ROOT / source.relative_to(settings.BASE_DIR / "static")).read_text()
    assert served.splitlines() == without_comment_lines(source.read_text())
    assert len(served) < len(source.read_text())


def test_a_comment_within_a_line_and_the_files_of_others_stay(tmp_path: Path) -> None:
    storage = ModuleStorage(location=tmp_path)
    code = '// why\nconst a = "// no comment"; // why\n  /* two\n   lines */\nconst b = /** @type {any} */ (a);\n'
    for name in ("js/lib/one.js", "vendor/two.js"):
        storage.save(name, File(BytesIO(code.encode()), name))
    assert (tmp_path / "js/lib/one.js").read_text() == (
        'const a = "// no comment"; // why\nconst b = /** @type {any} */ (a);\n'
    )
    assert (tmp_path / "vendor/two.js").read_text() == code


def test_files_are_compressed_for_browsers_that_take_brotli_and_for_those_that_do_not(
    collected: dict[str, str],
) -> None:
    script = settings.STATIC_ROOT / collected["js/offline/queue.js"]
    brotli, gzip, plain = (Path(f"{script}{ending}").stat().st_size for ending in (".br", ".gz", ""))
    assert brotli < gzip < plain
