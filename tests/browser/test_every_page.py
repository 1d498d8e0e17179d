"""No page is left out of the audit: a route that no list of test_pages.py opens is named here, with its reason."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from accounts.models import User
from tests.browser.test_pages import VISITOR_PATHS, clinician_paths, guarded_paths, patient_paths
from tests.conftest import NOON, make_patient
from tests.project.test_access import ALL, POST_ONLY
from treatments.models import InjectionSession, Preventive, Score, SideEffect

NO_PAGE = {
    "healthz", "readyz", "healthz_reminders", "healthz_mail", "metrics", "mail_hook", "service_worker", "calendar_feed",
    "report", "patient_report", "download_bundle", "fhir_metadata", "fhir_everything", "fhir_observations", "fhir_read",
    "health_link", "health_link_file", "figures_json", "manifest", "device_facts",
    "appointment_file", "export_data", "mfa_download_recovery_codes", "mfa_login_webauthn", "mfa_signup_webauthn",
}  # fmt: skip
# Audited in a walk of test_pages.py, for a list of addresses cannot open them.
IN_WALKS = {
    "patient_letter", "answer_by_email", "unsubscribe", "unsubscribe_all", "invite", "invitation", "open_invitation",
    "account_confirm_password_reset_code", "account_reauthenticate", "import_draft", "import_columns",
    "mailbox", "mailbox_email", "mfa_activate_totp", "mfa_add_webauthn",
    "offline",  # in test_offline.py
    "begin",  # in test_pages.py, with each of its questions
}  # fmt: skip
# Made of the same parts as one that is audited; that each of them is ours, test_allauth_pages.py shows.
DRAWN_ALIKE = {
    "account_confirm_login_code": "account_confirm_password_reset_code",
    "account_email_verification_sent": "account_confirm_password_reset_code",
    "account_complete_password_reset": "account_change_password",
    "account_set_password": "account_change_password",
    "account_password_reset_completed": "account_inactive",
    "imprint": "privacy",  # 404 unless the operator has one
    "mfa_authenticate": "account_reauthenticate",
    "mfa_reauthenticate": "account_reauthenticate",
    "mfa_reauthenticate_webauthn": "account_reauthenticate",
}


@pytest.mark.django_db
def test_every_route_that_shows_a_page_is_audited() -> None:
    record = make_patient("alma@example.org")
    session = InjectionSession.objects.create(record=record, date=NOON.date())
    SideEffect.objects.create(session=session, effect="neck pain")
    Preventive.objects.create(record=record, name="Propranolol")
    Score.objects.create(record=record, date=NOON.date(), instrument="hit6", score=60)
    user: User = record.user
    paths = [*patient_paths(record), *guarded_paths(user), *clinician_paths(record), *VISITOR_PATHS]
    opened = {resolve(urlsplit(path).path).url_name for path in paths}
    groups = [opened, NO_PAGE, IN_WALKS, set(DRAWN_ALIKE), POST_ONLY]
    assert set(ALL) == set().union(*groups)
    assert sum(map(len, groups)) == len(ALL), "each route once"
    assert set(DRAWN_ALIKE.values()) <= opened | IN_WALKS
