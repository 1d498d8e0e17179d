"""Descriptions of rows for people: titles, and the fields in which two versions of a row differ."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Record, User
from core.formatting import day
from exchange.imports.apply import Change
from exchange.rows import USER_FIELDS
from exchange.schema import (
    APPOINTMENT,
    DIARY,
    EFFECT_CHECKS,
    GOALS,
    IMPRESSIONS,
    INJECTIONS,
    PREVENTIVES,
    PROFILE,
    SCORES,
    SESSIONS,
    SIDE_EFFECTS,
    TABLES,
    Key,
)
from headaches import times
from headaches.models import FEATURE_LABELS, DrugClass, Feature, Intake
from headaches.snapshots import intake_times
from treatments.models import InjectionSite, Score

# What each file contains.
FILE_LABELS = {
    DIARY: gettext_lazy("Days"),
    SESSIONS: gettext_lazy("Sessions"),
    INJECTIONS: gettext_lazy("Injection sites"),
    SIDE_EFFECTS: gettext_lazy("Side effects"),
    PREVENTIVES: gettext_lazy("Other preventives"),
    SCORES: gettext_lazy("Scores"),
    EFFECT_CHECKS: gettext_lazy("Answers after a session"),
    GOALS: gettext_lazy("Goals"),
    IMPRESSIONS: gettext_lazy("Overall impressions"),
    APPOINTMENT: gettext_lazy("Next appointment"),
    PROFILE: gettext_lazy("Settings"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which a row differs: its label, the current value, the imported value."""

    label: str
    current: str
    imported: str


def format_key_date(key: Key) -> str:
    return day(date.fromisoformat(key[0]))


def describe_row(file: str, key: Key) -> str:
    """Return the title of a row, such as "6 May 2026"."""
    describe_by_file: dict[str, Callable[[], str]] = {
        DIARY: lambda: format_key_date(key),
        SESSIONS: lambda: _("Session of %(day)s") % {"day": format_key_date(key)},
        INJECTIONS: lambda: (
            _("%(muscle)s %(side)s, session of %(day)s")
            % {
                "muscle": InjectionSite.Muscle(key[1]).label,
                "side": InjectionSite.Side(key[2]).label if key[2] else "",
                "day": format_key_date(key),
            }
        ),
        SIDE_EFFECTS: lambda: (
            _("%(effect)s, session of %(day)s") % {"effect": key[1], "day": format_key_date(key)}
        ),
        PREVENTIVES: lambda: key[0],
        SCORES: lambda: (
            _("%(instrument)s of %(day)s")
            % {"instrument": Score.Instrument(key[1]).label, "day": format_key_date(key)}
        ),
        EFFECT_CHECKS: lambda: (
            _("%(days)s days after the session of %(day)s") % {"days": key[1], "day": format_key_date(key)}
        ),
        GOALS: lambda: (
            _("Goal %(number)s, session of %(day)s") % {"number": key[1], "day": format_key_date(key)}
        ),
        IMPRESSIONS: lambda: _("Overall impression, session of %(day)s") % {"day": format_key_date(key)},
        APPOINTMENT: lambda: _("Next appointment"),
        PROFILE: lambda: _("Settings of the record"),
    }
    return describe_by_file[file]()


def find_differences(change: Change) -> list[Difference]:
    """Find the fields in which an imported row differs from the stored one."""
    current, imported = change.old.values, change.new.values
    return [
        Difference(
            _("Medicine") if name == "intakes" else capfirst(str(get_field(change.file, name).verbose_name)),
            format_value(change.file, name, current[name]),
            format_value(change.file, name, imported[name]),
        )
        for name in current
        if current[name] != imported[name]
    ]


def get_field(file: str, name: str) -> Any:
    if file == PROFILE:
        return (User if name in USER_FIELDS else Record)._meta.get_field(name)
    return TABLES[file].model._meta.get_field(name)


def format_value(file: str, name: str, value: Any) -> str:
    """Format a value for people."""
    if name == "intakes":
        return "; ".join(map(format_intake, value)) or _("none")
    if value is None or value == "":
        return _("not answered") if file == DIARY else _("empty")
    if name == "features":
        return ", ".join(str(FEATURE_LABELS[feature]) for feature in Feature if value & feature) or _(
            "none of these"
        )
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in ("ended", "date"):
        return day(date.fromisoformat(value))
    chosen: dict[Any, Any] = dict(get_field(file, name).flatchoices)
    return str(chosen.get(value, value))


def format_intake(intake: list[str]) -> str:
    """Return "Sumatriptan 50 mg (triptan) × 1.5, some relief"."""
    name, drug_class, doses, relief = intake[:4]
    text = f"{name} ({DrugClass(drug_class).label}) × {doses}"
    if intake_times(intake):
        text = f"{text} ({times.format_times(intake_times(intake))})"
    return f"{text}, {Intake.Relief(relief).label}" if relief else text
