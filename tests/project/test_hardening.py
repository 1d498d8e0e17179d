"""What the security checklist asks for and no other test shows: docs/asvs.toml has the rows."""

import ast
import inspect
import io
import json
import re
import sys
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.metadata import packages_distributions
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings as django_settings
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import emails, sharing
from accounts.access import get_shared_record
from accounts.audit_models import AuditEntry
from accounts.auth.adapters import MFA_PURPOSE
from accounts.auth.sessions import SESSION_PURPOSE
from accounts.erasure import erase_account
from accounts.models import Record, User
from botoxtrack.celery import app
from botoxtrack.environment import secret_text
from botoxtrack.settings import auth
from core import asvs, counters
from core.crypto import build_fernet
from exchange.account_data import EXPORTED, IN_RECORD_FILES
from exchange.models import ImportDraft
from headaches.models import DiaryDay, Medicine
from reminders import tasks
from reminders.delivery.push import PURPOSE as PUSH_PURPOSE
from tests.accounts.test_allauth_pages import (
    NEW_PASSWORD,
    code_of_letter,
    enrol,
    log_in,
    page,
    send,
)
from tests.accounts.test_codes import show_app_code
from tests.conftest import NOON, PASSWORD, TODAY, Cast, as_user, confirm_password, make_grant
from tests.project.test_access import BY_NUMBER, GUARDED, OWN, POST_ONLY
from tests.project.test_logs import written  # noqa: F401  a fixture
from treatments.models import Booking, InjectionSession

pytestmark = pytest.mark.django_db
ROOT = Path(django_settings.BASE_DIR)
MARKUP = "<script>alert(1)</script>{{7*7}}"


def read_sources(*patterns: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of the product's files."""
    for folder in (*django_settings.LOCAL_APPS, "botoxtrack", "templates", "static/js"):
        for pattern in patterns:
            for path in sorted((ROOT / folder).rglob(pattern)):
                yield str(path.relative_to(ROOT)), path.read_text()


class TestChecklist:
    def test_each_of_the_64_rows_is_proved_or_says_why_not(self) -> None:
        assert [row["number"] for row in asvs.load_rows()] == list(range(1, 65))
        assert asvs.list_faults() == []

    def test_a_row_without_proof_or_with_an_unknown_number_is_found(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asvs, "find_proofs", lambda: {65: ["x"], 50: ["y"]})
        faults = asvs.list_faults()
        assert "Row 65 is not in docs/asvs.toml." in faults
        assert "Row 50 needs a test or a state with its reason, not both." in faults
        assert "Row 1 needs a test or a state with its reason, not both." in faults


class TestThreatModel:
    def test_each_row_names_a_test_that_exists(self) -> None:
        text = (ROOT / "docs" / "threat-model.md").read_text()
        rows = [line for line in text.splitlines() if re.match(r"\| [STRIDE] \|", line)]
        assert len(rows) >= 30
        assert {line[2] for line in rows} == set("STRIDE")
        for line in rows:
            path, name = re.findall(r"`(tests/[\w/]+\.py)` (\w+) \|$", line)[0]
            assert re.search(rf"(?:def|class) {name}\b", (ROOT / path).read_text()), line

    def test_the_record_of_processing_names_every_model_that_holds_something_of_a_person(self) -> None:
        text = (ROOT / "docs" / "privacy.md").read_text()
        models = [label.partition(".")[2] for label in (*EXPORTED, *IN_RECORD_FILES)]
        assert [name for name in models if f"`{name}`" not in text] == []
        settings = [name for name in dir(django_settings) if re.fullmatch(r"KEEP_\w+_DAYS", name)]
        assert len(settings) == 6
        assert [name for name in settings if name not in text] == []


class TestPasswords:
    @pytest.mark.asvs(1)
    @pytest.mark.parametrize("length", [8, 64, 128])
    def test_eight_characters_to_128_are_taken_and_seven_are_not(self, length: int) -> None:
        text = "violet-tram-9-harbour-" * 6
        validate_password(text[:length])
        with pytest.raises(ValidationError):
            validate_password(text[:7])

    @pytest.mark.asvs(3)
    def test_nothing_stands_in_the_way_of_password_managers(self, alice: Record) -> None:
        rules = {rule["NAME"].rpartition(".")[2] for rule in django_settings.AUTH_PASSWORD_VALIDATORS}
        assert rules == {
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "NoContextWords",
            "NoDecoratedCommonPassword",
        }  # none asks for kinds of characters, none for a change after a time
        client = log_in(alice.user)
        pages = [page(Client(), name) for name in ("account_login", "account_signup")]
        pages.append(page(client, "account_change_password"))
        inputs = [field for html in pages for field in re.findall(r'<input[^>]*type="password"[^>]*>', html)]
        assert len(inputs) >= 4
        assert all(re.search('autocomplete="(current|new)-password"', field) for field in inputs)
        assert [path for path, text in read_sources("*.js", "*.html") if "paste" in text] == []

    @pytest.mark.asvs(5)
    def test_a_change_needs_the_present_one(self, alice: Record) -> None:
        for old in ("", "wrong"):
            send(log_in(alice.user), "account_change_password", oldpassword=old, password1=NEW_PASSWORD,
                 password2=NEW_PASSWORD)  # fmt: skip
            alice.user.refresh_from_db()
            assert alice.user.check_password(PASSWORD)

    @pytest.mark.asvs(7, 14)
    def test_a_new_site_has_no_account_and_no_secret_questions(self) -> None:
        assert not User.objects.exists()
        html = page(Client(), "account_reset_password") + page(Client(), "account_signup")
        fields = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', html))
        assert fields - {"csrfmiddlewaretoken", "theme", "warm", "next", "language"} == {
            "email", "password1", "display_name", "time_zone", "consent", "phone_number",
        }  # fmt: skip

    @pytest.mark.asvs(53)
    def test_the_hash_is_slow(self) -> None:
        assert auth.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


class TestLogIn:
    @pytest.mark.asvs(9)
    def test_there_is_one_way_in(self, client: Client) -> None:
        assert client.get("/admin/login/").status_code == 404
        assert client.get("/admin/").status_code == 404
        assert django_settings.AUTHENTICATION_BACKENDS == ["accounts.auth.backends.Backend"]

    @pytest.mark.asvs(9, 15)
    def test_a_reset_does_not_pass_by_the_second_step(self, alice: Record) -> None:
        enrol(log_in(alice.user))
        client = Client()
        send(client, "account_reset_password", email=alice.user.email)
        send(client, "account_confirm_password_reset_code", code=code_of_letter())
        client.post(
            reverse("account_complete_password_reset"),
            {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )
        alice.user.refresh_from_db()
        assert alice.user.check_password(NEW_PASSWORD)
        assert client.get(reverse("preferences"))["Location"].startswith(reverse("account_login"))
        answer = client.post(reverse("account_login"), {"login": alice.user.email, "password": NEW_PASSWORD})
        assert answer["Location"].startswith(reverse("mfa_authenticate"))
        assert client.get(reverse("preferences"))["Location"].startswith(reverse("account_login"))

    @pytest.mark.asvs(10)
    @pytest.mark.django_db(transaction=True)
    def test_each_change_of_what_opens_the_account_is_told_by_e_mail(self, alice: Record) -> None:
        client = log_in(alice.user)
        confirm_password(client)
        mail.outbox.clear()
        enrol(client)
        send(client, "mfa_deactivate_totp")
        assert [letter.subject for letter in mail.outbox] == [
            "Two-step log-in was switched on",
            "Two-step log-in was changed",
        ]
        send(client, "account_email", action_add="1", email="anna@example.org")
        client.post(reverse("account_email_verification_sent"), {"code": code_of_letter()})
        assert mail.outbox[-1].to == ["alice@example.org"]
        mail.outbox.clear()
        send(
            client,
            "account_change_password",
            oldpassword=PASSWORD,
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
        )
        assert [letter.to for letter in mail.outbox] == [["anna@example.org"]]

    @pytest.mark.asvs(11, 18)
    def test_codes_by_e_mail_are_short_lived_and_log_nobody_in(self) -> None:
        assert django_settings.ACCOUNT_LOGIN_BY_CODE_ENABLED is False
        assert django_settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT <= 600
        assert django_settings.ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT <= 600

    @pytest.mark.asvs(13, 18)
    def test_a_code_works_once_and_for_ten_minutes(self, alice: Record, time_machine: Any) -> None:
        time_machine.move_to(NOON, tick=False)
        clients = [Client(), Client()]
        codes = []
        for client in clients:
            send(client, "account_reset_password", email=alice.user.email)
            codes.append(code_of_letter())
        route = "account_confirm_password_reset_code"
        assert clients[1].post(reverse(route), {"code": codes[1]}).status_code == 302
        new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        assert clients[1].post(reverse("account_complete_password_reset"), new).status_code == 302
        again = clients[1].post(reverse(route), {"code": codes[1]})
        assert again.get("Location") != reverse("account_complete_password_reset")
        time_machine.shift(601)
        late = clients[0].post(reverse(route), {"code": codes[0]})
        assert late.get("Location") != reverse("account_complete_password_reset")

    @pytest.mark.asvs(12)
    def test_an_invitation_is_the_same_for_a_known_and_an_unknown_address(self, cast: Cast) -> None:
        client = as_user(cast.alice.user)
        confirm_password(client)
        answers = []
        for email in (cast.dora.email, "nobody@example.org"):
            mail.outbox.clear()
            answer = client.post(reverse("invite"), {"email": email})
            answers.append((answer.status_code, answer["Location"], len(mail.outbox), mail.outbox[0].subject))
        assert answers[0] == answers[1]


@pytest.mark.asvs(16)
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_of_two_uses_of_a_code_at_once_one_succeeds(alice: Record, kind: str) -> None:
    client = log_in(alice.user)
    confirm_password(client)
    codes = re.findall(r"<li>(\d{8})</li>", enrol(client))
    cache.clear()  # the code that enrolled counts once too
    factor = Authenticator.objects.get(user=alice.user, type=kind)
    code = codes[0] if kind == "recovery_codes" else show_app_code(get_secret(factor))
    outcomes: list[bool] = []

    def use() -> None:
        outcomes.append(Authenticator.objects.get(pk=factor.pk).wrap().validate_code(code))
        connection.close()

    threads = [threading.Thread(target=use) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]


def get_secret(factor: Authenticator) -> str:
    return build_fernet(MFA_PURPOSE).decrypt(factor.data["secret"]).decode()


class TestSessions:
    @pytest.mark.asvs(21)
    @pytest.mark.parametrize("end", ["log-out", "deactivation", "deletion"])
    def test_an_old_cookie_opens_nothing(self, end: str, alice: Record) -> None:
        client, user = log_in(alice.user), alice.user
        name = django_settings.SESSION_COOKIE_NAME
        old = client.cookies[name].value
        if end == "log-out":
            client.post(reverse("account_logout"))
        elif end == "deactivation":
            User.objects.filter(pk=user.pk).update(is_active=False)
        else:
            erase_account(user=user, now=NOON)
        thief = Client()
        thief.cookies[name] = old
        assert thief.get(reverse("preferences"))["Location"].startswith(reverse("account_login"))

    @pytest.mark.asvs(22)
    def test_a_new_password_ends_all_log_ins_and_a_new_second_step_offers_it(self, alice: Record) -> None:
        here, there = log_in(alice.user), log_in(alice.user)
        confirm_password(here)
        enrol(here)
        assert reverse("usersessions_list") in page(here, "mfa_index")
        send(here, "account_change_password", oldpassword=PASSWORD, password1=NEW_PASSWORD,
             password2=NEW_PASSWORD)  # fmt: skip
        for client in (here, there):
            assert client.get(reverse("preferences")).status_code == 302

    @pytest.mark.asvs(24)
    @pytest.mark.parametrize(
        "name",
        [
            "mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes", "export_data", "invite",
            "close_account", "calendar", "figures_json",
        ],
    )  # fmt: skip
    def test_what_weighs_most_asks_for_the_password_again(self, name: str, alice: Record) -> None:
        client = as_user(alice.user)
        answer = client.get(reverse(name))
        assert answer["Location"].startswith(reverse("account_reauthenticate")), name

    @pytest.mark.asvs(24)
    def test_another_address_asks_for_it_too(self, alice: Record) -> None:
        client = as_user(alice.user)
        answer = client.post(reverse("account_email"), {"action_add": "1", "email": "anna@example.org"})
        assert answer["Location"].startswith(reverse("account_reauthenticate"))


class TestAccess:
    @pytest.mark.asvs(28)
    def test_a_form_takes_its_own_fields_and_no_other(self, cast: Cast) -> None:
        user, record = cast.alice.user, cast.alice
        client = as_user(user)
        more = {
            "is_operator": "on",
            "is_clinician": "on",
            "id": "1",
            "pk": "1",
            "user": str(cast.bea.user.pk),
        }
        more |= {
            f"{prefix}-{name}": value for prefix in ("profile", "record") for name, value in more.items()
        }
        profile = {"form": "profile", "profile-display_name": "A", "profile-time_zone": "UTC"}
        profile |= {"profile-language": "en", "profile-idle_minutes": "0", "profile-email": "x@example.org"}
        assert client.post(reverse("preferences"), profile | more).status_code == 302
        after = User.objects.get(pk=user.pk)
        assert (after.display_name, after.is_operator, after.is_clinician) == ("A", False, False)
        assert (after.email, Record.objects.get(pk=record.pk).user_id) == (user.email, user.pk)

    @pytest.mark.asvs(33)
    @pytest.mark.database
    @pytest.mark.django_db(transaction=True)
    def test_no_look_is_logged_after_the_access_was_taken_back(self, cast: Cast) -> None:
        class Request:
            user = cast.carl

        for _round in range(12):
            grant = cast.alice.grants.filter(clinician=cast.carl, revoked_at=None).first()
            grant = grant or make_grant(cast.alice, cast.carl)
            start = threading.Barrier(2)

            def look(start: threading.Barrier = start) -> None:
                start.wait()
                for _time in range(3):
                    try:
                        get_shared_record(Request, cast.alice.key)
                    except Http404:
                        break
                connection.close()

            thread = threading.Thread(target=look)
            thread.start()
            start.wait()
            sharing.revoke(grant=grant, now=NOON)
            thread.join()
            last = AuditEntry.objects.filter(trail__user=cast.alice.user).order_by("-number").first()
            assert last is not None
            assert last.action == "revoked"

    @pytest.mark.asvs(61)
    def test_a_refused_look_is_logged_with_who_and_where(
        self,
        cast: Cast,
        written: io.StringIO,  # noqa: F811
    ) -> None:
        as_user(cast.dora).get(reverse("patient", args=[cast.alice.key]))
        line = json.loads(written.getvalue().splitlines()[-1])
        assert (line["user"], line["route"]) == (cast.dora.pk, "patients/<str:key>/")
        assert line["level"] == "WARNING"
        assert cast.alice.key not in written.getvalue()


class TestInput:
    @pytest.mark.asvs(40)
    def test_markup_in_every_text_is_shown_as_text(self, cast: Cast) -> None:
        alice, doctor = cast.alice, as_user(cast.carl)
        User.objects.filter(pk=alice.user.pk).update(display_name=MARKUP)
        session = InjectionSession.objects.create(
            record=alice, date=TODAY, note=MARKUP, clinic=MARKUP, lot=MARKUP
        )
        Booking.objects.create(record=alice, date=TODAY, place=MARKUP, note=MARKUP)
        DiaryDay.objects.create(record=alice, date=TODAY, headache=True, note=MARKUP, written_at=NOON)
        Medicine.objects.create(record=alice, name=MARKUP, drug_class="triptan")
        client = as_user(alice.user)
        pages = [client.get(address(name)) for name in list_own_pages()]
        pages += [client.get(reverse("session", args=[session.pk])), doctor.get(reverse("patients"))]
        pages += [client.get(reverse("day", args=[TODAY]))]
        texts = [answer.content.decode() for answer in pages if "html" in answer.headers["Content-Type"]]
        assert [text for text in texts if "<script>alert" in text or text == "49"] == []
        assert sum("&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in text for text in texts) > 5

    @pytest.mark.asvs(40)
    def test_who_writes_markup_or_sql_by_hand_is_on_a_list(self) -> None:
        by_hand = re.compile(r"mark_safe\(|SafeString\(|\|safe\b|RawSQL\(|\.raw\(|\.extra\(|autoescape off")
        found = {path for path, text in read_sources("*.py", "*.html", "*.txt") if by_hand.search(text)}
        assert found == {
            "core/templatetags/core_tags.py",  # icons of the module
            "progress/cache/store.py",  # SQL of constants
            "progress/dashboard/tables.py",  # numbers
            "exchange/fhir/views.py",  # a picture of a code that a library draws
            "charts/picture.py",  # drawings of charts/svg.py
            "charts/svg.py",  # each text is escaped
            "templates/forms/_hint.html",  # help texts of the code
            "templates/progress/progress.html",  # a page that was rendered before
            "templates/account/email/base_message.txt",  # no HTML
            "templates/accounts/emails/closed.txt",
            "templates/accounts/emails/invitation.txt",
            "templates/reminders/emails/reminder.txt",
        }

    @pytest.mark.asvs(41)
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_no_line_end_gets_into_the_head_of_an_e_mail(self, ending: str, alice: Record) -> None:
        name = f"Alice{ending}Bcc: everybody@example.org"
        User.objects.filter(pk=alice.user.pk).update(display_name=name)
        alice.user.refresh_from_db()
        invitation, token = sharing.invite(record=alice, email="doc@example.org", now=NOON)
        emails.send_invitation(invitation, token)
        head = mail.outbox[-1].message().as_string().partition("\n\n")[0]
        assert "\nBcc" not in head
        client = as_user(alice.user)
        confirm_password(client)
        answer = client.post(reverse("invite"), {"email": f"doc@example.org{ending}Bcc: x@example.org"})
        assert answer.status_code == 422

    @pytest.mark.asvs(48)
    @pytest.mark.parametrize("name", ['../../etc/x".csv', 'a"\r\nX-Injected: 1.csv', "..\\x.csv"])
    def test_the_name_of_an_upload_is_a_text_and_no_path(self, name: str, alice: Record) -> None:
        client = as_user(alice.user)
        file = SimpleUploadedFile("x.csv", b"date,headache\n2026-05-01,yes\n")
        file._name = name
        client.post(reverse("data"), {"file": file})
        assert "/" not in ImportDraft.objects.get().name
        Booking.objects.create(record=alice, date=TODAY)
        confirm_password(client)
        for route in ("export_data", "appointment_file"):
            answer = client.post(reverse(route)) if route == "export_data" else client.get(reverse(route))
            assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer["Content-Disposition"])

    @pytest.mark.asvs(49)
    @pytest.mark.parametrize("path", ["/settings/x.css", "/diary/x.css", "/data/x.js", "/progress/x.png"])
    def test_a_page_has_one_address(self, path: str, alice: Record) -> None:
        assert as_user(alice.user).get(path, follow=True).status_code == 404


def list_own_pages() -> list[str]:
    """Pages of a patient without a number in their address."""
    return [name for name in sorted(OWN - BY_NUMBER - GUARDED - POST_ONLY) if address(name)]


def address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class TestSecrets:
    @pytest.mark.asvs(54)
    @pytest.mark.parametrize("purpose", [SESSION_PURPOSE, MFA_PURPOSE, PUSH_PURPOSE])
    def test_what_is_encrypted_is_refused_after_one_flipped_bit(self, purpose: str) -> None:
        token = bytearray(urlsafe_b64decode(build_fernet(purpose).encrypt(b"secret")))
        for place in range(1, len(token), 7):
            changed = token.copy()
            changed[place] ^= 1
            with pytest.raises(InvalidToken):
                build_fernet(purpose).decrypt(urlsafe_b64encode(bytes(changed)))

    @pytest.mark.asvs(56)
    @pytest.mark.parametrize(
        "name", ["DATABASE_URL", "REDIS_URL", "EMAIL_URL", "MAIL_HOOK_SECRET", "METRICS_TOKEN"]
    )
    def test_a_password_may_stand_in_a_file(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "secret").write_text("from-the-file\n")
        monkeypatch.setenv(name, "from-the-environment")
        assert secret_text(name) == "from-the-environment"
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
        assert secret_text(name) == "from-the-file"
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "nowhere"))
        with pytest.raises(ImproperlyConfigured, match=f"{name}_FILE names .* which cannot be read"):
            secret_text(name)


class TestLimits:
    @pytest.mark.asvs(44)
    def test_codes_for_a_new_password_are_limited(self, alice: Record) -> None:
        route, fields = reverse("account_reset_password"), {"email": alice.user.email}
        statuses = [Client().post(route, fields).status_code for _time in range(7)]
        assert statuses[0] == 302
        assert statuses[-1] == 429

    @pytest.mark.asvs(60)
    def test_tasks_carry_numbers_and_nothing_else(self) -> None:
        ours = [tasks.tick, tasks.send_batch]
        arguments = [list(inspect.signature(task.run).parameters) for task in ours]
        assert arguments == [[], ["ids"]]
        assert {name for name in app.tasks if not name.startswith("celery.")} == {task.name for task in ours}


class TestDependencies:
    @pytest.mark.asvs(58)
    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
    def test_every_package_is_locked_with_its_hashes_from_one_index(self, name: str) -> None:
        text = (ROOT / name).read_text()
        packages = re.findall(r"^([\w.-]+)==\S+.*?(?=^[\w.-]+==|\Z)", text, re.MULTILINE | re.DOTALL)
        entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert len(packages) == len(entries) > 30
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert "index-url" not in text

    @pytest.mark.asvs(58)
    def test_every_imported_package_is_named_with_its_reason(self) -> None:
        lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line[0] not in "#-"]
        named = {re.split(r"[\[=<>~ ]", line)[0].lower().replace("_", "-") for line in lines}
        assert [line for line in lines if not re.search(r" # \w.{10,}", line)] == []
        own = {*django_settings.LOCAL_APPS, "botoxtrack", *sys.stdlib_module_names}
        belongs_to = packages_distributions()
        packages = {
            belongs_to[name][0].lower().replace("_", "-")
            for _path, text in read_sources("*.py")
            for name in list_imports(text) - own
        }
        assert packages - named == set()

    @pytest.mark.asvs(58)
    def test_the_bill_of_materials_has_every_locked_package_and_vendored_file(self) -> None:
        components = load_audit().build_bill()["components"]
        names = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
        listed = {part["name"] for part in components}
        assert listed > {*names, "plotly.js-basic-dist-min"}
        assert all(part["hashes"] for part in components)
        assert len({part["bom-ref"] for part in components}) == len(components)

    @pytest.mark.asvs(58)
    @pytest.mark.parametrize(
        ("packages", "code", "sentence"),
        [
            ([], 0, "Not audited: no service answered for any package."),
            ([{"name": "a", "skip_reason": "x"}], 0, "Not audited: no service answered for any package."),
            ([{"name": "a", "vulns": []}], 0, "No known weakness in 1 packages."),
            (
                [{"name": "a", "vulns": []}, {"name": "b", "skip_reason": "x"}],
                0,
                "No known weakness in 1 packages. Not audited: 1.",
            ),
            ([{"name": "a", "version": "1", "vulns": [{"id": "x"}]}], 1, "Known weaknesses: a 1."),
        ],
    )
    def test_a_package_nobody_could_ask_about_is_not_called_safe(
        self, packages: list[dict[str, Any]], code: int, sentence: str
    ) -> None:
        assert load_audit().judge({"dependencies": packages}) == (code, sentence)

    @pytest.mark.asvs(58)
    def test_the_audit_is_a_step_of_ci_and_deadlines_are_said(self) -> None:
        assert "python3 bin/audit\n" in (ROOT / ".ci" / "run").read_text()
        assert re.search(r"release within \d+ days", (ROOT / "SECURITY.md").read_text())


def list_imports(text: str) -> set[str]:
    """First parts of the names of imported modules."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def load_audit() -> Any:
    """bin/audit as a module."""
    loader = SourceFileLoader("audit", str(ROOT / "bin" / "audit"))
    module = module_from_spec(spec_from_loader("audit", loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


class TestWeb:
    @pytest.mark.asvs(57)
    @pytest.mark.parametrize(
        "path",
        [
            "/.git/config",
            "/.env",
            "/static/",
            "/static/js/",
            "/manage.py",
            "/var/",
            "/debug/",
            "/server-status",
        ],
    )
    def test_nothing_of_the_machine_is_served(self, path: str, client: Client) -> None:
        assert client.get(path).status_code in {302, 404}
        assert client.get(path, follow=True).status_code in {200, 404}

    @pytest.mark.asvs(57)
    def test_trace_is_refused_and_metrics_are_not_public(self, client: Client) -> None:
        assert client.generic("TRACE", reverse("account_login")).status_code == 405
        assert client.get(reverse("metrics"), REMOTE_ADDR="203.0.113.7").status_code == 404

    @pytest.mark.asvs(35)
    def test_a_browsers_report_is_counted_and_nothing_of_it_is_kept(
        self, client: Client, caplog: Any
    ) -> None:
        report = '{"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://e.org/?q=pain"}}'
        path, kind = reverse("csp_report"), "application/csp-report"
        before = counters.read_totals()['csp_reports_total{directive="script-src"}']
        assert client.post(path, report, content_type=kind).status_code == 204
        assert counters.read_totals()['csp_reports_total{directive="script-src"}'] == before + 1
        assert "pain" not in caplog.text
        for odd in (
            "",
            "[]",
            "{}",
            '{"csp-report": 1}',
            "[" * 9_000,
            '{"csp-report":{"effective-directive":"x"}}',
        ):
            assert client.post(path, odd, content_type=kind).status_code == 204
        assert client.post(path, "x" * 20_000, content_type=kind).status_code == 413
        for _time in range(20):
            last = client.post(path, report, content_type=kind)
        assert last.status_code == 429
