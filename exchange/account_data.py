"""What the database holds of a person beside her record's own files: the folder account/ of the exported zip.

One file of JSON lines for each model, a line for each row. It is for reading; an import ignores the folder. Every model
is in exactly one of the lists, which a test checks against the models there are.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Model, Q

from accounts.models import User

FOLDER: Final = "account/"
# Model, and how its rows lead to the person.
EXPORTED: Final[dict[str, tuple[str, ...]]] = {
    "accounts.User": ("pk",),
    "accounts.Record": ("user",),
    "accounts.Consent": ("user",),
    "accounts.Invitation": ("record__user",),
    "accounts.Grant": ("record__user", "clinician"),
    "accounts.Draft": ("user",),
    "accounts.AuditTrail": ("user",),
    "accounts.AuditIdentity": ("trail__user",),
    "accounts.AuditEntry": ("trail__user",),
    "headaches.Medicine": ("record__user",),
    "headaches.DayChange": ("record__user",),
    "headaches.DeviceChange": ("record__user",),
    "treatments.CalendarFeed": ("record__user",),
    "treatments.VisitSheet": ("record__user",),
    "exchange.AccessKey": ("record__user",),
    "exchange.HealthLink": ("record__user",),
    "exchange.ImportDraft": ("record__user",),
    "exchange.ImportMapping": ("record__user",),
    "reminders.Reminder": ("user",),
    "reminders.ReminderPreference": ("user",),
    "reminders.PushDevice": ("user",),
    "reminders.OperatorAction": ("user",),
    "account.EmailAddress": ("user",),
    "mfa.Authenticator": ("user",),
    "usersessions.UserSession": ("user",),
}
# In the record's own files (clinical rules, section 11).
IN_RECORD_FILES: Final = frozenset(
    {
        "headaches.DiaryDay",
        "headaches.Intake",
        "treatments.InjectionSession",
        "treatments.InjectionSite",
        "treatments.SideEffect",
        "treatments.EffectCheck",
        "treatments.Impression",
        "treatments.Goal",
        "treatments.Booking",
        "treatments.Preventive",
        "treatments.Score",
    }
)
LEFT_OUT: Final = {
    "progress.RecordVersion": "a counter; computed from the record",
    "progress.StoredDiary": "computed from the record",
    "progress.StoredDashboard": "computed from the record",
    "accounts.DemoEmail": "only in demo mode, whose people are made up",
    "reminders.DomainRateLimit": "of mail domains, not of persons",
    "reminders.PushKey": "of the site, not of a person",
    "reminders.JobHeartbeat": "of jobs, not of persons",
    "sessions.Session": "encrypted and named by nobody; the log-ins are in usersessions.UserSession",
    "account.EmailConfirmation": "unused: addresses are confirmed by codes",
    "auth.Permission": "of the framework, not of persons",
    "auth.Group": "of the framework, not of persons",
    "contenttypes.ContentType": "of the framework, not of persons",
}
# With these somebody could log in, read a calendar, or write to a device. They are not data about the person.
SECRETS: Final = frozenset(
    {
        "password", "passcode", "secret", "token_hash", "session_key", "p256dh", "auth", "endpoint", "worker_token",
        "salt",
    }
)  # fmt: skip
SECRETS_OF: Final = {"mfa.Authenticator": frozenset({"data"})}


def write_account_files(user: User) -> dict[str, bytes]:
    """Return the files of the folder by name, in the order of EXPORTED."""
    return {
        f"{FOLDER}{label.split('.')[1].lower()}.jsonl": "".join(write_lines(user, label)).encode()
        for label in EXPORTED
    }


def write_lines(user: User, label: str) -> Iterator[str]:
    """Yield a JSON line for each row of a model that belongs to the person, without secrets and packed bytes."""
    model: type[Model] = apps.get_model(label)
    is_own = Q()
    for path in EXPORTED[label]:
        is_own |= Q(**{path: user.pk})
    fields = list_fields(model)
    rows = model._default_manager.filter(is_own).order_by("pk").values(*fields)
    names = name_actors(user) if label == "accounts.AuditEntry" else {}
    for row in rows.iterator():
        if label == "accounts.AuditEntry":
            row |= names.get(row["actor_hash"], {})
        yield json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n"


def list_fields(model: type[Model]) -> list[str]:
    """Return the names of the exported fields. Packed bytes are her own uploads, or computed from them."""
    hidden = SECRETS | SECRETS_OF.get(model._meta.label, frozenset())
    return [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in hidden and not isinstance(field, BinaryField)
    ]


def name_actors(user: User) -> dict[str, dict[str, Any]]:
    """Return name and address of everybody in the person's audit log, as of then, by the hash of its entries."""
    entries = apps.get_model("accounts.AuditEntry").objects.filter(trail__user=user)
    identities = apps.get_model("accounts.AuditIdentity").objects.filter(
        hash__in=entries.values("actor_hash")
    )
    return {
        identity.hash: {"actor_name": identity.name, "actor_email": identity.email} for identity in identities
    }
