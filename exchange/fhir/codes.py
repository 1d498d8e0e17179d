"""The codes of the FHIR resources, each with its system, display and source. docs/fhir.md lists them; a test compares.

What has no published code, or none that could be verified, has one of our own system and says so by its source.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from figures.values import METRICS, YES_NO_METRICS

SNOMED: Final = "http://snomed.info/sct"
ATC: Final = "http://www.whocc.no/atc"
UCUM: Final = "http://unitsofmeasure.org"
CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
OWN: Final = "urn:botoxtrack:codes"

OF_SNOMED: Final = "SNOMED CT International"
OF_WHO: Final = "WHO ATC index"
OF_HL7: Final = "HL7 terminology"
NO_CODE: Final = "own code: no published code found"


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its display. text: as people read it."""

    system: str
    code: str
    display: str
    source: str

    @property
    def coding(self) -> dict[str, str]:
        return {"system": self.system, "code": self.code, "display": self.display}

    @property
    def concept(self) -> dict[str, Any]:
        """A CodeableConcept, to be read only: many resources share it."""
        return build_concept(self)


@cache
def build_concept(code: Code) -> dict[str, Any]:
    return {"coding": [code.coding], "text": code.display}


HEADACHE: Final = Code(SNOMED, "25064002", "Headache", OF_SNOMED)
SEVERITY: Final = Code(SNOMED, "246112005", "Severity", OF_SNOMED)
INTENSITIES: Final = {
    "mild": Code(SNOMED, "255604002", "Mild", OF_SNOMED),
    "moderate": Code(SNOMED, "6736007", "Moderate", OF_SNOMED),
    "severe": Code(SNOMED, "24484000", "Severe", OF_SNOMED),
}
FEATURES: Final = {
    "nausea": Code(SNOMED, "422587007", "Nausea", OF_SNOMED),
    "vomiting": Code(SNOMED, "422400008", "Vomiting", OF_SNOMED),
    "light": Code(SNOMED, "409668002", "Photophobia", OF_SNOMED),
    "sound": Code(SNOMED, "313387002", "Phonophobia", OF_SNOMED),
    "one-sided": Code(OWN, "one-sided", "Headache on one side", NO_CODE),
    "pulsating": Code(OWN, "pulsating", "Pulsating headache", NO_CODE),
    "worse-with-activity": Code(OWN, "worse-with-activity", "Headache worse with activity", NO_CODE),
    "aura": Code(OWN, "aura", "Aura", NO_CODE),
}
HOURS: Final = Code(OWN, "hours", "Hours of headache on the day", NO_CODE)
LOST: Final = Code(OWN, "lost", "Part of the day lost", NO_CODE)
MENSTRUATION: Final = Code(OWN, "menstruation", "Menstruation", NO_CODE)

DRUG_CLASSES: Final = {
    "triptan": Code(ATC, "N02CC", "Selective serotonin (5HT1) agonists", OF_WHO),
    "ergot": Code(ATC, "N02CA", "Ergot alkaloids", OF_WHO),
    "opioid": Code(ATC, "N02A", "Opioids", OF_WHO),
    "simple": Code(ATC, "N02B", "Other analgesics and antipyretics", OF_WHO),
    "nsaid": Code(ATC, "M01A", "Antiinflammatory and antirheumatic products, non-steroids", OF_WHO),
    "gepant": Code(ATC, "N02CD", "Calcitonin gene-related peptide (CGRP) antagonists", OF_WHO),
    "combination": Code(OWN, "combination", "Combination painkiller", NO_CODE),
    "ditan": Code(OWN, "ditan", "Ditan", NO_CODE),
    "other": Code(OWN, "other", "Other acute medicine", NO_CODE),
}
PREVENTIVE_CLASSES: Final = {
    "beta blocker": Code(ATC, "C07A", "Beta blocking agents", OF_WHO),
    "anticonvulsant": Code(ATC, "N03A", "Antiepileptics", OF_WHO),
    "tricyclic": Code(ATC, "N06AA", "Non-selective monoamine reuptake inhibitors", OF_WHO),
    "snri": Code(ATC, "N06AX", "Other antidepressants", OF_WHO),
    "calcium channel blocker": Code(ATC, "C08", "Calcium channel blockers", OF_WHO),
    "cgrp antibody": Code(ATC, "N02CD", "Calcitonin gene-related peptide (CGRP) antagonists", OF_WHO),
    "gepant": Code(ATC, "N02CD", "Calcitonin gene-related peptide (CGRP) antagonists", OF_WHO),
    "blood pressure": Code(OWN, "blood-pressure", "Other medicine for blood pressure", NO_CODE),
    "supplement": Code(OWN, "supplement", "Supplement", NO_CODE),
    "device": Code(OWN, "device", "Device or other treatment", NO_CODE),
    "other": Code(OWN, "other-preventive", "Other preventive", NO_CODE),
}
BOTULINUM_TOXIN_A: Final = Code(SNOMED, "108890005", "Botulinum toxin type A", OF_SNOMED)
BOTULINUM_TOXIN: Final = Code(ATC, "M03AX01", "Botulinum toxin", OF_WHO)
INJECTION: Final = Code(SNOMED, "404909007", "Injection of botulinum toxin", OF_SNOMED)
INTRAMUSCULAR: Final = Code(SNOMED, "78421000", "Intramuscular route", OF_SNOMED)
MUSCLES: Final = {
    "temporalis": Code(SNOMED, "52927003", "Structure of temporalis muscle", OF_SNOMED),
    "corrugator": Code(OWN, "corrugator", "Corrugator muscle", NO_CODE),
    "procerus": Code(OWN, "procerus", "Procerus muscle", NO_CODE),
    "frontalis": Code(OWN, "frontalis", "Frontalis muscle", NO_CODE),
    "occipitalis": Code(OWN, "occipitalis", "Occipitalis muscle", NO_CODE),
    "cervical paraspinal": Code(OWN, "cervical-paraspinal", "Cervical paraspinal muscles", NO_CODE),
    "trapezius": Code(OWN, "trapezius", "Trapezius muscle", NO_CODE),
}
SCORES: Final = {
    ("hit6", ""): Code(OWN, "hit-6", "HIT-6 total", NO_CODE),
    ("midas", ""): Code(OWN, "midas", "MIDAS total", NO_CODE),
    ("msq", "restrictive"): Code(OWN, "msq-restrictive", "MSQ v2.1 role function-restrictive", NO_CODE),
    ("msq", "preventive"): Code(OWN, "msq-preventive", "MSQ v2.1 role function-preventive", NO_CODE),
    ("msq", "emotional"): Code(OWN, "msq-emotional", "MSQ v2.1 emotional function", NO_CODE),
}
MIDAS_COUNTS: Final = {
    letter: Code(OWN, f"midas-{letter}", f"MIDAS day count {letter.upper()}", NO_CODE) for letter in "abcde"
}

# Figures of docs/clinical-rules.md.
METRIC_NAMES: Final = {
    "headache_days": "Headache days",
    "migraine_days": "Migraine days",
    "moderate_severe_days": "Days with moderate or severe headache",
    "headache_hours": "Hours of headache",
    "acute_medication_days": "Days with acute medication",
    "clear_days": "Headache-free days",
    "lost_days": "Days lost",
}
RATES: Final = {
    metric: Code(OWN, metric.replace("_", "-"), f"{METRIC_NAMES[metric]} in 28 days", NO_CODE)
    for metric in METRICS
}
CHANGES: Final = {
    metric: Code(
        OWN, f"change-{metric.replace('_', '-')}", f"{METRIC_NAMES[metric]}, change in 28 days", NO_CODE
    )
    for metric in METRICS
}
LOOKS: Final = {
    metric: Code(OWN, f"look-{metric.replace('_', '-')}", f"{METRIC_NAMES[metric]}, latest look", NO_CODE)
    for metric in YES_NO_METRICS
}
DIFFERENCE: Final = Code(OWN, "difference", "Difference in 28 days", NO_CODE)
COUNT: Final = Code(OWN, "count", "Count over the known days", NO_CODE)
KNOWN: Final = Code(OWN, "known-days", "Known days", NO_CODE)
RECORDED: Final = Code(OWN, "recorded-days", "Recorded days", NO_CODE)
PERCENT: Final = Code(OWN, "percent", "Change in percent", NO_CODE)
LOW: Final = Code(OWN, "interval-low", "Lower limit of the interval", NO_CODE)
HIGH: Final = Code(OWN, "interval-high", "Upper limit of the interval", NO_CODE)
REFERENCE_LINE: Final = Code(OWN, "reference-line", "Published reference line", NO_CODE)
WEAR_OFF: Final = Code(OWN, "wear-off", "Weeks 9-12 minus weeks 5-8, headache days in 28 days", NO_CODE)
MEDICATION_DAYS: Final = Code(
    OWN, "medication-days", "Days with acute medication of a group in a month", NO_CODE
)
GROUP: Final = Code(OWN, "medication-group", "Group of acute medication", NO_CODE)

SURVEY: Final = Code(CATEGORY, "survey", "Survey", OF_HL7)
UNKNOWN: Final = Code(ABSENT, "unknown", "Unknown", OF_HL7)

ALLERGAN_UNIT: Final = "Allergan units"
ARBITRARY_UNIT: Final = "[arb'U]"
