"""Kombu's file broker with atomic writes, for installations without Redis.

Kombu creates a message's file under its final name and writes it afterwards. A reader that lists the folder in between
reads an empty file, and the worker ends with "unrecoverable error". Here a file is renamed once it is complete.
"""

import os
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's bases differ
        """Write the message to a temporary file, then rename it."""
        final = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        part = final.with_suffix(".part")
        part.write_bytes(str_to_bytes(dumps(payload)))
        os.replace(part, final)


class Transport(filesystem.Transport):
    Channel = Channel
