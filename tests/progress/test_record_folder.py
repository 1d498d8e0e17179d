"""`manage.py progress` prints what the page of rules says of a folder of files, to 1e-9.

RECORD_FOLDERS=/path:/other adds folders from outside the project, which are compared on many days.
"""

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from figures import values
from figures.values import Day, Intake
from tests.figures import oracle_looks
from tests.figures.test_oracle import assert_same, without_working
from tests.progress.folders import read_diary, write_folder

pytestmark = pytest.mark.django_db
START = date(2024, 1, 1)
FOLDERS = [Path(folder) for folder in os.environ.get("RECORD_FOLDERS", "").split(os.pathsep) if folder]
EMAIL = "folder@example.org"


def printed(as_of: date, criterion: str) -> Any:
    output = StringIO()
    call_command("progress", EMAIL, "--as-of", as_of.isoformat(), "--criterion", criterion, stdout=output)
    return json.loads(output.getvalue())


def random_days(random: Random) -> Iterator[Day]:
    """A year and a half with gaps, unanswered hours and strength, medicine with and without relief."""
    rate, gaps = random.choice([0.0, 0.4, 0.8, 1.0]), random.choice([0.0, 0.1, 0.4])
    for offset in range(500):
        at = START + timedelta(offset)
        if random.random() < gaps:
            continue
        headache = random.random() < rate
        intakes = tuple(
            Intake(drug, random.choice([None, *values.RELIEFS]), drug.upper(), random.choice([0.5, 1.0, 2.0]))
            for drug in random.sample(values.DRUG_CLASSES, random.choice([0, 0, 1, 2]))
        )
        features = None
        if headache and random.random() < 0.6:
            features = frozenset(random.sample(list(values.FEATURES), random.randint(0, 4)))
        yield Day(
            at,
            headache,
            random.choice([None, *values.INTENSITIES]) if headache else None,
            random.choice([None, 0.58, 3.9, 3.98, 4.0, 24.0]) if headache else None,
            features,
            random.choice([None, 0.0, 0.5, 1.0]),
            intakes,
            menstruation=offset % 28 < 3,
        )


def random_folder(folder: Path, seed: int) -> Path:
    random = Random(seed)
    first = START + timedelta(random.choice([20, 60]))
    sessions = [first + timedelta(gap) for gap in ([], [0], [0, 84, 140, 230])[seed]]
    return write_folder(folder, random_days(random), sessions)


@pytest.mark.parametrize("source", [0, 1, 2, *FOLDERS], ids=str)
@pytest.mark.slow
def test_a_folder_of_files_has_the_figures_of_the_page_of_rules(source: int | Path, tmp_path: Path) -> None:
    folder = random_folder(tmp_path, source) if isinstance(source, int) else source
    diary = read_diary(folder, values.ANY)
    recorded = sorted(diary.days)
    # Before, inside and after the cycles, and on their edges.
    sessions = diary.sessions if folder in FOLDERS else diary.sessions[-1:]
    edges = {at + timedelta(offset) for at in sessions for offset in (-1, 27, 83)}
    days = {recorded[0], *edges, recorded[len(recorded) // 2], recorded[-1] + timedelta(90)}
    call_command("import_record", EMAIL, str(folder), "--create", stdout=StringIO())
    for number, as_of in enumerate(sorted(days)):
        criterion = values.CRITERIA[number % 2]
        expected = oracle_looks.figures(read_diary(folder, criterion), as_of)
        assert_same(without_working(printed(as_of, criterion)), expected, f"{as_of} {criterion}")
