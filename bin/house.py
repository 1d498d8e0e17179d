"""What bin/run and bin/test share: the virtual environment, clear endings, processes of their own. Python's own library
alone: it runs before anything is installed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED_MB = 600


def stop(sentence: str) -> None:
    """End with one sentence."""
    sys.exit(f"{Path(sys.argv[0]).name}: {sentence}")


def say(sentence: str) -> None:
    print(sentence, flush=True)


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
    done = subprocess.run(
        [*install, "-r", str(ROOT / lock_name)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        stop(f"The packages could not be installed. {reason(done.stderr)}")
    stamps[lock_name].write_text(fingerprint(ROOT / lock_name))


def make_environment() -> None:
    say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = done.stdout + done.stderr
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in text or "python3-venv" in text or "No module named venv" in text:
            stop("python3-venv is missing. Install it: apt-get install python3-venv")
        stop(f".venv could not be made. {reason(text)}")


def reason(text: str) -> str:
    """The one sentence of a long complaint."""
    low = text.lower()
    if "no space left" in low or "disk is full" in low:
        return "The disk is full."
    if "do not match the hashes" in low:
        return "A package does not match its recorded hash; nothing was installed."
    if "connection" in low or "name resolution" in low or "no matching distribution" in low:
        return "The package index could not be reached; the first start needs a network."
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "No reason was given."


def child_environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "botoxtrack.settings", "PYTHONPATH": str(ROOT), **more}
