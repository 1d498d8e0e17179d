"""Counters for /metrics: each process counts in memory and writes its totals to a file of its own.

Pages are served by several processes, so /metrics adds up the files of all that ever ran. A killed process loses at
most what it counted in the last seconds.
"""

import atexit
import json
import os
import time
from collections import Counter
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Final

from django.conf import settings

WRITE_AFTER: Final = 5.0  # seconds
MEANINGS: Final = {
    "http_requests_total": "Requests by route, method and status.",
    "http_request_seconds_sum": "Seconds that all requests took together.",
    "csp_reports_total": "Reports of browsers that a page broke the content security policy, by directive.",
    "diary_taps_total": "One-tap answers recorded.",
    "dashboards_total": "Progress pages shown, from the cache or computed.",
    "reminder_sweeps_total": "Runs over the reminders.",
    "reminders_handled_total": "Reminders a worker has handled, by what became of them.",
}

_counts: Counter[str] = Counter()
_lock = Lock()
_file_name = ""
_written_at = 0.0


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter of MEANINGS. Labels must have few values: routes and states, never users."""
    global _written_at
    text = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    with _lock:
        _counts[f"{name}{{{text}}}" if text else name] += amount  # type: ignore[assignment]  # seconds too
        is_due = time.monotonic() - _written_at >= WRITE_AFTER
        if is_due:
            _written_at = time.monotonic()
    if is_due:
        write_counts()


def get_folder() -> Path:
    return Path(settings.VAR_DIR) / "metrics"


def write_counts() -> None:
    """Write the totals of this process; a full disk stops no page."""
    global _file_name
    # A process forked since has a file and counts of its own.
    if not _file_name.startswith(f"{os.getpid()}-"):
        _file_name = f"{os.getpid()}-{token_hex(4)}.json"
    with _lock:
        content = json.dumps(_counts)
    folder = get_folder()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        partial = folder / f"{_file_name}.part"
        partial.write_text(content)
        partial.replace(folder / _file_name)
    except OSError:
        return


def read_totals() -> Counter[str]:
    """Return the sums over all processes."""
    write_counts()
    total: Counter[str] = Counter()
    for path in get_folder().glob("*.json"):
        try:
            total.update(json.loads(path.read_text()))
        except (OSError, ValueError):
            continue  # replaced in this moment
    return total


def format_totals() -> str:
    """Return the sums in the text format of Prometheus (0.0.4)."""
    total = read_totals()
    lines = []
    for name, meaning in MEANINGS.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} counter"]
        lines += [f"{key} {value}" for key, value in sorted(total.items()) if key.partition("{")[0] == name]
    return "\n".join(lines) + "\n"


def forget_counts() -> None:
    """Start at zero in a forked process: its parent writes what it counted, and may have held the lock."""
    global _lock
    _lock = Lock()
    _counts.clear()


os.register_at_fork(after_in_child=forget_counts)
atexit.register(write_counts)
