"""What bin/run and bin/test share: the virtual environment, clear endings, processes of their own. Python's own library
alone: it runs before anything is installed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

try:
    import ctypes
except ImportError:  # a Python built without it: what follows is a second net, not the first
    ctypes = None  # type: ignore[assignment]  # a Python built without it

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED_MB = 600
GRACE = 10.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MISSING = "Not started, because settings are missing:"
PR_SET_PDEATHSIG = 1

STARTED: list[subprocess.Popen[Any]] = []
LIBC = ctypes.CDLL(None) if ctypes and sys.platform == "linux" else None


class Ending(BaseException):
    """Somebody wants this to end: Ctrl-C, a closed terminal, an operator."""


def stop(sentence: str) -> None:
    """End with one sentence."""
    sys.exit(f"{Path(sys.argv[0]).name}: {sentence}")


def say(sentence: str) -> None:
    """Nobody may be listening any more: a closed terminal."""
    try:
        print(sentence, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# ---------- processes ----------


def heed_endings() -> None:
    """Raise Ending at the first signal that asks for it, and hear no second one.

    A shell lets what it starts in the background ignore Ctrl-C, so the handler is set in any case. Who starts this
    with nohup wants it to outlive the terminal.
    """

    def ask(*_signal: object) -> None:
        ignore_endings()
        raise Ending

    for number in ENDINGS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, ask)


def ignore_endings() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def begin(command: list[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a process as the head of a group that end() knows."""
    parent = os.getpid()

    def in_the_child() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        if LIBC is not None:
            # Linux ends it when its parent is gone, even a killed one; it may be gone already.
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    # No signal comes between a start and its entry in the list.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=in_the_child,  # there are no threads here
            **options,
        )
        STARTED.append(process)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a process to its end and give what it said; nothing is left of it when this is interrupted."""
    process = begin(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        out, complaint = process.communicate()
    except BaseException:
        end()
        raise
    STARTED.remove(process)
    return subprocess.CompletedProcess(command, process.returncode, out, complaint)


def end() -> None:
    """Stop what was started, by process group; what does not listen within 10 s is ended hard."""
    ignore_endings()
    for process in STARTED:
        signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for process in STARTED:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        # The head may be gone and a child left: the group has the last word.
        signal_group(process, signal.SIGKILL)
    STARTED.clear()


def signal_group(process: subprocess.Popen[Any], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


# ---------- the virtual environment ----------


def check_python() -> None:
    if sys.version_info < (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        stop(f"Python 3.11 or later is needed; this is {found}.")


def check_space() -> None:
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < NEEDED_MB:
        stop(f"The disk is full: {free} MB are free in {ROOT}, {NEEDED_MB} MB are needed.")


def fingerprint(lock: Path) -> str:
    """Changes when the lock file or the Python inside the environment does."""
    return hashlib.sha256(lock.read_bytes() + (VENV / "pyvenv.cfg").read_bytes()).hexdigest()


def environment(lock_name: str) -> None:
    """Make .venv hold exactly what the lock file names; does nothing, and needs no network, when it does already.

    The test lock holds all of the run lock, so an environment made for tests serves bin/run as well.
    """
    check_python()
    stamps = {name: VENV / f"{name}.stamp" for name in ("requirements.lock", "requirements-test.lock")}
    serving = {"requirements.lock": list(stamps), "requirements-test.lock": ["requirements-test.lock"]}[
        lock_name
    ]
    if PYTHON.exists() and any(
        stamps[name].exists() and stamps[name].read_text() == fingerprint(ROOT / name) for name in serving
    ):
        return
    check_space()
    if not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
        make_environment()
    say(f"Installing {lock_name} (once, about a minute) …")
    install = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
    ]
    done = run([*install, "-r", str(ROOT / lock_name)])
    if done.returncode:
        stop(f"The packages could not be installed. {reason_of_pip(done.stderr)}")
    stamps[lock_name].write_text(fingerprint(ROOT / lock_name))


def make_environment() -> None:
    say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    done = run([sys.executable, "-m", "venv", str(VENV)])
    if done.returncode:
        text = done.stdout + done.stderr
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in text or "python3-venv" in text or "No module named venv" in text:
            stop("python3-venv is missing. Install it: apt-get install python3-venv")
        stop(f".venv could not be made. {reason(text)}")


# ---------- complaints ----------


def reason(text: str) -> str:
    """The one sentence of a long complaint; what is missing is shown in full."""
    low = text.lower()
    if "no space left" in low or "disk is full" in low:
        return "The disk is full."
    if MISSING in text:
        return MISSING + text.rpartition(MISSING)[2].rstrip()
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "No reason was given."


def reason_and_log(text: str, log: Path) -> str:
    found = reason(text)
    return "{}{}See {}".format(found, "\n" if "\n" in found else " ", log)


def reason_of_pip(text: str) -> str:
    low = text.lower()
    if "do not match the hashes" in low:
        return "A package does not match its recorded hash; nothing was installed."
    if "connection" in low or "name resolution" in low or "no matching distribution" in low:
        return "The package index could not be reached; the first start needs a network."
    return reason(text)


def child_environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "botoxtrack.settings", "PYTHONPATH": str(ROOT), **more}
