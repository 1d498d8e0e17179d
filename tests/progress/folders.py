"""Record folders (clinical rules, section 11), read and written plainly, for comparing the command with the oracle."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from figures.values import Day, Diary, Intake

LOST = {"": None, "none": 0.0, "half": 0.5, "full": 1.0}


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    file = folder / name
    return list(csv.DictReader(file.open(encoding="utf-8", newline=""))) if file.exists() else []


def read_diary(folder: Path, criterion: str) -> Diary:
    """What a folder holds of days, medicine and sessions."""
    taken: dict[str, list[Intake]] = defaultdict(list)
    for row in read_rows(folder, "medications.csv"):
        intake = Intake(row["class"], row["relief"] or None, row["name"], float(row["doses"] or 1))
        taken[row["date"]].append(intake)
    days = [
        Day(
            date=date.fromisoformat(row["date"]),
            headache=row["headache"] == "yes",
            intensity=row.get("intensity") or None,
            hours=float(row["hours"]) if row.get("hours") else None,
            features=read_features(row.get("features", "")),
            lost=LOST[row.get("lost", "")],
            intakes=tuple(taken[row["date"]]),
            menstruation=row.get("menstruation") == "yes",
        )
        for row in read_rows(folder, "diary.csv")
    ]
    sessions = [date.fromisoformat(row["date"]) for row in read_rows(folder, "sessions.csv")]
    return Diary.of(days, sessions, criterion)


def read_features(cell: str) -> frozenset[str] | None:
    if not cell:
        return None
    return frozenset() if cell == "none" else frozenset(cell.split(";"))


def write_folder(folder: Path, days: Iterable[Day], sessions: Iterable[date]) -> Path:
    """Write the three files that the figures are computed from."""
    names = {value: name for name, value in LOST.items()}
    diary = [["date", "headache", "intensity", "hours", "features", "lost", "menstruation"]]
    medications = [["date", "name", "class", "doses", "relief"]]
    for day in days:
        features = "" if day.features is None else ";".join(sorted(day.features)) or "none"
        hours = "" if day.hours is None else f"{day.hours:g}"
        yes_no = ["yes" if answer else "no" for answer in (day.headache, day.menstruation)]
        at = day.date.isoformat()
        diary.append([at, yes_no[0], day.intensity or "", hours, features, names[day.lost], yes_no[1]])
        medications += [
            [at, intake.name, intake.drug_class, f"{intake.doses:g}", intake.relief or ""]
            for intake in day.intakes
        ]
    tables = {
        "diary.csv": diary,
        "medications.csv": medications,
        "sessions.csv": [["date", "product"], *([at.isoformat(), "BOTOX"] for at in sorted(set(sessions)))],
    }
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder
