"""How long a known diary's file takes in the browser, and how much memory a large export of Apple Health.

    python -m bench.import_diary [--small]

Ten years of attacks in Migraine Buddy's CSV (4,000 rows) are uploaded and previewed, then imported, as a browser does
it; the database is SQLite in a temporary folder. Then `manage.py import_diary` reads an export.xml of 2 GB, plain and
zipped, in a process of its own. Prints seconds and the peak of its memory.

The limits: preview 3 s, import 5 s, 150 MB. If one is exceeded, it says so and the exit code is 1.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from bench.django_site import set_up_django

EMAIL: Final = "bench@example.org"
ROWS: Final = 4000
MAX_PREVIEW: Final = 3  # s
MAX_IMPORT: Final = 5  # s
MAX_MEMORY: Final = 150  # MB
LARGE: Final = 2 * 1024**3  # bytes
SMALL: Final = 4 * 1024**2  # bytes
HEAD: Final = (
    '"Date","Time Period","Description","Notes"\n"No ongoing events recorded during this period.","","",""\n\n'
    '"#","Started","Lasted","Start UTC Offset (min)","Pain Level","Potential Triggers","Symptoms",'
    '"Helpful Medication","Notes"\n'
)
OTHER_RECORD: Final = (
    ' <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" '
    'device="&lt;&lt;HKDevice: 0x1&gt;, name:Watch&gt;" creationDate="2024-03-01 09:00:00 +0100" '
    'startDate="2024-03-01 09:00:00 +0100" endDate="2024-03-01 09:00:00 +0100" value="72"/>\n'
)
HEADACHE: Final = (
    ' <Record type="HKCategoryTypeIdentifierHeadache" sourceName="Health" startDate="{day} 09:00:00 +0100" '
    'endDate="{day} 12:00:00 +0100" value="HKCategoryValueSeverityModerate"/>\n'
)


def write_attacks(rows: int) -> bytes:
    """Return Migraine Buddy's CSV with an attack about every day until yesterday."""
    last = date.today() - timedelta(1)  # noqa: DTZ011  # any day of the past will do
    lines = (
        f'"{number}","{last - timedelta(number * 3650 // rows):%m/%d/%y} 21:30","05h 15m","60","{number % 11}",'
        f'"Weather, Stress","Nausea","Sumatriptan","woke up {number % 7}"\n'
        for number in range(rows)
    )
    return (HEAD + "".join(lines)).encode()


def write_export(path: Path, size: int) -> None:
    """Write an export.xml of at least `size` bytes with a headache in every MB."""
    block = OTHER_RECORD * (1024**2 // len(OTHER_RECORD))
    with path.open("w") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData []>\n<HealthData locale="de_DE">\n'
        )
        for number in range(size // len(block) + 1):
            file.write(block + HEADACHE.format(day=date(2015, 1, 1) + timedelta(number)))
        file.write("</HealthData>\n")


def time_browser(data: bytes) -> tuple[float, float, int]:
    """Return the seconds of upload and preview, those of the import, and the number of days brought in."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.urls import reverse

    from accounts.models import Record, User

    record = Record.objects.create(user=User.objects.create_user(EMAIL))
    client: Any = Client(SERVER_NAME="localhost")
    client.force_login(record.user)
    begin = time.perf_counter()
    where = client.post(reverse("data"), {"file": SimpleUploadedFile("buddy.csv", data)})["Location"]
    page = client.get(where).content.decode()
    fingerprint = page.split('name="shown" value="')[1].split('"')[0]
    previewed = time.perf_counter()
    client.post(f"{where}apply/", {"shown": fingerprint})
    return previewed - begin, time.perf_counter() - previewed, record.days.count()


def read_export(path: Path) -> float:
    """Return the seconds in which the command reads an export, in a process of its own."""
    begin = time.perf_counter()
    command = [sys.executable, "manage.py", "import_diary", EMAIL, str(path), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="400 rows and 4 MB, to see that it runs")
    is_small = parser.parse_args().small
    with tempfile.TemporaryDirectory() as scratch:
        set_up_django(scratch)
        preview, imported, days = time_browser(write_attacks(400 if is_small else ROWS))
        print(f"preview {preview:.2f} s, import {imported:.2f} s, {days} days")
        export = Path(scratch) / "export.xml"
        write_export(export, SMALL if is_small else LARGE)
        seconds = read_export(export)
        with ZipFile(Path(scratch) / "export.zip", "w", ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(export, "apple_health_export/export.xml")
        zipped_seconds = read_export(Path(scratch) / "export.zip")
        size = export.stat().st_size // 1024**2
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"export.xml of {size} MB: {seconds:.1f} s, zipped {zipped_seconds:.1f} s, peak {memory} MB")
    if preview > MAX_PREVIEW or imported > MAX_IMPORT or memory > MAX_MEMORY:
        print(f"too much: at most {MAX_PREVIEW} s, {MAX_IMPORT} s and {MAX_MEMORY} MB")
        sys.exit(1)


if __name__ == "__main__":
    main()
