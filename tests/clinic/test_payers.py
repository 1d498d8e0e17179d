"""The rules of payers on a record: the page, the command, and the operator's own folder."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Record
from clinic.payers.load import load_rule_sets
from tests.conftest import TODAY, Cast, as_user
from tests.progress.people import keep, rate, treat
from treatments.models import Preventive

SHIPPED = {"nice-ta260", "ehf-2018", "preempt", "washington-lni", "australia-mbs", "us-generic"}


def two_sessions(record: Record) -> str:
    """20 of 28 days before, 10 of 28 in weeks 9 to 12 of cycle 2: exactly half. Returns the last of these days."""
    first = TODAY - timedelta(84 + 83)
    keep(record, first - timedelta(84), rate(20) * 3)
    keep(record, first, rate(20) * 5 + rate(10))
    treat(record, first, first + timedelta(84))
    return TODAY.isoformat()


def ask(*arguments: str) -> dict[str, dict[str, object]]:
    out = StringIO()
    call_command("payer", "alice@example.org", "--json", *arguments, stdout=out)
    return {rule["id"]: rule for rule in json.loads(out.getvalue())["rules"]}


@pytest.mark.database
def test_the_command_answers_every_shipped_rule(alice: Record) -> None:
    day = two_sessions(alice)
    for name in ("Propranolol", "Topiramate", "propranolol "):
        Preventive.objects.create(record=alice, name=name)
    rules = ask("--as-of", day)
    assert {rule["rules"] for rule in rules.values()} == SHIPPED
    meets = {name: rule["meets"] for name, rule in rules.items()}
    assert meets == {
        "nice-start": None,  # no features: migraine days are not known
        "nice-preventives": False,  # two names, one written twice
        "nice-30": True,
        "nice-under-15": False,  # 20, 20, 10
        "ehf-30": False,  # 20 before session 2, 20 after it
        "ehf-under-10": False,
        "preempt-50": True,  # exactly half
        "wa-start": None,
        "wa-diary": True,
        "wa-preventives": False,
        "wa-50": False,  # exactly half is not more than half
        "mbs-start": None,  # 84 of 168 days
        "mbs-preventives": False,
        "mbs-50": True,
        "mbs-50-kept": True,
        "us-7-days-or-100-hours": True,
    }
    window = rules["nice-30"]["windows"]
    assert isinstance(window, list)
    assert [(each["role"], each["count"], each["known"], each["floor"]) for each in window] == [
        ("before", 20, 28, 20),
        ("after", 10, 28, 20),
    ]
    assert rules["nice-30"]["shows"] == "Headache days: 20.0 before, 10.0 after: 50 % fewer."
    for name, ids in (
        ("preempt", {"preempt-50"}),
        ("EHF", {"ehf-30", "ehf-under-10"}),  # the beginning of one id
        ("mbs-50", {"mbs-50"}),  # a rule alone
    ):
        assert set(ask("--rules", name, "--as-of", day)) == ids


def test_an_empty_diary_answers_nothing(alice: Record) -> None:
    rules = ask()
    assert {rule["meets"] for rule in rules.values()} == {None}
    assert all(
        rule["asks"] and rule["shows"] and rule["source"] and rule["checked"] for rule in rules.values()
    )


def test_unknown_names_are_refused_in_a_sentence(alice: Record) -> None:
    for arguments, sentence in (
        (("alice@example.org", "--rules", "x"), "There is no rule set 'x'. There are: australia-mbs,"),
        (("nobody@example.org",), "There is no record for nobody@example.org."),
        (("alice@example.org", "--as-of", "May"), "--as-of May is no date."),
    ):
        with pytest.raises(CommandError, match=sentence.replace("(", r"\(")):
            call_command("payer", *arguments)


@pytest.mark.database
def test_patient_and_clinician_see_the_same_answers(cast: Cast) -> None:
    day = two_sessions(cast.alice)
    own = as_user(cast.alice.user).get(reverse("payers"), {"as_of": day}).content.decode()
    shared = as_user(cast.carl).get(reverse("patient_payers", args=[cast.alice.key]), {"as_of": day})
    for page in (own, shared.content.decode()):
        assert "Headache days: 20.0 before, 10.0 after: 50 % fewer." in page
        assert "These numbers do not meet it." in page
        assert "https://www.nice.org.uk/guidance/ta260" in page
    assert as_user(cast.emil).get(reverse("patient_payers", args=[cast.alice.key])).status_code == 404


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.PAYER_RULES_DIR = str(tmp_path)
    load_rule_sets.cache_clear()
    yield tmp_path
    load_rule_sets.cache_clear()


OWN = """
id = "our-board"
name = "Our board"
source = "Policy 12"
checked = 2026-05-06
[[rules]]
id = "our-40"
stage = "continue"
before = { before-session = 1 }
after = { last-days = 28 }
thresholds = [{ kind = "percent", value = 40 }]
"""


def test_an_operator_adds_a_rule_set(folder: Path, alice: Record) -> None:
    (folder / "own.toml").write_text(OWN)
    assert ask("--rules", "our-board", "--as-of", two_sessions(alice))["our-40"]["meets"] is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id =", "own.toml is not used: It is no TOML"),
        (
            OWN.replace("percent", "half"),
            "own.toml is not used: kind of a threshold of rule 'our-40' must be one of",
        ),
        (OWN.replace("our-40", "nice-30"), "two rules have the id 'nice-30'"),
    ],
)
def test_a_bad_file_is_refused_at_the_start(folder: Path, text: str, sentence: str) -> None:
    (folder / "own.toml").write_text(text)
    with pytest.raises(ImproperlyConfigured) as refusal:
        load_rule_sets()
    assert sentence in str(refusal.value)


def test_a_missing_folder_is_refused(folder: Path, settings: Any) -> None:
    settings.PAYER_RULES_DIR = str(folder / "none")
    with pytest.raises(ImproperlyConfigured, match="which is no folder"):
        load_rule_sets()
