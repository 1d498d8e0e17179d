"""Small files of known diaries, built from their structure, each with what the command prints of it."""

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple


class Sample(NamedTuple):
    """A file, and each of its days as date, headache, intensity, hours, medicines; and the lines that are skipped."""

    name: str
    data: str
    days: list[tuple[str, bool, str | None, float | None, list[str]]]
    skipped: list[int] = []


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


BUDDY_NAMES: Final = (
    "#", "Started", "Lasted", "Start UTC Offset (min)", "End UTC Offset (min)", "Geohash", "Attack Types",
    "Attack Location", "Pain Level", "Affected Activities", "Potential Triggers", "Symptoms", "Most Bothersome Symptom",
    "Premonitory Symptoms", "Pain Positions", "Helpful Medication", "Somewhat Helpful Medication",
    "Unhelpful Medication", "Unsure Medication", "Helpful Non Drug Relief Methods",
    "Somewhat Helpful Non Drug Relief Methods", "Unhelpful Non Drug Relief Methods", "Unsure Non Drug Relief Methods",
    "Notes",
)  # fmt: skip


def quote(cells: Any) -> str:
    return ",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells) + "\n"


def buddy(*attacks: dict[str, str], ongoing: str = "No ongoing events recorded during this period.") -> str:
    """Migraine Buddy: line 1 and 2 are the first table, line 5 is the first attack."""
    head = quote(("Date", "Time Period", "Description", "Notes")) + quote((ongoing, "", "", "")) + "\n"
    rows = [
        quote({"#": number, "Start UTC Offset (min)": "120", "Geohash": "u0yjjd"} .get(name, attack.get(name, ""))
              if name not in attack else attack[name] for name in BUDDY_NAMES)
        for number, attack in enumerate(attacks, start=1)
    ]  # fmt: skip
    return head + quote(BUDDY_NAMES) + "".join(rows)


BUDDY: Final = buddy(
    {"Started": "04/14/26 09:10", "Lasted": "03h 30m", "Pain Level": "7", "Helpful Medication": "Sumatriptan, Aspirin",
     "Potential Triggers": "Weather, Stress", "Symptoms": "Nausea", "Notes": "woke me up"},
    {"Started": "04/20/26 22:30", "Lasted": "1d 02h 15m", "Pain Level": "8", "Unsure Medication": "No medication",
     "Somewhat Helpful Medication": "Naproxen", "Unhelpful Medication": "Ibuprofen"},
    {"Started": "04/25/26 7:05", "Lasted": "", "Pain Level": ""},
    {"Started": "soon", "Lasted": "1h", "Pain Level": "3"},
)  # fmt: skip

APPLE_DTD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
]>
<HealthData locale="de_DE">
"""


def apple(*records: tuple[str, str, str, str]) -> str:
    """Apple Health: the first record stands on line 8. A record: type, start, end, value."""
    lines = [
        f' <Record type="HKCategoryTypeIdentifier{kind}" sourceName="Health" creationDate="{end}" startDate="{start}"'
        f' endDate="{end}" value="{value}"/>\n'
        for kind, start, end, value in records
    ]
    other = ' <Record type="HKQuantityTypeIdentifierHeartRate" startDate="2026-04-01 08:00:00 +0200" value="72"/>\n'
    return APPLE_DTD + "".join(lines) + other + "</HealthData>\n"


SEVERITY: Final = "HKCategoryValueSeverity"
APPLE: Final = apple(
    ("Headache", "2026-04-01 08:00:00 +0200", "2026-04-01 12:00:00 +0200", f"{SEVERITY}Severe"),
    ("Headache", "2026-04-02 08:00:00 +0200", "2026-04-02 08:00:00 +0200", f"{SEVERITY}Unspecified"),
    ("Headache", "2026-04-03 00:00:00 +0200", "2026-04-03 23:59:00 +0200", f"{SEVERITY}NotPresent"),
    ("Headache", "2026-04-04 23:00:00 +0200", "2026-04-05 01:30:00 +0200", "3"),
    (
        "MenstrualFlow",
        "2026-04-03 12:00:00 +0200",
        "2026-04-03 12:00:00 +0200",
        "HKCategoryValueMenstrualFlowLight",
    ),
    (
        "MenstrualFlow",
        "2026-04-09 12:00:00 +0200",
        "2026-04-09 12:00:00 +0200",
        "HKCategoryValueMenstrualFlowHeavy",
    ),
    ("Headache", "2026-04-10 12:00:00 +0200", "2026-04-10 13:00:00 +0200", f"{SEVERITY}Purple"),
    ("Headache", "2026-04-01 08:00:00 +0200", "2026-04-01 12:00:00 +0200", f"{SEVERITY}Severe"),
)

BEARABLE: Final = (
    "date,date formatted,weekday,time of day,category,rating/amount,detail,notes\n"
    "2026-04-01,1st Apr 2026,Wednesday,am,Mood,7,,\n"
    "2026-04-02,2nd Apr 2026,Thursday,am,Symptom,1,Headache (Mild),\n"
    "2026-04-02,2nd Apr 2026,Thursday,pm,Symptom,3,Headache (Severe),after work\n"
    "2026-04-02,2nd Apr 2026,Thursday,pm,Meds/Supplements,1,Sumatriptan (50mg),\n"
    "2026-04-02,2nd Apr 2026,Thursday,pm,Meds/Supplements,1,Magnesium,\n"
    "2026-04-03,3rd Apr 2026,Friday,pm,Symptom,2,Nausea (Moderate),\n"
    "2026-04-04,4th Apr 2026,Saturday,pm,Meds/Supplements,1,Sumatriptan (50mg),\n"
    "2026-04-05,5th Apr 2026,Sunday,pm,Symptom,9,Headache (Mild),\n"
)
DAYLIO: Final = (
    "full_date,date,weekday,time,mood,activities,note_title,note\n"
    '2026-04-01,April 1,Wednesday,9:30 pm,good,"work | headache | Sumatriptan",Storm,"all day"\n'
    '2026-04-02,April 2,Thursday,9:30 pm,rad,"movies | no headache","",""\n'
    '2026-04-03,April 3,Friday,9:30 pm,rad,movies,"",""\n'
    '2026-04-04,April 4,Saturday,9:30 pm,rad,"headache | no headache","",""\n'
)
DRIP: Final = (
    "date,bleeding.value,bleeding.exclude,temperature.value,pain.headache,pain.migraine,pain.note,note.value\n"
    "2026-04-01,,,,,,,\n2026-04-02,2,false,36.5,true,,,\n2026-04-03,0,true,36.4,false,,,\n"
    "2026-04-04,,,36.6,,true,left side,tired\n2026-04-05,,,36.6,perhaps,,,\n"
)
AIDING: Final = (
    "\ufeffDate,Start Time,End Time,Duration (hours),Pain Level,Category,Medication,Notes,Resolution,Status,"
    "Pressure (hPa),Symptoms,Triggers,Prodrome,Postdrome,Pain Location,Pain Quality\n"
    "2026-04-01,22:00,02:00,4,7,Severe,Sumatriptan 100mg,stress,Slept,completed,1013.2,Nausea,Wine,,,left,\n"
    "2026-04-03,09:00,,,8,Severe,none,,,active,,,,,,,\n"
    "2026-04-05,09:00,10:30,,2,Mild,,,,completed,,,,,,,\n"
    "2026-04-06,25:00,10:30,,2,Mild,,,,completed,,,,,,,\n"
)
AIDING_JSON: Final = json.dumps(
    {
        "appVersion": "3.1", "exportDate": "2026-05-01T10:00:00Z", "totalEpisodes": 3,
        "migraines": [
            {"id": 1, "startTime": "2026-04-01T20:00:00.000Z", "endTime": "2026-04-02T00:00:00.000Z", "duration": 14400,
             "painLevel": 7, "medication": "Sumatriptan", "notes": "stress", "triggers": ["Wine"]},
            {"id": 2, "startTime": "2026-04-03T07:00:00.000Z", "endTime": None, "duration": None, "painLevel": 5},
            {"id": 3, "startTime": "tomorrow", "painLevel": 5},
        ],
        "assessments": [], "cycleData": {},
    }
)  # fmt: skip
MIGRALOG: Final = json.dumps(
    {
        "metadata": {"version": "1.0.0", "schemaVersion": 1},
        "episodes": [
            {"id": "e1", "startTime": ms("2026-04-01T20:00"), "endTime": ms("2026-04-02T00:30"), "triggers": ["wine"],
             "symptoms": ["nausea"], "locations": ["left_eye"]},
            {"id": "e2", "startTime": ms("2026-04-10T08:00"), "endTime": None},
        ],
        "intensityReadings": [
            {"id": "r1", "episodeId": "e1", "timestamp": ms("2026-04-01T20:00"), "intensity": 4},
            {"id": "r2", "episodeId": "e1", "timestamp": ms("2026-04-01T21:00"), "intensity": 8},
            {"id": "r3", "episodeId": "e1", "timestamp": ms("2026-04-02T00:30"), "intensity": 0},
        ],
        "dailyStatusLogs": [
            {"id": "d1", "date": "2026-04-01", "status": "red"}, {"id": "d2", "date": "2026-04-03", "status": "green"},
            {"id": "d3", "date": "2026-04-04", "status": "yellow"},
            {"id": "d4", "date": "2026-04-05", "status": "red", "notes": "bad"},
            {"id": "d5", "date": "2026-04-06", "status": "blue"},
        ],
        "medications": [
            {"id": "m1", "name": "Sumatriptan", "type": "rescue"},
            {"id": "m2", "name": "Topiramate", "type": "preventative"},
        ],
        "medicationDoses": [
            {"medicationId": "m1", "timestamp": ms("2026-04-01T20:30"), "quantity": 2, "status": "taken",
             "timeToRelief": 45},
            {"medicationId": "m1", "timestamp": ms("2026-04-01T22:30"), "quantity": 1, "status": "skipped"},
            {"medicationId": "m2", "timestamp": ms("2026-04-01T20:30"), "quantity": 1, "status": "taken"},
        ],
    }
)  # fmt: skip
AUTO_EXPORT: Final = (
    "Date,Headache (count),Headache Severity,Menstrual Flow\n2026-04-01 00:00:00,1,Severe,\n"
    "2026-04-02 00:00:00,0,Not Present,Light\n2026-04-03 00:00:00,,,\n2026-04-04 00:00:00,2,,\n"
)
TABLE: Final = "Date,Pain,Hours,Medication\n2026-04-01,7,3.5,Sumatriptan\n2026-04-02,0,,\n2026-04-O3,4,,\n"
OWN: Final = (
    "date,headache,intensity,hours,features,lost,menstruation,triggers,note\n2026-04-01,yes,severe,3.5,,,,,\n"
    "2026-04-02,no,,,,,,,\n2026-04-03,maybe,,,,,,,\n"
)

SAMPLES: Final = {
    "migraine-buddy": Sample("buddy.csv", BUDDY, [
        ("2026-04-14", True, "severe", 3.5, ["Sumatriptan", "Aspirin"]),
        ("2026-04-20", True, "severe", 1.5, ["Naproxen", "Ibuprofen"]),
        ("2026-04-21", True, "severe", 24.0, []), ("2026-04-22", True, "severe", 0.75, []),
        ("2026-04-25", True, None, None, []),
    ], [8]),
    "apple-health": Sample("export.xml", APPLE, [
        ("2026-04-01", True, "severe", 4.0, []), ("2026-04-02", True, None, None, []),
        ("2026-04-03", False, None, None, []), ("2026-04-04", True, "moderate", 1.0, []),
        ("2026-04-05", True, "moderate", 1.5, []),
    ], [13, 14]),
    "bearable": Sample("bearable.csv", BEARABLE, [
        ("2026-04-02", True, "severe", None, ["Sumatriptan (50mg)"]),
    ], [2, 8, 9]),
    "daylio": Sample("daylio.csv", DAYLIO, [
        ("2026-04-01", True, None, None, ["Sumatriptan"]), ("2026-04-02", False, None, None, []),
    ], [4, 5]),
    "drip": Sample("drip.csv", DRIP, [
        ("2026-04-02", True, None, None, []), ("2026-04-03", False, None, None, []),
        ("2026-04-04", True, None, None, []),
    ], [2, 6]),
    "aidingmigraine": Sample("aiding.csv", AIDING, [
        ("2026-04-01", True, "severe", 2.0, ["Sumatriptan 100mg"]), ("2026-04-02", True, "severe", 2.0, []),
        ("2026-04-03", True, "severe", None, []), ("2026-04-05", True, "mild", 1.5, []),
    ], [5]),
    "aidingmigraine-json": Sample("aiding.json", AIDING_JSON, [
        ("2026-04-01", True, "severe", 2.0, ["Sumatriptan"]), ("2026-04-02", True, "severe", 2.0, []),
        ("2026-04-03", True, "moderate", None, []),
    ], [3]),
    "migralog": Sample("migralog.json", MIGRALOG, [
        ("2026-04-01", True, "severe", 2.0, ["Sumatriptan"]), ("2026-04-02", True, None, 2.5, []),
        ("2026-04-03", False, None, None, []), ("2026-04-05", True, None, None, []),
        ("2026-04-10", True, None, None, []),
    ], [3, 5]),
    "health-auto-export": Sample("hae.csv", AUTO_EXPORT, [
        ("2026-04-01", True, "severe", None, []), ("2026-04-02", False, None, None, []),
        ("2026-04-04", True, None, None, []),
    ], [4]),
    "table": Sample("other.csv", TABLE, [
        ("2026-04-01", True, "severe", 3.5, ["Sumatriptan"]), ("2026-04-02", False, None, None, []),
    ], [4]),
    "own": Sample("diary.csv", OWN, [
        ("2026-04-01", True, "severe", 3.5, []), ("2026-04-02", False, None, None, []),
    ], [4]),
}  # fmt: skip
