"""Every address, every kind of visitor. A route that nobody classified fails the test."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts import sharing
from accounts.models import Record
from exchange.fhir.access import make_key, make_link
from exchange.imports import draft as drafts
from exchange.models import AccessKey
from headaches.models import DayChange, Medicine
from tests.conftest import NOON, TODAY, Cast, as_user
from treatments.models import Booking, EffectCheck, InjectionSession, Preventive, Score, SideEffect

# Open without a log-in, each for its reason.
PUBLIC = {
    "healthz": "asked by supervisors",
    "readyz": "asked by supervisors; says what of the set-up is missing, no data",
    "theme": "a choice of light, no data",
    "help": "says what this is",
    "privacy": "says what is stored, no data of anybody",
    "imprint": "who runs the site; 404 unless the operator says so",
    "mailbox": "demo mode alone; 404 otherwise",
    "mailbox_email": "demo mode alone; 404 otherwise",
    "invitation": "the way to an account; shows the invited address to who holds the link",
    "open_invitation": "the link in the letter",
    "learn": "ten pages about the treatment, no data",
    "learn_page": "the same",
    "unsubscribe": "RFC 8058: no log-in may be asked",
    "calendar_feed": "read by calendars, which cannot log in; a secret address, dates under a neutral title",
    "unsubscribe_all": "RFC 8058: no log-in may be asked",
    "answer_by_email": "one question about one day; the link is signed and ends after 72 hours",
    "service_worker": "a file",
    "manifest": "a file",
    "offline": "the page without a network; holds nothing of anybody",
    "csp_report": "browsers report by themselves what a page was not allowed to do; counted, nothing is stored",
    "healthz_reminders": "asked by supervisors on this machine or with the token; 404 otherwise",
    "healthz_mail": "as healthz_reminders",
    "metrics": "asked by Prometheus on this machine or with the token; 404 otherwise",
    "fhir_metadata": "says what the FHIR API can do, no data",
    "fhir_everything": "read by programs with a bearer token, tests/exchange/test_fhir_api.py; 401 without",
    "fhir_observations": "as fhir_everything",
    "fhir_read": "as fhir_everything",
    "health_link": "a secret address that the patient shows at a visit; ended, late or unknown ones get 404",
    "health_link_file": "the encrypted file of health_link, at a signed address for five minutes",
    "mail_hook": "the mail provider's reports, which anymail authenticates; 404 without a provider",
    "account_login": "",
    "account_confirm_login_code": "",
    "account_signup": "",
    "account_signup_by_passkey": "",
    "account_inactive": "",
    "account_email_verification_sent": "",
    "account_reset_password": "",
    "account_confirm_password_reset_code": "",
    "account_complete_password_reset": "",
    "account_password_reset_completed": "",
    "mfa_authenticate": "",
    "mfa_login_webauthn": "",
    "mfa_signup_webauthn": "",
    "account_logout": "sends who is not logged in to the first page",
}
# Need a log-in and concern the account alone.
ACCOUNT = {
    "preferences", "account_change_password", "account_set_password", "account_email", "account_reauthenticate",
    "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_add_webauthn",
    "mfa_list_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn", "usersessions_list",
    "reminders", "add_device", "remove_device", "try_address", "draft", "stay", "end_log_in",
    "close_account", "own_log", "export_data",
}  # fmt: skip
# The owner's own record; who keeps none gets 404.
OWN = {
    "agree", "sync", "device_facts", "choose", "dismiss_toast", "pain", "take", "relieve", "attack", "day_step",
    "catch_up", "undo_range",
    "answer", "undo", "day", "clear", "diary", "month", "medicines", "delete_medicine", "sessions", "add_session",
    "session", "delete_session", "booking", "cancel_booking", "add_preventive", "preventive", "delete_preventive",
    "answer_booking", "reopen_booking", "progress", "progress_time",
    "progress_medicine", "progress_treatment", "progress_scores", "progress_details", "more", "visit",
    "figures_json", "how", "compare", "payers", "report", "access", "invite", "withdraw",
    "revoke",
    "download_bundle", "add_key", "end_key", "add_link", "show_link", "end_link",
    "data", "import_draft", "import_columns", "apply_import", "undo_import", "discard_import",
    "appointment_file", "calendar", "close_calendar", "session_effects", "answer_effects", "undo_answer", "all_effects",
    "effect", "delete_effect", "goals", "cycles", "scores", "score", "delete_score",
    "undo_deletion", "dismiss_deletion",
    "answer_impression", "delete_impression",
}  # fmt: skip
# Rows of a record, named by a number in the address: another patient gets 404.
BY_NUMBER = {
    "undo", "delete_medicine", "session", "delete_session", "preventive", "delete_preventive", "withdraw", "revoke",
    "import_draft", "import_columns", "apply_import", "undo_import", "discard_import",
    "session_effects", "answer_effects", "undo_answer", "effect", "delete_effect", "goals", "score", "delete_score",
    "reopen_booking", "answer_impression", "delete_impression", "end_key", "end_link",
}  # fmt: skip
# Show what others share.
CLINICIAN = {
    "home", "begin", "patients", "patient", "patient_time", "patient_medicine", "patient_treatment", "patient_scores",
    "patient_details", "patient_how", "patient_compare", "patient_cycles", "patient_payers", "patient_report",
    "patient_letter",
}  # fmt: skip
# The operators' ledger: 404 for everybody else.
OPERATOR = {"ledger_page", "resend_reminder", "resend_failed"}
# Ask for the password again first.
GUARDED = {
    "invite", "export_data", "calendar", "figures_json", "report", "download_bundle", "add_key", "add_link",
    "show_link",
}  # fmt: skip
POST_ONLY = {
    "agree", "csp_report",
    "sync", "choose", "dismiss_toast", "pain", "take", "relieve", "attack", "undo_range",
    "answer", "undo", "clear", "delete_medicine", "cancel_booking", "delete_preventive", "withdraw", "revoke", "theme",
    "apply_import", "undo_import", "discard_import", "close_calendar",
    "answer_effects", "undo_answer", "delete_effect", "delete_score", "answer_booking", "reopen_booking",
    "add_device", "remove_device", "try_address", "resend_reminder", "resend_failed", "draft", "stay", "end_log_in",
    "answer_impression", "delete_impression", "undo_deletion", "dismiss_deletion", "end_key", "end_link",
}  # fmt: skip


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            yield pattern.name or f"unnamed {pattern.pattern}"


ALL = sorted(set(names(get_resolver().url_patterns)))


@dataclass(frozen=True)
class Rows:
    """Rows of one record, one of each kind."""

    numbers: dict[str, int]
    key: str


def make_rows(record: Record, clinician: str) -> Rows:
    """One row of each kind, with an invitation of this address."""
    change = DayChange.objects.create(record=record, date=TODAY, at=NOON)
    medicine = Medicine.objects.create(record=record, name="Sumatriptan", drug_class="triptan")
    session = InjectionSession.objects.create(record=record, date=TODAY)
    course = Preventive.objects.create(record=record, name="Propranolol")
    Booking.objects.create(record=record, date=TODAY)
    effect = SideEffect.objects.create(session=session, effect="neck pain")
    score = Score.objects.create(record=record, date=TODAY, instrument="hit6", score=60)
    check = EffectCheck.objects.create(session=session, day=3, answer="something")
    invitation, _token = sharing.invite(record=record, email=clinician, now=NOON)
    grant = record.grants.get(revoked_at=None)
    draft = drafts.start_import(record, "diary.csv", b"date,headache\n2026-05-01,yes\n", timezone.now())
    make_key(record=record, name="EHR", scope="everything", lifetime=timedelta(1), now=timezone.now())
    key = AccessKey.objects.get(record=record)
    link = make_link(
        record=record,
        name="Visit",
        scope="everything",
        lifetime=timedelta(1),
        passcode="",
        now=timezone.now(),
    )
    numbers = {
        "end_key": key.pk, "show_link": link.pk, "end_link": link.pk,
        "undo": change.pk, "delete_medicine": medicine.pk, "session": session.pk, "delete_session": session.pk,
        "preventive": course.pk, "delete_preventive": course.pk, "withdraw": invitation.pk, "revoke": grant.pk,
        "import_draft": draft.pk, "import_columns": draft.pk, "apply_import": draft.pk, "undo_import": draft.pk,
        "discard_import": draft.pk, "session_effects": session.pk, "answer_effects": session.pk, "goals": session.pk,
        "effect": effect.pk, "delete_effect": effect.pk, "undo_answer": check.pk,
        "score": score.pk, "delete_score": score.pk, "reopen_booking": session.pk,
        "answer_impression": session.pk, "delete_impression": session.pk,
    }  # fmt: skip
    return Rows(numbers, record.key)


@pytest.fixture
def rows(cast: Cast) -> Rows:
    return make_rows(cast.alice, "new@example.org")


def address(name: str, rows: Rows | None = None) -> str:
    tries = (
        {}, {"pk": rows.numbers.get(name, 1) if rows else 1}, {"date": "2026-05-05"}, {"month": "2026-05"},
        {"date": "2026-05-05", "name": "lost"},
        {"key": rows.key if rows else "x"}, {"token": "made-up"}, {"uidb36": "1", "key": "x"},
        {"slug": "what-is-chronic-migraine"}, {"pk": "x"}, {"kind": "Patient", "pk": "x"}, {"ticket": "made-up"},
    )  # fmt: skip
    for arguments in tries:
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no address for {name}")


def visit(client: Client, name: str, rows: Rows | None = None) -> int:
    where = address(name, rows)
    return (client.post(where) if name in POST_ONLY else client.get(where)).status_code


@pytest.mark.asvs(26)
def test_every_route_is_classified_once() -> None:
    groups = [set(PUBLIC), ACCOUNT, OWN, CLINICIAN, OPERATOR]
    assert sorted(set().union(*groups)) == ALL
    assert sum(map(len, groups)) == len(ALL)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACCOUNT | OWN | CLINICIAN | OPERATOR))
def test_a_visitor_without_a_log_in_is_sent_to_it(name: str, client: Client) -> None:
    where = address(name)
    answer = client.post(where) if name in POST_ONLY else client.get(where)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", sorted(OWN))
def test_who_keeps_no_record_finds_none(name: str, cast: Cast, rows: Rows) -> None:
    """A clinician, invited or not, has no page of his own record; and none of Alice's behind its number."""
    for clinician in (cast.carl, cast.dora, cast.emil):
        status = visit(as_user(clinician), name, rows)
        assert status == 404 or (name in GUARDED and status == 302)  # his password first, and then 404


@pytest.mark.parametrize("name", sorted(OPERATOR))
def test_the_operators_pages_are_not_there_for_anybody_else(name: str, cast: Cast) -> None:
    for user in (cast.alice.user, cast.carl, cast.dora):
        assert visit(as_user(user), name) == 404


@pytest.mark.asvs(27)
@pytest.mark.parametrize("name", sorted(BY_NUMBER))
def test_another_patient_finds_none_of_alices_rows(name: str, cast: Cast, rows: Rows) -> None:
    assert visit(as_user(cast.bea.user), name, rows) == 404
    where = address(name, rows)
    assert (
        as_user(cast.bea.user).post(where, {"name": "x", "date": "2026-01-01", "product": "x"}).status_code
        == 404
    )


@pytest.mark.asvs(27)
@pytest.mark.parametrize("who", ["bea", "dora", "emil", "alice"])
def test_a_record_is_closed_to_all_but_a_clinician_with_a_live_grant(who: str, cast: Cast) -> None:
    """The owner has her own page; the clinician's address is not hers either."""
    user = {"bea": cast.bea.user, "dora": cast.dora, "emil": cast.emil, "alice": cast.alice.user}[who]
    assert as_user(user).get(reverse("patient", args=[cast.alice.key])).status_code == 404


@pytest.mark.asvs(28)
def test_the_invited_clinician_sees_the_record_he_was_invited_to_and_no_other(cast: Cast) -> None:
    carl = as_user(cast.carl)
    assert carl.get(reverse("patient", args=[cast.alice.key])).status_code == 200
    assert carl.get(reverse("patient", args=[cast.bea.key])).status_code == 404
    page = carl.get(reverse("patients")).content.decode()
    assert "Alice" in page
    assert "bea@" not in page


@pytest.mark.asvs(30)
def test_access_taken_back_ends_with_the_next_request(cast: Cast) -> None:
    carl = as_user(cast.carl)
    where = reverse("patient", args=[cast.alice.key])
    assert carl.get(where).status_code == 200
    grant = cast.alice.grants.get(revoked_at=None)
    assert as_user(cast.alice.user).post(reverse("revoke", args=[grant.pk])).status_code == 302
    assert carl.get(where).status_code == 404
    assert "Alice" not in carl.get(reverse("patients")).content.decode()


def test_a_closed_account_is_seen_by_nobody(cast: Cast) -> None:
    cast.alice.user.is_active = False
    cast.alice.user.save()
    assert as_user(cast.carl).get(reverse("patient", args=[cast.alice.key])).status_code == 404


@pytest.mark.parametrize(
    "name", sorted(OWN - GUARDED - {"sync"})
)  # sync takes JSON: tests/headaches/test_sync.py
def test_the_owner_reaches_every_page_of_her_own(name: str, cast: Cast, rows: Rows) -> None:
    assert visit(as_user(cast.alice.user), name, rows) in {200, 302}


@pytest.mark.parametrize("name", sorted((OWN | CLINICIAN | set(PUBLIC)) - POST_ONLY - {"account_logout"}))
def test_looking_changes_nothing_but_the_note_of_the_look(name: str, cast: Cast, rows: Rows) -> None:
    """GET is safe: mail scanners and browsers that guess ahead follow every link."""

    def everything() -> dict[str, list[object]]:
        models = [
            Record,
            DayChange,
            Medicine,
            InjectionSession,
            Preventive,
            Booking,
            SideEffect,
            EffectCheck,
            Score,
        ]
        found = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
        return found | {
            "grants": list(cast.alice.grants.values()), "invitations": list(cast.alice.invitations.values())
        }  # fmt: skip

    before = everything()
    for user in (cast.alice.user, cast.carl):
        as_user(user).get(address(name, rows))
    assert everything() == before


@pytest.mark.asvs(37)
@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_what_changes_something_is_post_alone(name: str, cast: Cast, rows: Rows) -> None:
    answer = as_user(cast.alice.user).get(address(name, rows))
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    assert "This address only takes what a form sends." in answer.content.decode()


@pytest.mark.asvs(37)
@pytest.mark.parametrize(
    "name", sorted((OWN - GUARDED) | {"preferences", "theme", "draft", "stay", "end_log_in"})
)
def test_no_post_without_the_form_token(name: str, cast: Cast, rows: Rows) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice.user)
    status = client.post(address(name, rows)).status_code
    assert status in {403, 405}


@pytest.mark.database
def test_an_address_with_a_nul_is_not_found(alice: Record) -> None:
    """PostgreSQL refuses it in a query."""
    client = as_user(alice.user)
    for path in (
        "/patients/%00/",
        "/patients/%00/how/",
        "/calendar/%00.ics",
        "/learn/%00/",
        "/diary/day/%00/",
        "/%00",
    ):
        assert client.get(path).status_code == 404


def test_a_form_without_a_token_says_what_is_missing(alice: Record) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="accounts.auth.backends.Backend")
    assert "Your browser sent no cookie" in client.post(reverse("theme"), {"theme": "dim"}).content.decode()
    client.get(reverse("home"))
    assert "This page was open too long" in client.post(reverse("theme"), {"theme": "dim"}).content.decode()
