"""Real servers for tests: each in a folder of its own, on a unix socket or a free port, ended by its own process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ready: Callable[[], object], *, within: float = START_WITHIN, what: str = "condition") -> Any:
    """Ask until the answer is true, and answer it; fail with a sentence after so many seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within:.0f} s for {what}")
        time.sleep(0.02)


@contextmanager
def process(command: list[str], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process group of its own, ended with everything it started."""
    with log.open("ab") as out:
        started = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **options
        )
    try:
        yield started
    finally:
        for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(started.pid, number)
                started.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def find_chromium() -> str | None:
    """Return the path of Debian's Chromium; None if there is none, for Playwright then takes its own.

    The headless shell, which draws no windows, needs half the processor time.
    """
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def initdb() -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if not found:
        raise RuntimeError("PostgreSQL is missing. Get it: apt-get install postgresql")
    return found


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL of its own on a unix socket; gives its URL. It refuses to run as root, so root lends it a user.

    Unless it shall be durable it does not wait for the disk.
    """
    folder = Path(tempfile.mkdtemp(prefix="btx-pg-", dir="/tmp"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    binaries = Path(initdb()).parent
    data, environment = folder / "data", {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    make = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "botoxtrack",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    try:
        subprocess.run(make, check=True, capture_output=True, cwd=folder, env=environment, **as_user)
        serve = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-h", ""]
        serve += ["-c", "max_connections=60"]
        if not durable:
            serve += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        log = Path(tempfile.gettempdir()) / f"{folder.name}.log"
        with process(serve, log, cwd=folder, env=environment, **as_user):
            ready = [str(binaries / "pg_isready"), "-h", str(folder), "-U", "botoxtrack"]
            wait_for(
                lambda: subprocess.run(ready, capture_output=True, check=False).returncode == 0,
                what="PostgreSQL",
            )
            yield f"postgres://botoxtrack@{quote(str(folder), safe='')}/postgres"
        log.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis(port: int = 0) -> Iterator[str]:
    """A Redis of its own on this or a free port, keeping nothing; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="btx-redis-") as folder:
        port = port or free_port()
        serve = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]

        def answers() -> bool:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
                    client.sendall(b"PING\r\n")
                    return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

        with process(serve, Path(folder) / "log"):
            wait_for(answers, what="Redis")
            yield f"redis://127.0.0.1:{port}/0"


class Sink:
    """An SMTP server that keeps what it is sent. `answer` is what it says after DATA, `rcpt_answer` to a recipient
    (to those in `refused` it says no); `drop_at` names the command at which it breaks the line, DATA meaning after
    it has kept the letter."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.answer = "250 OK"
        self.rcpt_answer = "250 OK"
        self.refused: set[str] = set()
        self.drop_at = ""
        self.connections = 0
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802  its name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.drop_at == "RCPT":
            self.drop(server)
        if address in self.refused:
            return "550 5.1.1 nobody here"
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  its name
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.raw.append(content)
            self.senders.append(str(envelope.mail_from))
            self.letters.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]  # the default policy makes EmailMessage
        if self.drop_at == "DATA":
            self.drop(server)
        return self.answer

    def drop(self, server: SMTP) -> None:
        """Break the line without a word."""
        assert server.transport is not None
        server.transport.abort()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if address in str(letter["To"])]


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    sink = Sink()
    sink.controller.start()
    try:
        yield sink
    finally:
        sink.controller.stop()


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
