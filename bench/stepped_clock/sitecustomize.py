"""Loaded by every Python that starts with this folder on its path: lets the clock of this one process be put
forward or back while it runs. STEPPED_CLOCK names a file that holds the seconds; the steady clock stays as it is."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


def follow(file: Path) -> None:
    import time_machine

    shown, moved = 0.0, None
    while True:
        try:
            asked = float(file.read_text() or 0)
        except (OSError, ValueError):
            asked = shown
        if asked != shown:
            if moved:
                moved.stop()
                moved = None
            if asked:
                moved = time_machine.travel(datetime.now(UTC) + timedelta(seconds=asked), tick=True)
                moved.start()
            shown = asked
        time.sleep(0.1)


if os.environ.get("STEPPED_CLOCK"):
    threading.Thread(target=follow, args=(Path(os.environ["STEPPED_CLOCK"]),), daemon=True).start()
