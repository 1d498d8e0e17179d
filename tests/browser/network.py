"""The network between a phone and the site: a relay that can be cut, for pages and workers alike.

What a browser offers for this (`set_offline`, routes) holds for a page as long as it is open: a request that a closing
page leaves behind, and the worker, may go past it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 65_536  # bytes
UNHEARD = b"POST /diary/sync/ "


class Line:
    """One connection of the phone. `is_deaf`: the answer to what was sent last is for nobody."""

    def __init__(self, phone: socket.socket, site: socket.socket) -> None:
        self.phone, self.site = phone, site
        self.is_deaf = False

    def end(self) -> None:
        for end in (self.phone, self.site):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Network:
    """Relays a free port of localhost to the site. `origin` is the site's address as the phone knows it.

    `cut()`: nothing gets through, and what is under way breaks. `is_deaf`: what waits goes up and reaches the site, and
    its answer does not come back; `unheard` counts these.
    """

    def __init__(self, site: str) -> None:
        address = urlsplit(site)
        self.site = (str(address.hostname), int(address.port or 80))
        self.is_cut = self.is_deaf = False
        self.unheard = 0
        self.lines: set[Line] = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("localhost", 0))
        self.origin = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self) -> None:
        with self.lock:
            self.is_cut = True
            for line in self.lines:
                line.end()

    def mend(self) -> None:
        with self.lock:
            self.is_cut = self.is_deaf = False

    def accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                phone, _address = self.listener.accept()
                threading.Thread(target=self.carry, args=(phone,), daemon=True).start()

    def carry(self, phone: socket.socket) -> None:
        with phone, suppress(OSError), socket.create_connection(self.site) as site:
            line = Line(phone, site)
            with self.lock:
                if self.is_cut:
                    return
                self.lines.add(line)
            back = threading.Thread(target=self.answers, args=(line,), daemon=True)
            back.start()
            with suppress(OSError):
                self.requests(line)
            line.end()
            back.join()
            with self.lock:
                self.lines.discard(line)

    def requests(self, line: Line) -> None:
        while piece := line.phone.recv(PIECE):
            line.is_deaf = line.is_deaf or (self.is_deaf and piece.startswith(UNHEARD))
            line.site.sendall(piece)

    def answers(self, line: Line) -> None:
        with suppress(OSError):
            while piece := line.site.recv(PIECE):
                if line.is_deaf:
                    self.unheard += 1
                    break
                line.phone.sendall(piece)
        line.end()

    def close(self) -> None:
        self.cut()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextmanager
def network(site: str) -> Iterator[Network]:
    made = Network(site)
    try:
        yield made
    finally:
        made.close()
