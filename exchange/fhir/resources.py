"""One FHIR R4 resource for each row of a record, as the dictionaries that JSON is written from."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

from accounts.models import Record
from exchange.fhir import codes
from exchange.fhir.codes import Code
from headaches.models import DiaryDay, Feature, Intake
from treatments.domain.sites import is_botox
from treatments.models import InjectionSession, InjectionSite, Preventive, Score

NAMESPACE: Final = UUID("8a3f2f0e-6f0a-5a38-9b5b-7d1a3f0c9d11")
LOST_DAYS: Final = {"none": 0, "half": 0.5, "full": 1}

Resource = dict[str, Any]


class Subject:
    """The patient of the resources. Ids are made from the record's key: they are the same in every bundle, and
    nobody can tell the key from them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.id = patient_id(record)
        self.reference = {"reference": f"Patient/{self.id}"}

    def resource_id(self, *parts: object) -> str:
        return str(uuid5(NAMESPACE, "/".join(map(str, (self.id, *parts)))))


def patient_id(record: Record) -> str:
    return sha256(f"fhir/{record.key}".encode()).hexdigest()[:32]


def number(value: Decimal | float) -> float | int:
    """Return a number as JSON writes it best: whole numbers without a fraction."""
    return int(value) if value == int(value) else float(value)


def quantity(value: Decimal | float, code: str, unit: str) -> dict[str, Any]:
    return {"value": number(value), "unit": unit, "system": codes.UCUM, "code": code}


def component(code: Code, **value: Any) -> dict[str, Any]:
    return {"code": code.concept, **value}


def without_empty(values: Mapping[str, Any]) -> Resource:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def build_patient(subject: Subject) -> Resource:
    """Return the patient: a pseudonym and her language, nothing that names her."""
    return {
        "resourceType": "Patient",
        "id": subject.id,
        "active": True,
        "communication": [
            {
                "language": {
                    "coding": [{"system": "urn:ietf:bcp:47", "code": subject.record.user.language}],
                },
                "preferred": True,
            }
        ],
    }


def build_day(subject: Subject, day: DiaryDay, *, with_notes: bool) -> Resource:
    """Return the Observation of one recorded day, with what was answered. Unrecorded days have none."""
    components: list[dict[str, Any]] = []
    if day.intensity:
        components.append(
            component(codes.SEVERITY, valueCodeableConcept=codes.INTENSITIES[day.intensity].concept)
        )
    if day.hours is not None:
        components.append(component(codes.HOURS, valueQuantity=quantity(day.hours, "h", "h")))
    if day.features is not None:
        components += build_features(day.features)
    if day.lost:
        components.append(component(codes.LOST, valueQuantity=quantity(LOST_DAYS[day.lost], "d", "day")))
    if day.menstruation is not None:
        components.append(component(codes.MENSTRUATION, valueBoolean=day.menstruation))
    notes = [{"text": text} for text in (day.triggers, day.note) if text] if with_notes else []
    return without_empty(
        {
            "resourceType": "Observation",
            "id": subject.resource_id("day", day.date),
            "status": "final",
            "category": [codes.SURVEY.concept],
            "code": codes.HEADACHE.concept,
            "subject": subject.reference,
            "effectiveDateTime": day.date.isoformat(),
            "performer": [subject.reference],
            "valueBoolean": day.headache,
            "component": components,
            "note": notes,
        }
    )


@cache
def build_features(features: int) -> tuple[dict[str, Any], ...]:
    """Return a component for each feature, whether it was there. There are 256 sets of them; each is built once."""
    return tuple(
        component(codes.FEATURES[feature.word], valueBoolean=bool(features & feature)) for feature in Feature
    )


def build_intake(subject: Subject, day: date, position: int, intake: Intake) -> Resource:
    """Return the MedicationAdministration of acute medicine on a day."""
    return without_empty(
        {
            "resourceType": "MedicationAdministration",
            "id": subject.resource_id("intake", day, position),
            "status": "completed",
            "medicationCodeableConcept": {
                "coding": [codes.DRUG_CLASSES[intake.drug_class].coding],
                "text": intake.name,
            },
            "subject": subject.reference,
            "effectiveDateTime": day.isoformat(),
            "dosage": {"dose": quantity(intake.doses, "{dose}", "dose")},
            "note": [{"text": f"relief: {intake.relief}"}] if intake.relief else [],
        }
    )


def build_preventive(
    subject: Subject, position: int, course: Preventive, today: date, *, with_notes: bool
) -> Resource:
    """Return the MedicationStatement of one course of a preventive."""
    status = "active" if course.runs(today) else "stopped" if course.outcome else "completed"
    period = {"start": course.started, "end": course.ended}
    coding = [codes.PREVENTIVE_CLASSES[course.drug_class].coding] if course.drug_class else []
    return without_empty(
        {
            "resourceType": "MedicationStatement",
            "id": subject.resource_id("preventive", position),
            "status": status,
            "statusReason": [{"text": course.outcome}] if course.outcome else [],
            "medicationCodeableConcept": without_empty({"coding": coding, "text": course.name}),
            "subject": subject.reference,
            "effectivePeriod": {name: day.isoformat() for name, day in period.items() if day},
            "informationSource": subject.reference,
            "dosage": [{"text": course.dose}] if course.dose else [],
            "note": [{"text": course.note}] if course.note and with_notes else [],
        }
    )


def build_session(
    subject: Subject, session: InjectionSession, effects: Iterable[str], *, with_notes: bool
) -> Resource:
    """Return the Procedure of a session; its side effects are complications in the patient's words."""
    return without_empty(
        {
            "resourceType": "Procedure",
            "id": subject.resource_id("session", session.date),
            "status": "completed",
            "code": codes.INJECTION.concept,
            "subject": subject.reference,
            "performedDateTime": session.date.isoformat(),
            "performer": [{"actor": {"display": session.injector}}] if session.injector else [],
            "location": {"display": session.clinic} if session.clinic else {},
            "complication": [{"text": effect} for effect in effects],
            "note": [{"text": session.note}] if session.note and with_notes else [],
        }
    )


def build_medication(session: InjectionSession) -> Resource:
    """Return the product of a session with its lot, to be contained in what was administered."""
    coding = [codes.BOTULINUM_TOXIN.coding]
    if is_botox(session.product):
        coding.insert(0, codes.BOTULINUM_TOXIN_A.coding)
    return without_empty(
        {
            "resourceType": "Medication",
            "id": "product",
            "code": {"coding": coding, "text": session.product},
            "batch": {"lotNumber": session.lot} if session.lot else {},
        }
    )


def build_injection(subject: Subject, session: InjectionSession, site: InjectionSite | None) -> Resource:
    """Return the MedicationAdministration of one muscle and side, or of a whole session without sites.

    Units belong to their product: the product is coded, the unit is arbitrary and its text names whose it is. A dose
    without a value is one that was not recorded.
    """
    units = session.units if site is None else site.units
    dose: dict[str, Any] = {
        "unit": codes.ALLERGAN_UNIT if is_botox(session.product) else f"units of {session.product}",
        "system": codes.UCUM,
        "code": codes.ARBITRARY_UNIT,
    }
    if units is not None:
        dose = {"value": number(units), **dose}
    dosage: dict[str, Any] = {"route": codes.INTRAMUSCULAR.concept, "dose": dose}
    if site is not None:
        muscle = codes.MUSCLES[site.muscle]
        dosage["site"] = {"coding": [muscle.coding], "text": f"{site.muscle} {site.side}".strip()}
        if site.sites:
            dosage["text"] = f"{site.sites} injection sites"
    place = ("whole",) if site is None else (site.muscle, site.side)
    return {
        "resourceType": "MedicationAdministration",
        "id": subject.resource_id("injection", session.date, *place),
        "contained": [build_medication(session)],
        "partOf": [{"reference": f"Procedure/{subject.resource_id('session', session.date)}"}],
        "status": "completed",
        "medicationReference": {"reference": "#product"},
        "subject": subject.reference,
        "effectiveDateTime": session.date.isoformat(),
        "dosage": dosage,
    }


def build_score(subject: Subject, score: Score) -> Resource:
    """Return the Observation of one questionnaire total, of MIDAS with its five day counts."""
    counts = {letter: getattr(score, f"midas_{letter}") for letter in codes.MIDAS_COUNTS}
    return without_empty(
        {
            "resourceType": "Observation",
            "id": subject.resource_id("score", score.date, score.instrument, score.scale),
            "status": "final",
            "category": [codes.SURVEY.concept],
            "code": codes.SCORES[score.instrument, score.scale].concept,
            "subject": subject.reference,
            "effectiveDateTime": score.date.isoformat(),
            "performer": [subject.reference],
            "valueQuantity": quantity(score.score, "{score}", "score"),
            "component": [
                component(codes.MIDAS_COUNTS[letter], valueQuantity=quantity(count, "d", "days"))
                for letter, count in counts.items()
                if count is not None
            ],
        }
    )
