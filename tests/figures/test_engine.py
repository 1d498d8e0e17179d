import ast
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import figures
from figures.engine import Figures, as_json, compute_figures
from figures.values import METRICS, YES_NO_METRICS, Diary, Intake
from tests.figures.builders import FIRST, after, headache, months, record

MODULES = sorted(Path(figures.__file__).parent.glob("*.py"))
TREATED = record(months(after(-28), 20, 14, 8, 14, 10, 5), FIRST, after(84))


def plain(built: Diary, as_of: date) -> dict[str, Any]:
    """The figures after a round through JSON."""
    figures: dict[str, Any] = json.loads(json.dumps(as_json(compute_figures(built, as_of))))
    return figures


def test_the_figures_have_the_keys_of_the_rules_in_their_order() -> None:
    assert list(plain(TREATED, after(111))) == [
        "as_of",
        "criterion",
        "baseline",
        "now",
        "cycles",
        "change",
        "autocorrelation",
        "rules",
        "wear_off",
        "overuse",
        "looks",
        "next_look",
        "unlogged",
        "power",
        "drift",
        "relief",
        "menstrual",
    ]


def test_without_a_session_the_figures_are_null_or_empty_and_medication_still_counts() -> None:
    built = Diary.of([headache(FIRST, intakes=[Intake("triptan", None, "Sumatriptan", 1.5)])], [after(1)])
    assert plain(built, FIRST) == {
        "as_of": "2024-03-04",
        "criterion": "any",
        "baseline": None,
        "now": None,
        "cycles": [],
        "change": None,
        "autocorrelation": None,
        "rules": [],
        "wear_off": None,
        "overuse": [
            {"group": "triptan", "month": "2024-03", "days": 1, "limit": 10, "at_or_above": False},
        ],
        "looks": None,
        "next_look": None,
        "unlogged": None,
        "power": None,
        "drift": None,
        "relief": [
            {
                "name": "Sumatriptan",
                "class": "triptan",
                "days": 1,
                "doses": 1.5,
                "none": 0,
                "partial": 0,
                "complete": 0,
                "unanswered": 1,
                "helped": None,
            }
        ],
        "menstrual": None,
    }


def test_an_empty_record_has_figures() -> None:
    empty = Figures(FIRST, "4h")
    assert compute_figures(Diary.of([], [], "4h"), FIRST) == empty


def test_a_window_stands_in_json_with_iso_dates_and_without_a_label() -> None:
    found = plain(TREATED, after(111))["baseline"]
    metrics = found.pop("metrics")
    assert found == {
        "start": "2024-02-05",
        "end": "2024-03-03",
        "days": 28,
        "recorded": 28,
        "complete": True,
    }
    assert list(metrics) == list(METRICS)
    assert metrics["headache_days"] == {"count": 20, "known": 28, "per_28": 20.0}
    assert metrics["headache_hours"] == {"count": 0, "known": 8, "per_28": None}


def test_a_period_stands_in_json_with_its_label() -> None:
    second = plain(TREATED, after(111))["cycles"][1]
    assert (second["number"], second["session"]) == (2, "2024-05-27")
    assert [period["label"] for period in second["periods"]] == ["weeks 1-4"]


def test_changes_stand_in_json_by_metric_with_interval_or_null() -> None:
    found = plain(TREATED, after(111))
    assert list(found["change"]) == list(METRICS)
    assert list(found["change"]["headache_days"]) == ["difference", "percent", "interval"]
    assert len(found["change"]["headache_days"]["interval"]) == 2
    assert found["change"]["migraine_days"] is None
    assert list(found["autocorrelation"]) == list(YES_NO_METRICS)


def test_a_sum_stands_in_json_with_a_null_interval() -> None:
    hours = [headache(after(offset), hours=12 if offset < 0 else 6) for offset in range(-28, 28)]
    assert plain(record(hours), after(27))["change"]["headache_hours"] == {
        "difference": -168.0,
        "percent": -50.0,
        "interval": None,
    }


def test_a_reference_line_stands_in_json_with_its_working() -> None:
    found = plain(TREATED, after(111))["rules"][4]
    assert 0.18 < found.pop("luck") < 0.19
    assert found == {
        "id": "half",
        "verdict": "reached",
        "metric": "headache_days",
        "unit": "percent_fewer",
        "asks": 50,
        "achieved": 50.0,
        "asked_from": "2024-03-31",
        "inputs": [
            {
                "label": "baseline",
                "cycle": None,
                "start": "2024-02-05",
                "end": "2024-03-03",
                "count": 20,
                "known": 28,
                "per_28": 20.0,
            },
            {
                "label": "now",
                "cycle": None,
                "start": "2024-05-27",
                "end": "2024-06-23",
                "count": 10,
                "known": 28,
                "per_28": 10.0,
            },
        ],
        "robust": True,
    }


def test_wear_off_stands_in_json_by_week() -> None:
    found = plain(TREATED, after(111))["wear_off"]
    assert list(found) == ["weeks", "cycles", "difference", "interval", "signal"]
    assert found["weeks"]["1"] == {"count": 14, "known": 14, "per_week": 7.0}
    assert found["weeks"]["13+"] == {"count": 0, "known": 0, "per_week": None}
    assert (found["cycles"], found["difference"]) == (1, 6.0)


def test_floats_are_not_rounded_in_json() -> None:
    thirds = record(months(after(-28), 27, 7), FIRST)
    assert plain(thirds, after(27))["change"]["headache_days"]["percent"] == (7 - 27) / 27 * 100


def test_headache_days_alone_can_miss_a_benefit_so_every_metric_is_shown() -> None:
    before = [headache(after(offset), intensity="severe", hours=24) for offset in range(-28, 0)]
    since = [headache(after(offset), intensity="mild", hours=6) for offset in range(28)]
    found = compute_figures(record(before + since), after(27)).change
    assert found is not None
    shown = {metric: change.difference for metric, change in found.items() if change is not None}
    assert shown == {
        "headache_days": 0.0,
        "moderate_severe_days": -28.0,
        "headache_hours": -504.0,
        "acute_medication_days": 0.0,
        "clear_days": 0.0,
    }


def test_figures_as_of_a_date_do_not_know_what_came_later() -> None:
    known_then = record(
        [day for day in TREATED.days.values() if day.date <= after(60)],
        FIRST,
    )
    assert compute_figures(TREATED, after(60)) == compute_figures(known_then, after(60))


def test_the_same_record_gives_the_same_figures_in_any_order_of_days() -> None:
    backwards = Diary.of(reversed(list(TREATED.days.values())), TREATED.sessions[::-1])
    assert compute_figures(backwards, after(111)) == compute_figures(TREATED, after(111))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_figures_import_the_standard_library_and_each_other_alone(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    relative = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    found |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not relative
    strangers = {
        name
        for name in found
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("figures")
    }
    assert strangers == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_figures_never_look_at_a_clock(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert names.isdisjoint({"today", "now", "utcnow", "time", "monotonic", "fromtimestamp"})
