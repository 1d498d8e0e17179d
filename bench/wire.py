"""What a site sends to a browser, counted at the wire: heads and bodies, as they came, of pages and workers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.relay import Line, Relay

REQUEST = re.compile(rb"(?:GET|HEAD|POST) (\S+) HTTP/1\.1\r\n")
WORKER = "/worker.js"


@dataclass
class Exchange:
    """One request and the bytes that answered it. kind: what the browser wanted it for, as Sec-Fetch-Dest has it."""

    path: str
    kind: str
    by_worker: bool
    size: int = 0


def exchange_of(sent: bytes) -> Exchange | None:
    """The request that begins here; None within a body. Chromium sends each head as one piece, and none before the
    last one is answered."""
    found = REQUEST.match(sent)
    if not found:
        return None
    head = sent.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    fields = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in head)}
    by_worker = "service-worker" in fields or fields.get("referer", "").endswith(WORKER)
    return Exchange(found[1].decode("latin-1"), fields.get("sec-fetch-dest", "other"), by_worker)


class Wire(Relay):
    """What came since the last take() is in `exchanges`."""

    def __init__(self, site: str) -> None:
        self.exchanges: list[Exchange] = []
        self.current: dict[Line, Exchange] = {}
        super().__init__(site)

    def take(self) -> list[Exchange]:
        taken, self.exchanges = self.exchanges, []
        return taken

    def asked(self, line: Line, piece: bytes) -> None:
        begun = exchange_of(piece)
        if begun:
            self.current[line] = begun
            self.exchanges.append(begun)
        super().asked(line, piece)

    def came(self, line: Line, piece: bytes) -> None:
        self.current[line].size += len(piece)
        super().came(line, piece)
