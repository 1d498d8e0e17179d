"""Helpers of bin/run and bin/test: virtual environment, processes, signals, error messages.

Only Python's standard library, because this runs before anything is installed.
"""

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
except ImportError:  # a Python built without it: it only serves as a second safeguard
    ctypes = None  # type: ignore[assignment]  # a Python built without it

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIRED_MB = 600
GRACE_SECONDS = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MISSING = "Not started, because settings are missing:"
PR_SET_PDEATHSIG = 1

STARTED: list[subprocess.Popen[Any]] = []
LIBC = ctypes.CDLL(None) if ctypes and sys.platform == "linux" else None


class StopRequested(BaseException):
    """A signal asked this process to stop: Ctrl-C, a closed terminal, an operator."""


def stop(sentence: str) -> None:
    """Exit with one sentence."""
    sys.exit(f"{Path(sys.argv[0]).name}: {sentence}")


def say(sentence: str) -> None:
    """Print a sentence, even if the terminal was closed meanwhile."""
    try:
        print(sentence, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# ---------- processes ----------


def handle_stop_signals() -> None:
    """Raise StopRequested at the first signal, and ignore later ones.

    A shell lets background processes ignore Ctrl-C, so the handler is set in any case. Under nohup the process shall
    outlive the terminal.
    """

    def request_stop(*_signal: object) -> None:
        ignore_stop_signals()
        raise StopRequested

    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, request_stop)


def ignore_stop_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def start_process(command: list[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a process as the head of a process group that stop_processes() stops."""
    parent = os.getpid()

    def prepare_child() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        if LIBC is not None:
            # Linux stops it when its parent is gone, even a killed one; the parent may be gone already.
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    # No signal may arrive between the start and the entry in the list.
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=prepare_child,  # there are no threads here
            **options,
        )
        STARTED.append(process)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
    return process


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a process to its end and return its output; when interrupted, stop it."""
    process = start_process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        out, err = process.communicate()
    except BaseException:
        stop_processes()
        raise
    STARTED.remove(process)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def stop_processes() -> None:
    """Stop what was started, by process group; kill what has not stopped within 10 s."""
    ignore_stop_signals()
    for process in STARTED:
        signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for process in STARTED:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        # The head may be gone while a child still runs.
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
        version = ".".join(map(str, sys.version_info[:2]))
        stop(f"Python 3.11 or later is needed; this is {version}.")


def check_space() -> None:
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < REQUIRED_MB:
        stop(f"The disk is full: {free} MB are free in {ROOT}, {REQUIRED_MB} MB are needed.")


def fingerprint(lock: Path) -> str:
    """Return a digest that changes when the lock file or the Python of the environment does."""
    return hashlib.sha256(lock.read_bytes() + (VENV / "pyvenv.cfg").read_bytes()).hexdigest()


def install_environment(lock_name: str) -> None:
    """Install into .venv exactly what the lock file names; when that is done already, do nothing, without a network.

    The test lock includes the run lock, so an environment for tests also serves bin/run.
    """
    check_python()
    stamps = {name: VENV / f"{name}.stamp" for name in ("requirements.lock", "requirements-test.lock")}
    sufficient = {"requirements.lock": list(stamps), "requirements-test.lock": ["requirements-test.lock"]}[
        lock_name
    ]
    if PYTHON.exists() and any(
        stamps[name].exists() and stamps[name].read_text() == fingerprint(ROOT / name) for name in sufficient
    ):
        return
    check_space()
    if not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
        create_environment()
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
        stop(f"The packages could not be installed. {pip_reason(done.stderr)}")
    stamps[lock_name].write_text(fingerprint(ROOT / lock_name))


def create_environment() -> None:
    say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    done = run([sys.executable, "-m", "venv", str(VENV)])
    if done.returncode:
        text = done.stdout + done.stderr
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in text or "python3-venv" in text or "No module named venv" in text:
            stop("python3-venv is missing. Install it: apt-get install python3-venv")
        stop(f".venv could not be made. {reason(text)}")


# ---------- error messages ----------


def reason(text: str) -> str:
    """Return the essential sentence of a long error output; missing settings are listed in full."""
    low = text.lower()
    if "no space left" in low or "disk is full" in low:
        return "The disk is full."
    if MISSING in text:
        return MISSING + text.rpartition(MISSING)[2].rstrip()
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "No reason was given."


def reason_and_log(text: str, log: Path) -> str:
    sentence = reason(text)
    return "{}{}See {}".format(sentence, "\n" if "\n" in sentence else " ", log)


def pip_reason(text: str) -> str:
    low = text.lower()
    if "do not match the hashes" in low:
        return "A package does not match its recorded hash; nothing was installed."
    if "connection" in low or "name resolution" in low or "no matching distribution" in low:
        return "The package index could not be reached; the first start needs a network."
    return reason(text)


def child_environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "botoxtrack.settings", "PYTHONPATH": str(ROOT), **more}
