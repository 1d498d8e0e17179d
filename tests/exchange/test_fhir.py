"""The record as FHIR: valid by the models of fhir.resources, invariants, and the same counts as the figures."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from fhir.resources.R4B.bundle import Bundle

from accounts.models import Record
from exchange.fhir import codes
from exchange.fhir.bundle import build_bundle, list_resources, validate_shapes
from exchange.fhir.resources import patient_id
from figures.engine import compute_figures
from figures.values import METRICS
from headaches.models import DiaryDay, Intake
from progress.cache.load import load_diary
from tests.conftest import NOON, TODAY
from tests.progress.people import two_cycles
from treatments.models import InjectionSession, InjectionSite, Preventive, Score, SideEffect

FEATURES = 8 + 32 + 64  # nausea, light, sound


def fill(record: Record) -> None:
    """Two cycles with everything that a resource is made of."""
    two_cycles(record, TODAY)
    day = DiaryDay.objects.filter(record=record, headache=True).latest("date")
    day.features, day.lost, day.menstruation, day.note, day.triggers = (
        FEATURES,
        "half",
        True,
        "a secret",
        "wine",
    )
    day.save()
    Intake.objects.create(
        day=day, name="Sumatriptan", drug_class="triptan", doses=Decimal("1.5"), relief="partial"
    )
    Intake.objects.create(day=day, name="Ibuprofen", drug_class="nsaid")
    first, second = record.sessions.order_by("date")
    InjectionSession.objects.filter(pk=first.pk).update(
        lot="C1234", injector="Dr Carl", note="sore", units=155
    )
    InjectionSite.objects.create(session=first, muscle="temporalis", side="left", sites=4, units=20)
    InjectionSite.objects.create(session=first, muscle="procerus", side="midline", sites=1)
    InjectionSession.objects.filter(pk=second.pk).update(product="Dysport", units=500)
    SideEffect.objects.create(session=first, effect="neck pain")
    Preventive.objects.create(
        record=record,
        name="Topiramate",
        dose="50 mg",
        drug_class="anticonvulsant",
        started=date(2025, 1, 1),
        ended=date(2025, 3, 1),
        outcome="no effect",
    )
    Preventive.objects.create(record=record, name="Propranolol", started=TODAY + timedelta(1))
    Score.objects.create(record=record, date=TODAY, instrument="hit6", score=60)
    counts = dict(zip(("midas_a", "midas_b", "midas_c", "midas_d", "midas_e"), (5, 6, 7, 8, 9), strict=True))
    Score.objects.create(record=record, date=TODAY, instrument="midas", score=35, **counts)


def of_type(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource for resource in resources if resource["resourceType"] == kind]


def coded(resources: list[dict[str, Any]], code: codes.Code) -> list[dict[str, Any]]:
    return [each for each in of_type(resources, "Observation") if code.coding in each["code"]["coding"]]


def parts(resource: dict[str, Any]) -> dict[str, Any]:
    """The components of an Observation by their code."""
    return {
        each["code"]["coding"][0]["code"]: next(
            value for name, value in each.items() if name.startswith("value")
        )
        for each in resource["component"]
    }


@pytest.fixture
def resources(alice: Record) -> list[dict[str, Any]]:
    fill(alice)
    return list_resources(alice, TODAY)


@pytest.mark.database
def test_every_resource_is_valid_and_every_reference_resolves(resources: list[dict[str, Any]]) -> None:
    bundle = build_bundle(resources, NOON)
    Bundle.model_validate(bundle)
    addresses = {f"{each['resourceType']}/{each['id']}" for each in resources}
    assert len(addresses) == len(resources)
    assert [entry["fullUrl"] for entry in bundle["entry"]] == [
        f"{settings.BASE_URL}/fhir/{each['resourceType']}/{each['id']}" for each in resources
    ]
    text = json.dumps(bundle)
    for reference in set(re.findall(r'"reference": "([^"]+)"', text)):
        assert reference == "#product" or reference in addresses
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", each["id"]) for each in resources)
    subjects = {each["subject"]["reference"] for each in resources[1:]}
    assert subjects == {f"Patient/{resources[0]['id']}"}
    # Nothing names the patient, and her key cannot be told from her id.
    assert "alice" not in text.lower()
    assert json.loads(json.dumps(bundle)) == bundle


def test_each_recorded_day_is_one_observation_with_or_without_headache(
    alice: Record, resources: list[dict[str, Any]]
) -> None:
    days = coded(resources, codes.HEADACHE)
    rows = list(DiaryDay.objects.filter(record=alice).values_list("date", "headache"))
    assert [(each["effectiveDateTime"], each["valueBoolean"]) for each in days] == [
        (day.isoformat(), headache) for day, headache in rows
    ]
    full = next(each for each in days if each.get("note"))
    assert {name: value for name, value in parts(full).items() if isinstance(value, bool)} == {
        "one-sided": False, "pulsating": False, "worse-with-activity": False, "422587007": True, "422400008": False,
        "409668002": True, "313387002": True, "aura": False, "menstruation": True,
    }  # fmt: skip
    assert [note["text"] for note in full["note"]] == ["wine", "a secret"]
    assert parts(full)["lost"]["value"] == 0.5


def test_counts_in_the_bundle_equal_the_figures(alice: Record, resources: list[dict[str, Any]]) -> None:
    figures = compute_figures(load_diary(alice), TODAY)
    assert figures.baseline is not None
    assert figures.now is not None
    days = coded(resources, codes.HEADACHE)
    windows = [
        figures.baseline,
        figures.now,
        *(period for cycle in figures.cycles for period in cycle.periods),
    ]
    for window in windows:
        inside = [
            each
            for each in days
            if window.start.isoformat() <= each["effectiveDateTime"] <= window.end.isoformat()
        ]
        assert len(inside) == window.recorded
        assert sum(each["valueBoolean"] for each in inside) == window.metrics["headache_days"].count
    for metric in METRICS:
        derived = coded(resources, codes.RATES[metric])
        assert len(derived) == len(windows)
        for window, observation in zip(windows, derived, strict=True):
            count, values = window.metrics[metric], parts(observation)
            assert values["count"]["value"] == count.count
            assert (values["known-days"]["value"], values["recorded-days"]["value"]) == (
                count.known,
                window.recorded,
            )
            assert observation.get("valueQuantity", {}).get("value") == count.per_28
            assert ("dataAbsentReason" in observation) == (count.per_28 is None)
            assert observation["effectivePeriod"]["start"] == window.start.isoformat()
            assert "criterion any" in observation["method"]["text"]
            # The figure names the days that it is counted from.
            assert len(observation.get("derivedFrom", [])) == window.recorded
    lines = {each["note"][0]["text"]: each["valueString"] for each in coded(resources, codes.REFERENCE_LINE)}
    assert lines == {rule.id: rule.verdict for rule in figures.rules}
    months = Counter({each["valueQuantity"]["value"]: 1 for each in coded(resources, codes.MEDICATION_DAYS)})
    assert sum(months.values()) <= len(figures.overuse) == 2


def test_medicine_sessions_and_scores(resources: list[dict[str, Any]]) -> None:
    taken = [
        each for each in of_type(resources, "MedicationAdministration") if "medicationCodeableConcept" in each
    ]
    assert [
        (each["medicationCodeableConcept"]["text"], each["medicationCodeableConcept"]["coding"][0]["code"],
         each["dosage"]["dose"]["value"], each.get("note")) for each in taken
    ] == [("Sumatriptan", "N02CC", 1.5, [{"text": "relief: partial"}]), ("Ibuprofen", "M01A", 1, None)]  # fmt: skip
    injected = [each for each in of_type(resources, "MedicationAdministration") if "partOf" in each]
    doses = [each["dosage"]["dose"] for each in injected]
    allergan = {"unit": "Allergan units", "system": "http://unitsofmeasure.org", "code": "[arb'U]"}
    # Units belong to their product: those of another one are not Allergan units. A dose that is not known has no value.
    assert doses == [
        {"value": 20, **allergan},
        allergan,
        {**allergan, "value": 500, "unit": "units of Dysport"},
    ]
    assert [each["contained"][0].get("batch") for each in injected] == [{"lotNumber": "C1234"}] * 2 + [None]
    assert injected[0]["dosage"]["site"]["text"] == "temporalis left"
    procedures = of_type(resources, "Procedure")
    assert procedures[0]["complication"] == [{"text": "neck pain"}]
    assert {each["partOf"][0]["reference"] for each in injected} == {
        f"Procedure/{each['id']}" for each in procedures
    }
    [course] = of_type(resources, "MedicationStatement")
    assert (course["status"], course["statusReason"], course["effectivePeriod"]) == (
        "stopped", [{"text": "no effect"}], {"start": "2025-01-01", "end": "2025-03-01"},
    )  # fmt: skip
    [midas] = coded(resources, codes.SCORES["midas", ""])
    assert (midas["valueQuantity"]["value"], [each["value"] for each in parts(midas).values()]) == (
        35,
        [5, 6, 7, 8, 9],
    )


def test_a_scope_without_notes_has_none(alice: Record) -> None:
    fill(alice)
    text = json.dumps(list_resources(alice, TODAY, with_notes=False))
    assert "a secret" not in text
    assert "wine" not in text
    assert "sore" not in text


@pytest.mark.database
def test_the_number_of_queries_does_not_grow_with_the_diary(alice: Record) -> None:
    fill(alice)
    list_resources(alice, TODAY)  # packs the diary
    with CaptureQueriesContext(connection) as seen:
        list_resources(alice, TODAY)
    assert len(seen) <= 9


def test_a_shape_that_is_not_fhir_is_refused() -> None:
    with pytest.raises(ValueError, match="extra"):
        validate_shapes([{"resourceType": "Patient", "id": "x", "colour": "red"}])


def test_the_command_writes_the_bundle(alice: Record, tmp_path: Path) -> None:
    fill(alice)
    path = tmp_path / "record.json"
    call_command("fhir", "alice@example.org", str(path), "--as-of", TODAY.isoformat())
    bundle = json.loads(path.read_text())
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert bundle["entry"][0]["resource"]["id"] == patient_id(alice)
    assert path.stat().st_mode & 0o077 == 0
    for arguments in (
        ("nobody@example.org", str(path)),
        ("alice@example.org", str(tmp_path / "no" / "x.json")),
    ):
        with pytest.raises(CommandError):
            call_command("fhir", *arguments)


def test_every_code_is_documented_with_its_source() -> None:
    document = (Path(settings.BASE_DIR) / "docs" / "fhir.md").read_text()
    groups = [value.values() if isinstance(value, dict) else [value] for value in vars(codes).values()]
    listed = {each for group in groups for each in group if isinstance(each, codes.Code)}
    assert len(listed) > 80
    for code in listed:
        assert f"| `{code.code}` | {code.display} | {code.source} |" in document, code
