"""The network of a phone, which can be cut.

What a browser offers for this (`set_offline`, routes) holds for a page as long as it is open: a request that a closing
page leaves behind, and the worker, may go past it.
"""

from __future__ import annotations

from tests.relay import Line, Relay

UNHEARD = b"POST /diary/sync/ "


class Network(Relay):
    """`cut()`: nothing gets through, and what is under way breaks. `is_deaf`: what waits goes up and reaches the site,
    and its answer does not come back."""

    def __init__(self, site: str) -> None:
        self.is_cut = self.is_deaf = False
        self.unheard: set[Line] = set()
        super().__init__(site)

    def cut(self) -> None:
        self.is_cut = True
        self.end_lines()

    def mend(self) -> None:
        self.is_cut = self.is_deaf = False

    def opened(self, line: Line) -> None:
        if self.is_cut:
            raise ConnectionError("cut")

    def asked(self, line: Line, piece: bytes) -> None:
        if self.is_cut:
            raise ConnectionError("cut")
        if self.is_deaf and piece.startswith(UNHEARD):
            self.unheard.add(line)
        super().asked(line, piece)

    def came(self, line: Line, piece: bytes) -> None:
        if line in self.unheard:
            raise ConnectionError("unheard")
        super().came(line, piece)
