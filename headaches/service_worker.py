"""The script of the service worker and the files it stores, derived from what the scripts import."""

import json
import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.urls import reverse

WORKER: Final = "js/offline/worker.js"
# What the page without a network is made of; the scripts bring what they import.
FILES: Final = (
    "vendor/pico/pico.layer.css", "css/tokens.css", "css/base.css", "css/diary.css", "css/print.css",
    "vendor/atkinson/atkinson-latin.woff2", "img/favicon.svg",
)  # fmt: skip
SCRIPTS: Final = ("js/offline/page.js", "js/accounts/theme.js")
IMPORT = re.compile(r'^import\s[^;"]*"(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const |class |let |function |async )", re.MULTILINE)


def read_script(name: str) -> str:
    """The text of a script as the site serves it."""
    if settings.DEBUG:
        return Path(str(finders.find(name))).read_text()
    with staticfiles_storage.open(name) as script:
        return str(script.read().decode())


def list_modules(*entries: str) -> list[str]:
    """These scripts and all they import, directly or not; each stands after what it imports."""
    modules: list[str] = []

    def visit(name: str) -> None:
        if name in modules:
            return
        for address in IMPORT.findall(read_script(name)):
            visit(posixpath.normpath(posixpath.join(posixpath.dirname(name), address)))
        modules.append(name)

    for entry in entries:
        visit(entry)
    return modules


def assemble_worker() -> str:
    """The worker as one classic script: not every browser that runs workers runs them as modules.

    Its modules stand one after the other in one scope, so no two of them may declare the same name.
    """
    modules = [EXPORT.sub("", IMPORT.sub("", read_script(name))) for name in list_modules(WORKER)]
    files = [static(name) for name in (*FILES, *list_modules(*SCRIPTS))]
    constants = (
        f"const OFFLINE_PAGE = {json.dumps(reverse('offline'))};\nconst FILES = {json.dumps(files)};\n"
    )
    return f'{constants}(() => {{\n"use strict";\n{"".join(modules)}}})();\n'


# Collected files do not change while a process runs, and every page asks for the worker.
assemble_worker_once = cache(assemble_worker)
