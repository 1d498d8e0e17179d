"""bin/run, as somebody who tries the product meets it: it starts, says where, ends without a trace, and explains
itself in one sentence when it cannot."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.processes.site import Proc, Site, descendants, left_of, processes
from tests.servers import ROOT, free_port, wait_for

pytestmark = pytest.mark.processes

RUN = str(ROOT / "bin" / "run")
STARTS_WITHIN = 60.0
ENDS_WITHIN = 15.0
DEMO_ACCOUNTS = ("patient@example.org", "new@example.org", "thin@example.org", "clinician@example.org")
DEMO_PASSWORD = "twelve-weeks"
# A shell script lets what it starts with & ignore Ctrl-C; a terminal does not. Here it is the harder of the two.
BEHIND_A_SCRIPT = (
    "import os, signal, sys; "
    "signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


def environment(**more: str) -> dict[str, str]:
    """A shell in which nothing of the product is set."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", **more}


def refused(*arguments: str, run: str = RUN, before: tuple[str, ...] = (), **more: str) -> str:
    """Start bin/run where it cannot start: gives its complaint, which is no traceback."""
    done = subprocess.run(
        [sys.executable, *before, run, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


class Started:
    """bin/run at work, and what it has said."""

    def __init__(self, folder: Path, *arguments: str, run: str = RUN, **more: str) -> None:
        self.port = free_port()
        command = [sys.executable, "-c", BEHIND_A_SCRIPT, run, "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(
            command,
            env=environment(VAR_DIR=str(folder), **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self.known: set[Proc] = set()
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)

    @property
    def words(self) -> str:
        return "".join(self.said)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def is_up(self) -> bool:
        """It has greeted, after it found its web server healthy."""
        assert self.process.poll() is None, self.words
        return "E-mails:" in self.words

    def look(self) -> set[Proc]:
        """Everything it has started, remembered."""
        self.known |= set(descendants(self.process.pid))
        return self.known

    def end(self, number: signal.Signals, times: int = 1, code: int = 0) -> None:
        """A signal, as a terminal or an operator gives it; then nothing that it started is left."""
        known = self.look()
        groups = {one.group for one in known}
        assert len(groups) == 2, "the web server and the worker"
        assert len(known) >= 4, "a web server with two workers of its own, and a worker"
        self.signal(number, times, code)
        # What is killed at the very end may need a moment to be gone; what lost its parent ends by itself.
        patience = 2 if code == 0 else ENDS_WITHIN
        wait_for(
            lambda: not left_of({*groups, self.process.pid}), within=patience, what="the end of its processes"
        )
        assert known.isdisjoint(processes())

    def signal(self, number: signal.Signals, times: int = 1, code: int = 0) -> None:
        """A signal, perhaps more than once; it ends and says so, unless it was killed."""
        for _ in range(times):
            self.process.send_signal(number)
            time.sleep(0.05)
        assert self.process.wait(ENDS_WITHIN) == code, self.words
        wait_for(lambda: not self.listener.is_alive(), within=ENDS_WITHIN, what="its last word")
        assert "Traceback" not in self.words
        assert self.words.endswith("\nEnded.\n") == (code == 0)


def fill_database(folder: Path) -> None:
    """Put the database there that bin/run would make first."""
    site = Site(folder, "consolemail://")
    site.prepare()
    (folder / "site.sqlite3").rename(folder / "botoxtrack.sqlite3")


@contextmanager
def started(folder: Path, *arguments: str, **more: str) -> Iterator[Started]:
    """bin/run when it is up."""
    with starting(folder, *arguments, **more) as run:
        wait_for(run.is_up, within=STARTS_WITHIN, what="bin/run")
        yield run


@contextmanager
def starting(folder: Path, *arguments: str, run: str = RUN, **more: str) -> Iterator[Started]:
    """bin/run from its first moment."""
    begun = Started(folder, *arguments, run=run, **more)
    try:
        yield begun
    finally:
        # What a failed test has left, and nothing else: by its numbers.
        left = begun.look() & set(processes())
        begun.process.kill()
        begun.process.wait(5)
        for one in left:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
        begun.listener.join(5)
        assert begun.process.stdout
        begun.process.stdout.close()


class Browser:
    """Just enough of one: it keeps cookies and fills in a form."""

    def __init__(self, run: Started) -> None:
        self.run = run
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> str:
        with self.open(f"{self.run.url}{path}", timeout=15) as answer:
            return str(answer.read().decode())

    def log_in(self, email: str) -> str:
        """Log in on the page; gives the page that follows."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get("/account/login/"))
        assert token
        fields = {"csrfmiddlewaretoken": token[1], "login": email, "password": DEMO_PASSWORD}
        request = urllib.request.Request(
            f"http://localhost:{self.run.port}/account/login/",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"Referer": self.run.url + "/account/login/"},
        )
        with self.open(request, timeout=15) as answer:
            return str(answer.read().decode())


def status_of(run: Started, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://localhost:{run.port}{path}", timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_starts_greets_lets_the_demo_in_and_ends_without_a_trace_twice(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        assert status_of(run, "/healthz") == 200
        assert f"botoxtrack runs at {run.url}/" in run.words
        assert DEMO_PASSWORD in run.words
        assert all(email in run.words for email in DEMO_ACCOUNTS)
        assert "How was today?" in Browser(run).log_in("patient@example.org")
        assert "Marta" in Browser(run).log_in("clinician@example.org")
        assert "Mailbox" in Browser(run).get("/mailbox/")
        run.end(signal.SIGTERM)
    with pytest.raises(urllib.error.URLError):
        status_of(run, "/healthz")

    proxy = f"http://127.0.0.1:{free_port()}"  # of a firm, say: it is not asked for this machine's own server
    with started(tmp_path, http_proxy=proxy, HTTP_PROXY=proxy, https_proxy=proxy) as again:
        assert "Installing" not in again.words
        assert "Making" not in again.words
        assert "How was today?" in Browser(again).log_in("new@example.org")
        again.end(signal.SIGINT, times=3)


def test_without_the_demo_there_are_no_demo_accounts(tmp_path: Path) -> None:
    fill_database(tmp_path)
    with started(tmp_path, "--no-demo") as run:
        assert not any(email in run.words for email in DEMO_ACCOUNTS)
        assert DEMO_PASSWORD not in run.words
        for email in DEMO_ACCOUNTS:
            page = Browser(run).log_in(email)
            assert 'name="login"' in page
            assert "How was today?" not in page
        run.end(signal.SIGHUP)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_even_killed_it_leaves_nothing_behind(tmp_path: Path) -> None:
    fill_database(tmp_path)
    with started(tmp_path, "--no-demo") as run:
        run.end(signal.SIGKILL, code=-signal.SIGKILL)


# ---------- an end in the middle of the set-up ----------


def child_with(run: Started, word: str) -> Proc | None:
    """What it has started with this word in its command."""
    for one in run.look():
        with suppress(OSError):
            if word in (Path("/proc") / str(one.pid) / "cmdline").read_text():
                return one
    return None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_while_the_database_is_prepared_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    with starting(tmp_path) as run:
        child = wait_for(lambda: child_with(run, "prepare.py"), within=STARTS_WITHIN, what="the set-up")
        run.signal(number)
        assert child not in processes()


def test_an_end_while_the_environment_is_made_leaves_nothing_behind(copied: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "venv.py").write_text("import time\ntime.sleep(600)\n")
    with starting(tmp_path, run=str(copied), PYTHONPATH=str(slow)) as run:
        child = wait_for(lambda: child_with(run, "venv"), within=STARTS_WITHIN, what="the set-up")
        run.signal(signal.SIGHUP)
        assert child not in processes()


# ---------- settings and servers that are not there ----------


def test_missing_settings_are_all_named(tmp_path: Path) -> None:
    complaint = refused("--port", str(free_port()), DEMO="0", VAR_DIR=str(tmp_path))
    first, *sentences, last = complaint.splitlines()
    assert first == "run: The set-up failed. Not started, because settings are missing:"
    # bin/run sets the address itself.
    assert [one.split()[1].rstrip(",") for one in sentences] == [
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "EMAIL_URL",
    ]
    log = tmp_path / "log" / "set-up.log"
    assert last == f"See {log}"
    assert all(one in log.read_text() for one in sentences)


def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    away = f"postgres://user:password@127.0.0.1:{free_port()}/diary"
    complaint = refused("--port", str(free_port()), DATABASE_URL=away, VAR_DIR=str(tmp_path))
    assert complaint.startswith(
        "run: The set-up failed. The database that DATABASE_URL names cannot be reached: "
    )
    assert complaint.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence() -> None:
    complaint = refused("--port", str(free_port()), VAR_DIR=os.devnull + "/var")
    assert complaint.count("\n") == 1
    assert os.devnull in complaint


def test_a_taken_port_is_one_sentence_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        complaint = refused("--port", str(port), VAR_DIR=str(tmp_path))
    assert complaint.count("\n") == 1
    assert f"Port {port} is taken. Choose another: bin/run --port " in complaint


def test_help_names_every_option() -> None:
    done = subprocess.run(
        [sys.executable, RUN, "--help"], env=environment(), capture_output=True, text=True, check=True
    )
    assert "--port" in done.stdout
    assert "--no-demo" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", ""])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    assert "--port" in refused(f"--port={port}", VAR_DIR=str(tmp_path)).splitlines()[-1]


# ---------- machines that lack something ----------


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The start script where nothing is installed yet; gives the path of bin/run."""
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "bin", folder / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    for lock in ("requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / lock, folder / lock)
    return folder / "bin" / "run"


# What Debian's venv does where python3-venv is not installed: it begins, finds no ensurepip, and says this.
LACKING = """
import os, sys
os.makedirs(os.path.join(sys.argv[-1], "bin"))
print("The virtual environment was not created successfully because ensurepip is not")
print("available.  On Debian/Ubuntu systems, you need to install the python3-venv")
print("package using the following command.")
sys.exit(1)
"""


def test_without_ensurepip_it_names_the_package_to_install(copied: Path, tmp_path: Path) -> None:
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    (lacking / "venv.py").write_text(LACKING)
    complaint = refused("--port", str(free_port()), run=str(copied), PYTHONPATH=str(lacking))
    assert complaint == "run: python3-venv is missing. Install it: apt-get install python3-venv\n"
    assert not (copied.parent.parent / ".venv").exists()


def test_packages_that_cannot_be_had_or_trusted_are_one_sentence(copied: Path, tmp_path: Path) -> None:
    """First an index on a port where nobody listens; then a package that is not the recorded one."""
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}
    index = f"http://127.0.0.1:{free_port()}/"
    complaint = refused("--port", str(free_port()), run=str(copied), PIP_INDEX_URL=index, **pip)
    assert complaint == (
        "run: The packages could not be installed. "
        "The package index could not be reached; the first start needs a network.\n"
    )
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            "tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    (copied.parent.parent / "requirements.lock").write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    complaint = refused(
        "--port", str(free_port()), run=str(copied), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels), **pip
    )
    assert complaint == (
        "run: The packages could not be installed. "
        "A package does not match its recorded hash; nothing was installed.\n"
    )


@contextmanager
def tiny_disk(folder: Path) -> Iterator[bool]:
    """A disk of one megabyte at this folder; answers False where mounting is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    found = shutil.which("mount") is not None
    mounted = found and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


# Where no disk can be mounted: no file may grow beyond 100 kB.
SMALL_FILES = (
    "import os, resource, sys; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "tiny") as mounted:
        arguments = ["--port", str(free_port())]
        folder = str(tmp_path / "tiny")
        if mounted:
            complaint = refused(*arguments, VAR_DIR=folder)
            assert complaint.startswith("run: The set-up failed. The disk is full.")
            assert complaint.count("\n") == 1
        else:
            complaint = refused(*arguments, before=("-c", SMALL_FILES), VAR_DIR=folder)
            assert complaint.startswith("run: The set-up failed. ")
            assert complaint.count("\n") == 1


def test_a_disk_too_small_for_the_packages_is_one_sentence(copied: Path, tmp_path: Path) -> None:
    """Nothing is begun that would not fit."""
    with tiny_disk(tmp_path / "tiny") as mounted:
        if not mounted:
            # A megabyte more than any disk has stands for a disk that has too little.
            text = (copied.parent / "_support.py").read_text()
            (copied.parent / "_support.py").write_text(
                text.replace("REQUIRED_MB = 600", f"REQUIRED_MB = {2**40}")
            )
        small = tmp_path / "tiny" / "copy" if mounted else copied.parent.parent
        if mounted:
            shutil.copytree(copied.parent.parent, small)
        complaint = refused("--port", str(free_port()), run=str(small / "bin" / "run"))
    assert re.fullmatch(r"run: The disk is full: \d+ MB are free in \S+, \d+ MB are needed\.\n", complaint)
    assert not (small / ".venv").exists()
