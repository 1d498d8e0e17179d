"""Every bench runs at a small size, so that none of them rots. Nothing here is timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.prepared import RUN_FOLDER
from tests.servers import ROOT

RECORD = ROOT / "tests" / "upgrade" / "80cd358" / "patient.zip"
# The scripts among the modules of bench/, each with a small size.
SMALL = {
    "fhir": ["--years", "1", "--rounds", "1"],
    "figures": ["--rounds", "1"],
    "fuzz": ["--seconds", "60"],
    "import_diary": ["--small"],
    "import_record": [str(RECORD), "--rounds", "1", "--as-of", "2026-11-28"],
    "interval_coverage": ["--diaries", "2"],
    "known_addresses": ["--rounds", "3"],
    "looks": ["--diaries", "2", "--rolling", "1"],
    "luck": ["--diaries", "20"],
    "pages": ["--database", "sqlite", "--rounds", "1", "--years", "2", "--longest", "3"],
    "pictures": ["--folder", "{folder}"],
    "reminders_scale": ["--patients", "6000", "--due", "500", "--letters", "500"],
    "weight": ["--taps", "2"],
}
ELSEWHERE = {
    "reminders_chaos": "tests/processes/test_reminders_chaos.py",
    "sink": "bench/scale_mail.py",  # the mail server that bench.reminders_scale starts
}
BAR_MISSED = 1


def run(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = [argument.format(folder=folder) for argument in SMALL[name]]
    # Nothing of the settings of the tests: two benches at once would share their database.
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", RUN_FOLDER) if key in os.environ}
    return subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_bench_is_run() -> None:
    scripts = {
        path.stem for path in (ROOT / "bench").glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    assert scripts == set(SMALL) | set(ELSEWHERE)
    assert all((ROOT / path).exists() for path in ELSEWHERE.values())


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.parametrize("name", sorted(set(SMALL) - {"weight"}))
def test_a_bench_runs_to_its_end(name: str, tmp_path: Path) -> None:
    done = run(name, tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip()
    if name == "pictures":
        assert sorted(path.name for path in tmp_path.glob("*.png")) == sorted(
            path.name for path in (ROOT / "docs" / "pictures").glob("*.png")
        )


@pytest.mark.browser
@pytest.mark.processes
def test_the_pages_keep_their_weight(tmp_path: Path) -> None:
    """Bytes are the same on any machine; the time of a tap is not, so that bar is only printed."""
    done = run("weight", tmp_path)
    assert done.returncode in (0, BAR_MISSED), done.stderr[-3000:]
    assert "bytes," not in done.stdout, done.stdout
    weights = json.loads(done.stdout.splitlines()[-1])
    assert weights["first_screen_cold_bytes"] > weights["first_screen_warm_bytes"] > 0
