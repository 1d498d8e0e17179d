"""What opens something is stored so that a copy of the database does not open it."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import emails, sharing
from accounts.models import Record
from exchange.fhir.access import make_key, make_link, read_secret
from reminders.emails.links import sign_answer_token
from tests.accounts.test_allauth_pages import enrol, log_in, page
from tests.conftest import PASSWORD, confirm_password

# A field whose name suggests a secret, and how it is stored.
SUSPICIOUS = re.compile("key|token|secret|hash|password|auth|code|seed|data|p256dh|endpoint|credential")
STORED_AS = {
    "accounts.User.password": "hashed (Argon2)",
    "accounts.Record.key": "opens nothing: names a record to who may see it",
    "accounts.Invitation.token_hash": "hashed",
    "accounts.AuditTrail.key": "opens nothing: the pseudonym of an account",
    "accounts.AuditTrail.cut_hash": "opens nothing: a hash of the chain",
    "accounts.AuditIdentity.hash": "opens nothing: stands for a name in the audit log",
    "accounts.AuditEntry.hash": "opens nothing: a hash of the chain",
    "accounts.AuditEntry.actor_key": "opens nothing: the pseudonym of an account",
    "accounts.AuditEntry.actor_hash": "opens nothing: stands for a name in the audit log",
    "accounts.Draft.key": "opens nothing: the path of a page",
    "exchange.AccessKey.token_hash": "hashed",
    "exchange.HealthLink.token_hash": "hashed",
    "exchange.HealthLink.secret": "encrypted",
    "exchange.HealthLink.passcode": "hashed (Argon2)",
    "headaches.DeviceChange.key": "opens nothing: names an entry of a device",
    "treatments.CalendarFeed.token_hash": "hashed",
    "progress.StoredDiary.code_version": "opens nothing: a digest of the source code",
    "progress.StoredDashboard.code_version": "opens nothing: a digest of the source code",
    "reminders.Reminder.worker_token": "opens nothing: says which worker sends a row",
    "reminders.Reminder.key": "opens nothing: links carry it signed with SECRET_KEY",
    "reminders.PushDevice.endpoint": "opens nothing: push services demand a signature with SECRET_KEY",
    "reminders.PushDevice.p256dh": "opens nothing: the browser's public key",
    "reminders.PushDevice.auth": "opens nothing without a signature with SECRET_KEY; only encrypts to the browser",
    "reminders.PushKey.encrypted_key": "encrypted",
    "auth.Permission.codename": "opens nothing: unused",
    "sessions.Session.session_key": "hashed",
    "sessions.Session.session_data": "encrypted",
    "account.EmailConfirmation.key": "unused: addresses are confirmed by codes in the session",
    "mfa.Authenticator.data": "encrypted (app and recovery codes); public keys (passkeys)",
    "usersessions.UserSession.session_key": "hashed",
    "usersessions.UserSession.data": "unused",
}
TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.UUIDField)


def read_whole_database() -> str:
    """Every row of every table as text, those without a model too."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows += [str([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor]
    return "\n".join(rows)


def test_every_field_that_may_hold_a_secret_is_classified() -> None:
    suspicious = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TEXTS) and SUSPICIOUS.search(field.name)
    }
    assert sorted(suspicious) == sorted(STORED_AS)


@pytest.mark.asvs(17, 53)
@pytest.mark.database
def test_a_copy_of_the_database_holds_nothing_that_opens(alice: Record) -> None:
    """Session keys, links, codes and second factors, after somebody has used each of them."""
    visitor = Client()
    visitor.post(
        reverse("account_signup"),
        {
            "email": "new@example.org",
            "password1": "violet-tram-9-harbour",
            "time_zone": "UTC",
            "consent": "on",
        },
    )
    sign_up_code = re.findall(r"\d{4}-\d{4}", mail.outbox[-1].body)[0]
    reset = Client()
    reset.post(reverse("account_reset_password"), {"email": alice.user.email})
    reset_code = re.findall(r"\d{4}-\d{4}", mail.outbox[-1].body)[0]
    client = log_in(alice.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    app_secret = re.search(r'class="secret">([A-Z2-7]+)<', page(client, "mfa_activate_totp"))[1]
    shown = enrol(client)
    recovery_codes = re.findall(r"<li>(\d{8})</li>", shown)
    confirm_password(client)
    shown = client.post(reverse("calendar"), {"title": ""}, follow=True).content.decode()
    calendar_token = re.findall(r"/calendar/([\w-]+)\.ics", shown)[0]
    invitation, token = sharing.invite(record=alice, email="doc@example.org", now=timezone.now())
    emails.send_invitation(invitation, token)
    invited = Client()
    invited.get(reverse("open_invitation", args=[token]))
    access = {"name": "x", "scope": "everything", "lifetime": timedelta(9), "now": timezone.now()}
    program_key = make_key(record=alice, **access)
    link = read_secret(make_link(record=alice, passcode="violet tram 9", **access))
    keys = [one.cookies[settings.SESSION_COOKIE_NAME].value for one in (visitor, reset, client, invited)]
    secrets = [
        *keys, *recovery_codes, sign_up_code, sign_up_code.replace("-", ""), reset_code, app_secret, calendar_token,
        token, program_key, *link.values(), "violet tram 9", sign_answer_token("0" * 32), settings.SECRET_KEY, PASSWORD,
    ]  # fmt: skip
    assert len(recovery_codes) == 10
    found = read_whole_database()
    assert alice.key in found
    assert [secret for secret in secrets if secret in found] == []
