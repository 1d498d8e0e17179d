"""Loaded by every Python with this folder on its path: shifts the clock of the process while it runs.

STEPPED_CLOCK names a file with the seconds to add; the monotonic clock is not shifted.
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


def follow(file: Path) -> None:
    import time_machine

    current, traveller = 0.0, None
    while True:
        try:
            requested = float(file.read_text() or 0)
        except (OSError, ValueError):
            requested = current
        if requested != current:
            if traveller:
                traveller.stop()
                traveller = None
            if requested:
                traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=requested), tick=True)
                traveller.start()
            current = requested
        time.sleep(0.1)


if os.environ.get("STEPPED_CLOCK"):
    threading.Thread(target=follow, args=(Path(os.environ["STEPPED_CLOCK"]),), daemon=True).start()
