"""The network of a phone, which can be cut.

What a browser offers for this (`set_offline`, routes) holds for a page as long as it is open: a request that a closing
page leaves behind, and the worker, may go past it.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.relay import Line, Relay
from tests.servers import wait_for

SYNC = b"POST /diary/sync/ "


class Network(Relay):
    """`cut()`: nothing gets through, and what is under way breaks. `is_deaf`: what waits goes up and reaches the site,
    and its answer does not come back.

    What a phone has sent is either with the site before the network is cut, or never: a test can then say what was
    entered before and what after it.
    """

    def __init__(self, site: str) -> None:
        self.is_cut = self.is_deaf = False
        self.unanswered: set[Line] = set()
        self.unheard: set[Line] = set()
        super().__init__(site)

    def cut(self) -> None:
        with self.lock:
            self.is_cut = True
        wait_for(lambda: not self.unanswered, within=20, what="the site to answer")
        self.end_lines()

    def mend(self) -> None:
        if self.is_cut:
            # Who called before this is turned away before this.
            with suppress(OSError), socket.create_connection(self.listener.getsockname()) as last:
                last.recv(1)
        self.is_cut = self.is_deaf = False

    def lets(self) -> bool:
        return not self.is_cut

    def asked(self, line: Line, piece: bytes) -> None:
        with self.lock:
            if self.is_cut:
                raise ConnectionError("cut")
            if piece.startswith(SYNC):
                self.unanswered.add(line)
                if self.is_deaf:
                    self.unheard.add(line)
        super().asked(line, piece)

    def ended(self, line: Line) -> None:
        self.unanswered.discard(line)

    def came(self, line: Line, piece: bytes) -> None:
        self.unanswered.discard(line)
        if line in self.unheard:
            raise ConnectionError("unheard")
        super().came(line, piece)
