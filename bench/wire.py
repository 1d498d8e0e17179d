"""A relay that counts the bytes a site sends to a browser: headers and bodies of pages and workers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.relay import Line, Relay

REQUEST = re.compile(rb"(?:GET|HEAD|POST) (\S+) HTTP/1\.1\r\n")
WORKER = "/worker.js"


@dataclass
class Exchange:
    """One request and the bytes of its response. kind: the Sec-Fetch-Dest header."""

    path: str
    kind: str
    by_worker: bool
    size: int = 0


def parse_request(piece: bytes) -> Exchange | None:
    """Parse the request that begins here; None within a body.

    Chromium sends the headers of a request in one piece, and only after the previous response.
    """
    match = REQUEST.match(piece)
    if not match:
        return None
    head = piece.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    fields = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in head)}
    by_worker = "service-worker" in fields or fields.get("referer", "").endswith(WORKER)
    return Exchange(match[1].decode("latin-1"), fields.get("sec-fetch-dest", "other"), by_worker)


class Wire(Relay):
    """`exchanges` are those since the last take_exchanges()."""

    def __init__(self, site: str) -> None:
        self.exchanges: list[Exchange] = []
        self.current: dict[Line, Exchange] = {}
        super().__init__(site)

    def take_exchanges(self) -> list[Exchange]:
        exchanges, self.exchanges = self.exchanges, []
        return exchanges

    def asked(self, line: Line, piece: bytes) -> None:
        exchange = parse_request(piece)
        if exchange:
            self.current[line] = exchange
            self.exchanges.append(exchange)
        super().asked(line, piece)

    def came(self, line: Line, piece: bytes) -> None:
        self.current[line].size += len(piece)
        super().came(line, piece)
