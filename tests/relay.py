"""A relay between browsers and a site: what passes can be held, lost or counted, of pages and workers alike."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self
from urllib.parse import urlsplit

PIECE = 65_536  # bytes


class Line:
    """One connection of a browser, and the relay's own to the site."""

    def __init__(self, browser: socket.socket, site: socket.socket) -> None:
        self.browser, self.site = browser, site

    def end(self) -> None:
        for end in (self.browser, self.site):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Relay:
    """Relays a free port of localhost to the site. `origin` is the site's address as a browser knows it.

    A kind of relay says what happens to each piece: `asked` and `came` pass it on, and an OSError there ends the line.
    """

    def __init__(self, site: str) -> None:
        address = urlsplit(site)
        self.site = (str(address.hostname), int(address.port or 80))
        self.lines: set[Line] = set()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("localhost", 0))
        self.origin = f"http://localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    @contextmanager
    def to(cls, site: str) -> Iterator[Self]:
        relay = cls(site)
        try:
            yield relay
        finally:
            relay.close()

    def lets(self) -> bool:
        """Whether a browser that calls now gets a line."""
        return True

    def ended(self, line: Line) -> None:
        """Nothing passes on this line any more."""

    def asked(self, line: Line, piece: bytes) -> None:
        line.site.sendall(piece)

    def came(self, line: Line, piece: bytes) -> None:
        line.browser.sendall(piece)

    def end_lines(self) -> None:
        with self.lock:
            for line in self.lines:
                line.end()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.end_lines()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _address = self.listener.accept()
                if self.lets():
                    threading.Thread(target=self._carry, args=(browser,), daemon=True).start()
                else:
                    browser.close()

    def _carry(self, browser: socket.socket) -> None:
        with browser, suppress(OSError), socket.create_connection(self.site) as site:
            line = Line(browser, site)
            with self.lock:
                self.lines.add(line)
            back = threading.Thread(target=self._back, args=(line,), daemon=True)
            back.start()
            try:
                while piece := browser.recv(PIECE):
                    self.asked(line, piece)
                site.shutdown(socket.SHUT_WR)  # the site ends what it was asked
            except OSError:
                line.end()
            back.join()
            with self.lock:
                self.lines.discard(line)
            self.ended(line)

    def _back(self, line: Line) -> None:
        with suppress(OSError):
            while piece := line.site.recv(PIECE):
                self.came(line, piece)
        line.end()
