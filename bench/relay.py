"""A relay between a browser and a site, which counts what the site sends: heads and bodies, as they came."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

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


class Relay:
    """Listens on a port of its own; what came since the last take() is in exchanges."""

    def __init__(self, site_port: int) -> None:
        self.site_port = site_port
        self.exchanges: list[Exchange] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.listener.getsockname()[1]}"

    def take(self) -> list[Exchange]:
        taken, self.exchanges = self.exchanges, []
        return taken

    def close(self) -> None:
        for one in (self.listener, *self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _address = self.listener.accept()
                site = socket.create_connection(("127.0.0.1", self.site_port))
                self.open |= {browser, site}
                Connection(self, browser, site)


class Connection:
    """Both ways of one connection, a thread each."""

    def __init__(self, relay: Relay, browser: socket.socket, site: socket.socket) -> None:
        self.relay, self.browser, self.site = relay, browser, site
        self.current: Exchange | None = None
        threading.Thread(target=self._up, daemon=True).start()
        threading.Thread(target=self._down, daemon=True).start()

    def _up(self) -> None:
        with suppress(OSError):
            while sent := self.browser.recv(65536):
                begun = exchange_of(sent)
                if begun:
                    self.current = begun
                    self.relay.exchanges.append(begun)
                self.site.sendall(sent)
        self._end()

    def _down(self) -> None:
        with suppress(OSError):
            while came := self.site.recv(65536):
                if self.current is None:
                    raise RuntimeError("the site speaks before it is asked")
                self.current.size += len(came)
                self.browser.sendall(came)
        self._end()

    def _end(self) -> None:
        for one in (self.browser, self.site):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.close()
