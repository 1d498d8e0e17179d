"""A small, quick SMTP server that keeps what it is sent, and fails in the ways mail servers fail when it is told to.

python -m bench.sink PORT     serves until it is ended, without faults
"""

import asyncio
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import cast

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-z]+)@", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Faults:
    """How often, of a hundred letters, each thing goes wrong."""

    unknown_address: float = 0  # 550 to the recipient, the same at every try
    later_recipient: float = 0  # 451 to the recipient
    later_letter: float = 0  # 451 after the letter
    kept_and_dropped: float = 0  # keeps the letter, then breaks the line without a word
    lost_and_dropped: float = 0  # breaks the line after the letter and keeps nothing
    stalled: float = 0  # keeps the letter and answers after the client's patience has ended
    stall_seconds: float = 2.0


@dataclass(frozen=True)
class Arrival:
    """One letter that was kept. told: whether the client was meant to learn of it."""

    key: str
    to: str
    at: float
    told: bool


@dataclass
class Sink:
    faults: Faults = field(default_factory=Faults)
    random: Random = field(default_factory=Random)
    arrivals: list[Arrival] = field(default_factory=list)
    keep: bool = True
    kept: int = 0

    def chance(self, percent: float) -> bool:
        return percent > 0 and self.random.random() * 100 < percent


class Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.in_letter = False
        self.to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.say("220 sink")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_letter else b"\r\n"
            found, mark, rest = self.buffer.partition(end)
            if not mark or self.transport.is_closing():
                return
            self.buffer = rest
            if self.in_letter:
                self.in_letter = False
                self.take(found)
            else:
                self.command(found)

    def say(self, line: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(line.encode() + b"\r\n")

    def command(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"RCPT":
            self.to = line.decode("ascii", "replace").partition("<")[2].rstrip(">")
            self.say(self.recipient())
        elif word == b"DATA":
            self.in_letter = True
            self.say("354 go on")
        elif word == b"QUIT":
            self.say("221 bye")
            self.transport.close()
        else:
            self.say("250 OK")

    def recipient(self) -> str:
        faults = self.sink.faults
        if faults.unknown_address and Random(self.to).random() * 100 < faults.unknown_address:
            return "550 5.1.1 nobody here"
        return "451 4.2.0 later" if self.sink.chance(faults.later_recipient) else "250 OK"

    def take(self, letter: bytes) -> None:
        faults, sink = self.sink.faults, self.sink
        if sink.chance(faults.later_letter):
            self.say("451 4.3.0 later")
        elif sink.chance(faults.lost_and_dropped):
            self.transport.abort()
        elif sink.chance(faults.kept_and_dropped):
            self.note(letter, told=False)
            self.transport.abort()
        elif sink.chance(faults.stalled):
            self.note(letter, told=False)
            asyncio.get_running_loop().call_later(faults.stall_seconds, self.say, "250 OK, at last")
        else:
            self.note(letter, told=True)
            self.say("250 OK")

    def note(self, letter: bytes, *, told: bool) -> None:
        self.sink.kept += 1
        if self.sink.keep:
            found = MESSAGE_ID.search(letter)
            key = found[1].decode() if found else ""
            self.sink.arrivals.append(Arrival(key, self.to, time.monotonic(), told))


async def serve(sink: Sink, port: int, ready: threading.Event, ended: asyncio.Event) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Talk(sink), "127.0.0.1", port)
    async with server:
        ready.set()
        await ended.wait()


@contextmanager
def in_a_thread(sink: Sink, port: int) -> Iterator[None]:
    """The sink beside the caller, in the same process."""
    ready, loop, ended = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(serve(sink, port, ready, ended)), daemon=True
    )
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(5)


if __name__ == "__main__":
    asyncio.run(serve(Sink(keep=False), int(sys.argv[1]), threading.Event(), asyncio.Event()))
