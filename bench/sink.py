"""A small, fast SMTP server that stores e-mails, and fails on request in the ways mail servers fail.

python -m bench.sink PORT     serves until it is stopped, without faults
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
    """How many of a hundred e-mails are affected by each fault."""

    unknown_address: float = 0  # 550 to the recipient, at every attempt
    later_recipient: float = 0  # 451 to the recipient
    later_email: float = 0  # 451 after the e-mail
    kept_and_dropped: float = 0  # stores the e-mail, then closes the connection without a response
    lost_and_dropped: float = 0  # closes the connection after the e-mail without storing it
    stalled: float = 0  # stores the e-mail and responds after the client's timeout
    stall_seconds: float = 2.0


@dataclass(frozen=True)
class Arrival:
    """One stored e-mail. is_acknowledged: whether the client got a response in time."""

    key: str
    to: str
    at: float
    is_acknowledged: bool


@dataclass
class Sink:
    faults: Faults = field(default_factory=Faults)
    random: Random = field(default_factory=Random)
    arrivals: list[Arrival] = field(default_factory=list)
    is_storing: bool = True

    def chance(self, percent: float) -> bool:
        return percent > 0 and self.random.random() * 100 < percent


class SmtpConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = b""
        self.in_data = False
        self.to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.say("220 sink")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            content, terminator, rest = self.buffer.partition(end)
            if not terminator or self.transport.is_closing():
                return
            self.buffer = rest
            if self.in_data:
                self.in_data = False
                self.receive_email(content)
            else:
                self.command(content)

    def say(self, line: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(line.encode() + b"\r\n")

    def command(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"RCPT":
            self.to = line.decode("ascii", "replace").partition("<")[2].rstrip(">")
            self.say(self.check_recipient())
        elif word == b"DATA":
            self.in_data = True
            self.say("354 go on")
        elif word == b"QUIT":
            self.say("221 bye")
            self.transport.close()
        else:
            self.say("250 OK")

    def check_recipient(self) -> str:
        faults = self.sink.faults
        if faults.unknown_address and Random(self.to).random() * 100 < faults.unknown_address:
            return "550 5.1.1 nobody here"
        return "451 4.2.0 later" if self.sink.chance(faults.later_recipient) else "250 OK"

    def receive_email(self, email: bytes) -> None:
        faults, sink = self.sink.faults, self.sink
        if sink.chance(faults.later_email):
            self.say("451 4.3.0 later")
        elif sink.chance(faults.lost_and_dropped):
            self.transport.abort()
        elif sink.chance(faults.kept_and_dropped):
            self.store_email(email, is_acknowledged=False)
            self.transport.abort()
        elif sink.chance(faults.stalled):
            self.store_email(email, is_acknowledged=False)
            asyncio.get_running_loop().call_later(faults.stall_seconds, self.say, "250 OK, at last")
        else:
            self.store_email(email, is_acknowledged=True)
            self.say("250 OK")

    def store_email(self, email: bytes, *, is_acknowledged: bool) -> None:
        if self.sink.is_storing:
            match = MESSAGE_ID.search(email)
            key = match[1].decode() if match else ""
            self.sink.arrivals.append(Arrival(key, self.to, time.monotonic(), is_acknowledged))


async def serve(sink: Sink, port: int, ready: threading.Event, ended: asyncio.Event) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: SmtpConnection(sink), "127.0.0.1", port)
    async with server:
        ready.set()
        await ended.wait()


@contextmanager
def run_in_thread(sink: Sink, port: int) -> Iterator[None]:
    """Run the sink in a thread of this process."""
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
    asyncio.run(serve(Sink(is_storing=False), int(sys.argv[1]), threading.Event(), asyncio.Event()))
