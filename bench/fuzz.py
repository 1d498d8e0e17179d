"""Feed mutated files and messages to everything that reads what others send.

    python -m bench.fuzz [--seconds N] [--reader NAME ...] [--seed N] [--save FOLDER]

Each upload goes through the pages of the import up to the import itself, which is rolled back. A fault is an exception,
a status of 500 or more, more than 10 s of the processor, more than 300 MB, or a row that is written before the import
is confirmed. Prints runs tried and faults found by reader; each fault with the seed that repeats it, and with --save as
a file. The exit code is 1 if there is one.
"""

import argparse
import json
import logging
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from gettext import GNUTranslations
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from bench.mutations import mutate

MAX_SECONDS: Final = 10  # of the processor
MAX_MEMORY: Final = 300 * 1024**2  # bytes more than before
EMAIL: Final = "fuzz@example.org"
HOOK: Final = "hook:0123456789abcdef"
ROOT: Final = Path(__file__).resolve().parent.parent


class HangError(BaseException):
    """Raised in a run that takes too long; no reader catches it."""


class Reader(NamedTuple):
    """What is fed, and how: `read` returns what is wrong, or "" if nothing is."""

    seeds: list[bytes]
    read: Callable[[bytes], str]


def stop_run(*_args: object) -> None:
    raise HangError


def set_up(folder: str) -> None:
    """Start Django with an empty SQLite database in a folder, and limit memory and time."""
    for name in ("DATABASE_URL", "CACHE_URL", "EMAIL_URL"):  # of whoever runs this
        os.environ.pop(name, None)
    os.environ |= {
        "DEBUG": "1",
        "VAR_DIR": folder,
        "ALLOWED_HOSTS": "localhost",
        "MAIL_PROVIDER": "postmark",
        "MAIL_HOOK_SECRET": HOOK,
        "MAIL_RETURN_PATH": "back@example.org",
    }
    os.environ["DJANGO_SETTINGS_MODULE"] = "botoxtrack.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    warnings.simplefilter("ignore")
    logging.disable()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(
        resource.RLIMIT_AS, (pages * resource.getpagesize() + MAX_MEMORY, resource.RLIM_INFINITY)
    )
    signal.signal(signal.SIGPROF, stop_run)


# ---------- readers ----------


def count_rows() -> int:
    """Count what an import writes."""
    from exchange.schema import FILES

    return sum(schema.model._default_manager.count() for schema in FILES.values())


def build_upload_reader(client: Any, record: Any) -> Callable[[bytes], str]:
    """Return a reader that uploads a file, opens its pages, takes the first guesses and imports it."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.urls import reverse
    from django.utils import timezone

    from exchange.archive import RefusedError
    from exchange.imports import draft as drafts
    from exchange.management.commands.import_diary import choose_columns
    from exchange.models import ImportDraft

    def get_page(page: str) -> int:
        status: int = client.get(page, follow=True).status_code
        return status

    def read(data: bytes) -> str:
        before, now = count_rows(), timezone.now()
        answer = client.post(reverse("data"), {"file": SimpleUploadedFile("diary.csv", data)})
        draft = ImportDraft.objects.filter(record=record).first()
        statuses = [answer.status_code]
        if draft is not None:
            page = reverse("import_draft", args=[draft.pk])
            statuses.append(get_page(page))
            session = drafts.open_import(draft, record, now)
            try:
                if session.offers:
                    drafts.choose_encoding(session, session.offers[0].codec, now)
                    session = drafts.open_import(draft, record, now)
                if session.needs_columns:
                    choose_columns(session, {}, now)
            except RefusedError:
                return "rows of a refused file" if count_rows() != before else ""
            statuses.append(get_page(page))
        if count_rows() != before:
            return "rows before the import"
        if draft is not None:
            session = drafts.open_import(ImportDraft.objects.get(pk=draft.pk), record, now)
            shown = session.plan.fingerprint()
            statuses.append(
                client.post(reverse("apply_import", args=[draft.pk]), {"shown": shown}).status_code
            )
            statuses.append(get_page(page))
        return f"status {max(statuses)}" if max(statuses) >= 500 else ""

    return read


def build_post_reader(client: Any, page: str, **headers: str) -> Callable[[bytes], str]:
    """Return a reader that posts a JSON body to a page."""

    def read(data: bytes) -> str:
        status = client.post(page, data, content_type="application/json", **headers).status_code
        return f"status {status}" if status >= 500 else ""

    return read


def read_catalogue(data: bytes) -> str:
    """Compile a catalogue as a start of the site does, and load it."""
    from django.core.exceptions import ImproperlyConfigured

    from botoxtrack.languages import CATALOGUE, compile_catalogues

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "locale" / "de" / CATALOGUE
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        try:
            compiled = compile_catalogues(Path(folder) / "locale", Path(folder))
        except ImproperlyConfigured:
            return ""
        with (compiled / "de" / CATALOGUE.with_suffix(".mo")).open("rb") as file:
            GNUTranslations(file).ngettext("x", "y", 2)
    return ""


def read_bounce(data: bytes) -> str:
    from reminders.operations.bounces import parse_bounce

    parse_bounce(data)
    return ""


# ---------- seeds ----------

BOUNCE: Final = """From: MAILER-DAEMON@mail.example.org
To: <{to}>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

SXQgZmFpbGVkLg==

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; alice@example.org
Action: failed
Status: 5.1.1

--b--
"""
HOOK_EVENT: Final = {
    "RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "x", "ID": 1, "Email": EMAIL,
    "BouncedAt": "2026-05-06T12:00:00Z", "Details": "", "Description": "", "Tag": "", "Metadata": {"a": "b"},
}  # fmt: skip
ENTRY: Final = {
    "key": "5f0c1f3e-54a1-4a5c-8a3e-3b5f0f6b8d11", "kind": "answer", "date": "2026-04-01", "age": 5, "waited": False,
    "value": "mild", "base": "", "after": None,
}  # fmt: skip


def build_readers(client: Any, record: Any) -> dict[str, Reader]:
    from django.urls import reverse
    from django.utils import timezone

    from exchange.archive import pack_files
    from exchange.export import write_files
    from exchange.rows import export_rows
    from reminders.emails.links import build_return_path
    from tests.exchange.samples import OWN, SAMPLES
    from tests.exchange.workbooks import ods, xls, xlsx

    upload = build_upload_reader(client, record)
    samples = [sample.data.encode() for sample in SAMPLES.values()]
    own_files = write_files(export_rows(record)) | {"diary.csv": OWN.encode()}
    own_files["sessions.csv"] = b"date,product,units\n2026-02-01,Botox,155\n"
    own_files["medications.csv"] = b"date,name,class,doses\n2026-04-01,Sumatriptan,triptan,1\n"
    rows: list[list[Any]] = [
        ["Date", "Pain", "Hours"],
        [timezone.now().date(), 7, 3.5],
        ["1.4.2026", 0, None],
    ]
    entries = [ENTRY, ENTRY | {"kind": "undo", "value": ENTRY["key"]}, ENTRY | {"kind": "take", "value": "1"}]
    sync = [
        json.dumps({"entries": entries, "part": part}).encode() for part in ("home", "week", "day 2026-04-01")
    ]
    hook = b64encode(HOOK.encode()).decode()
    catalogue = (ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po").read_bytes()
    parts = catalogue.split(b"\n\n")
    return {
        "own": Reader([pack_files(own_files), pack_files({"diary.csv": OWN.encode()}), OWN.encode()], upload),
        "csv": Reader([data for data in samples if data[:1] not in b"{<"], upload),
        "json": Reader([data for data in samples if data[:1] == b"{"], upload),
        "xml": Reader([data for data in samples if data[:1] == b"<"], upload),
        "sheet": Reader([xlsx(A=rows), ods(A=rows), xls(A=rows)], upload),
        "po": Reader([parts[0] + b"\n\n" + b"\n\n".join(parts[at : at + 6]) for at in (1, 300, 600)], read_catalogue),
        "bounce": Reader([BOUNCE.format(to=build_return_path("a" * 24, EMAIL)).encode()], read_bounce),
        "sync": Reader(sync, build_post_reader(client, reverse("sync"))),
        "hook": Reader(
            [json.dumps(HOOK_EVENT).encode()],
            build_post_reader(client, reverse("mail_hook"), HTTP_AUTHORIZATION=f"Basic {hook}"),
        ),
    }  # fmt: skip


# ---------- runs ----------


def run_once(reader: Reader, data: bytes) -> str:
    """Return what is wrong after one run, "" if nothing is. Nothing it wrote stays."""
    from django.db import transaction

    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
    try:
        with transaction.atomic():
            problem = reader.read(data)
            transaction.set_rollback(True)
    except HangError:
        return f"more than {MAX_SECONDS} s"
    except MemoryError:
        return f"more than {MAX_MEMORY // 1024**2} MB"
    except Exception as error:  # noqa: BLE001  any is a fault of the reader
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = re.sub(r"\d+", "0", str(error))[:100]  # so that a fault is told once
        return f"{type(error).__name__}: {text} ({Path(place.filename).name}:{place.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return problem


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--reader", action="append", help="this one alone; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="of the first run")
    parser.add_argument("--save", type=Path, help="where the inputs of faults go")
    options = parser.parse_args()
    runs: Counter[str] = Counter()
    faults: dict[tuple[str, str], int] = {}
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        from django.test import Client

        from accounts.models import Record, User

        record = Record.objects.create(user=User.objects.create_user(EMAIL))
        client = Client(SERVER_NAME="localhost")
        client.force_login(record.user)
        client.get("/")  # enters the log-in in the list of log-ins
        readers = build_readers(client, record)
        chosen = options.reader or list(readers)
        end = time.monotonic() + options.seconds
        for seed in count(options.seed):
            if time.monotonic() > end:
                break
            name = chosen[seed % len(chosen)]
            data = mutate(readers[name].seeds, Random(f"{name} {seed}"))
            problem = run_once(readers[name], data)
            runs[name] += 1
            if problem and (name, problem) not in faults:
                faults[name, problem] = seed
                if options.save:
                    options.save.mkdir(parents=True, exist_ok=True)
                    (options.save / f"{name}-{seed}").write_bytes(data)
    for name in chosen:
        found = sum(reader == name for reader, _problem in faults)
        print(f"{name:8} {runs[name]:7} runs, {found} faults")
    for (name, problem), seed in faults.items():
        print(f"{name}: {problem}; repeat with --reader {name} --seed {seed}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
