"""Pages of the reminders: wishes, a day answered from a letter, devices, a dead address, the operators' ledger."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO, TextIOWrapper
from threading import Thread
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from py_vapid import Vapid02

from accounts.models import Record, User
from headaches.models import DayChange, DiaryDay
from reminders.delivery import push
from reminders.delivery.sweep import run_once
from reminders.emails.links import build_return_path, hash_address, sign_answer_token
from reminders.models import OperatorAction, PushDevice, Reminder, ReminderPreference, State
from reminders.operations import bounces, health
from tests.conftest import NOON, TODAY, as_user, make_patient, make_user, queries
from tests.reminders.test_ledger import D14, DUE, near, sent_at, treat, wish

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 5, 6, 18, tzinfo=UTC)  # 20:00 in Berlin
FILLED = {
    "remind_14_days_before": "on", "remind_1_day_before": "on", "by_email": "on", "hour": "7",
    "remind_to_write": "on", "diary_days": ["0", "6"],
    "diary_hour": "21", "weekday": "3", "pause_until": "2026-06-01",
}  # fmt: skip


@pytest.fixture(autouse=True)
def noon(at: Any) -> None:
    at(NOON)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


class TestWishes:
    def post(self, who: User, **values: Any) -> Any:
        return as_user(who).post(reverse("reminders"), {**FILLED, **values})

    def test_what_is_chosen_is_kept_and_the_ledger_follows(self, alice: Record) -> None:
        treat(alice)
        Record.objects.update(rhythm="burst")
        assert self.post(alice.user).status_code == 302
        kept = ReminderPreference.objects.get(user=alice.user)
        assert (
            kept.remind_14_days_before,
            kept.remind_7_days_before,
            kept.hour,
            kept.remind_to_write,
            kept.diary_days,
        ) == (
            True,
            False,
            7,
            True,
            0b1000001,
        )
        assert (kept.diary_hour, kept.weekday, kept.pause_until) == (21, 3, date(2026, 6, 1))
        planned = Reminder.objects.filter(state="scheduled").values_list("kind", "due_at__hour")
        assert sorted(planned) == [("d1", 5), ("d14", 5), ("daily", 19), ("weekly", 19)]

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("hour", "24", "This is not on the list."),
            ("hour", "", "Nothing is chosen."),
            ("diary_days", [], "No day is ticked."),
            ("diary_days", ["7"], "This is not on the list."),
            ("weekday", "x", "This is not on the list."),
            ("pause_until", "2026-05-06", "This day is not in the future."),
            ("pause_until", "soon", "This is not a date."),
            ("pause_until", "2028-01-01", "This is more than a year away."),
            ("send_summary", "on", "The summary is about your headaches."),
        ],
    )
    def test_a_wrong_choice_gets_a_sentence_and_nothing_is_lost(
        self, alice: Record, field: str, value: Any, sentence: str
    ) -> None:
        answer = self.post(alice.user, **{field: value, "diary_hour": "22"})
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert '<option value="22" selected>' in text_of(answer)
        assert not ReminderPreference.objects.exists()

    def test_a_clinician_chooses_his_digest_and_nothing_of_a_diary(self) -> None:
        carl = make_user("carl@example.org", is_clinician=True)
        page = text_of(as_user(carl).get(reverse("reminders")))
        assert 'name="send_digest"' in page
        assert 'name="remind_to_write"' not in page
        assert self.post(carl, send_digest="on").status_code == 302
        kept = ReminderPreference.objects.get(user=carl)
        assert (kept.send_digest, kept.weekday, kept.remind_to_write, kept.remind_7_days_before) == (
            True,
            3,
            False,
            True,
        )

    def test_a_patient_cannot_switch_a_digest_on(self, alice: Record) -> None:
        self.post(alice.user, send_digest="on")
        assert not ReminderPreference.objects.get(user=alice.user).send_digest

    def test_the_page_takes_as_many_queries_long_as_short(self, alice: Record) -> None:
        treat(alice)
        short = queries(as_user(alice.user), reverse("reminders"))
        for number in range(1, 8):
            wish(alice, pause_until=date(2026, 7, number), rhythm="daily")
        assert queries(as_user(alice.user), reverse("reminders")) == short <= 14


class TestAnswerFromALetter:
    def link(self, record: Record) -> str:
        wish(record, rhythm="daily")
        assert sent_at(EVENING) == {"sent": 1}
        line = next(line for line in str(mail.outbox[-1].body).splitlines() if "/today/" in line)
        return line.removeprefix("http://testserver")

    def test_one_tap_records_that_day_of_that_patient_without_a_log_in(self, alice: Record, at: Any) -> None:
        at(EVENING)
        link = self.link(alice)
        page = Client().get(link)
        assert "How was today?" in text_of(page)
        assert "Alice" not in text_of(page)
        assert alice.user.email not in text_of(page)
        answer = Client(enforce_csrf_checks=True).post(link, {"answer": "mild"})
        assert "Saved: Mild headache" in text_of(answer)
        day = DiaryDay.objects.get()
        assert (day.record, day.date, day.intensity, day.written_at) == (alice, TODAY, "mild", EVENING)

    def test_looking_records_nothing(self, alice: Record, at: Any) -> None:
        at(EVENING)
        link = self.link(alice)
        for _scanner in range(3):
            assert Client().get(link).status_code == 200
        assert not DiaryDay.objects.exists()

    def test_two_days_later_it_still_records_the_day_of_the_email_and_names_it(
        self, alice: Record, at: Any
    ) -> None:
        at(EVENING)
        link = self.link(alice)
        at(EVENING + timedelta(hours=71))
        assert "How was Wednesday 6 May?" in text_of(Client().get(link))
        Client().post(link, {"answer": "free"})
        assert DiaryDay.objects.get().date == TODAY

    def test_after_three_days_it_is_closed(self, alice: Record, at: Any) -> None:
        at(EVENING)
        link = self.link(alice)
        at(EVENING + timedelta(hours=72, seconds=1))
        for answer in (Client().get(link), Client().post(link, {"answer": "free"})):
            assert answer.status_code == 404
            assert "no longer works" in text_of(answer)
        assert not DiaryDay.objects.exists()

    def test_a_second_answer_changes_nothing_and_tells_nothing(self, alice: Record, at: Any) -> None:
        """Whoever reads the e-mail later may not find out by trying how the day was."""
        at(EVENING)
        link = self.link(alice)
        assert "Saved: No headache" in text_of(Client().post(link, {"answer": "free"}))
        answers = [Client().post(link, {"answer": guess}) for guess in ("free", "severe", "mild", "moderate")]
        assert [answer.status_code for answer in answers] == [200] * 4
        pages = {re.sub(r'value="[\w-]{20,}"', "", text_of(answer)) for answer in answers}  # tokens of forms
        assert len(pages) == 1
        assert "Wednesday 6 May has an entry" in text_of(answers[0])
        assert DiaryDay.objects.get().state == "free"
        assert DayChange.objects.count() == 1

    def test_an_answer_that_is_none_gets_a_sentence(self, alice: Record, at: Any) -> None:
        at(EVENING)
        answer = Client().post(self.link(alice), {"answer": "fine"})
        assert answer.status_code == 422
        assert "Choose one of the four answers." in text_of(answer)

    @pytest.mark.parametrize(
        "change", ["tampered", "closed account", "no record", "a stop link", "another kind"]
    )
    def test_every_link_that_is_not_good_gets_the_same_answer(
        self, alice: Record, at: Any, change: str
    ) -> None:
        at(EVENING)
        link = self.link(alice)
        if change == "tampered":
            link = f"/today/{'0' if link[7] != '0' else '1'}{link[8:]}"
        if change == "closed account":
            User.objects.update(is_active=False)
        if change == "no record":
            Record.objects.all().delete()
        if change == "a stop link":
            link = link.replace("/today/", "/stop/")
            stop = (
                mail.outbox[-1]
                .extra_headers["List-Unsubscribe"]
                .strip("<>")
                .removeprefix("http://testserver")
            )
            link = stop.replace("/stop/", "/today/")
        if change == "another kind":
            treat(alice)
            key = Reminder.objects.filter(kind="d7").values_list("key", flat=True)[0]
            link = reverse("answer_by_email", args=[sign_answer_token(key)])
        answers = [Client().get(link), Client().post(link, {"answer": "free"})]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert all("no longer works" in text_of(answer) for answer in answers)
        assert not DiaryDay.objects.exists()

    def test_one_patients_link_never_touches_another(self, alice: Record, at: Any) -> None:
        at(EVENING)
        bea = make_patient("bea@example.org")
        Client().post(self.link(alice), {"answer": "free"})
        assert list(DiaryDay.objects.values_list("record", flat=True)) == [alice.pk]
        assert not DiaryDay.objects.filter(record=bea).exists()


# ---------- devices ----------


class PushService:
    """A push service that keeps what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.answer = 201
        self.got: list[tuple[dict[str, str], bytes]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append(({name.title(): value for name, value in self.headers.items()}, body))
                self.send_response(service.answer)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving() -> Iterator[PushService]:
    service = PushService()
    thread = Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with serving() as found:
        settings.PUSH_SERVICES = [found.origin]
        yield found


class Browser:
    """The half of a subscription that a browser keeps."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"0123456789abcdef"

    @property
    def says(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": self.endpoint, "p256dh": urlsafe_b64encode(point).decode().rstrip("="),
            "auth": urlsafe_b64encode(self.secret).decode().rstrip("="), "name": "Linux",
        }  # fmt: skip

    def reads(self, body: bytes) -> dict[str, str]:
        shown: dict[str, str] = json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        )
        return shown


class TestDevices:
    def browser(self, record: Record, service: PushService, name: str = "one") -> Browser:
        browser = Browser(f"{service.origin}/push/{name}")
        assert as_user(record.user).post(reverse("add_device"), browser.says).status_code == 200
        return browser

    def test_a_device_gets_a_neutral_word_encrypted_and_signed(
        self, alice: Record, service: PushService
    ) -> None:
        browser = self.browser(alice, service)
        near(alice)
        assert sent_at(D14) == {"sent": 2}
        assert len(mail.outbox) == 1
        [(headers, body)] = service.got
        row = Reminder.objects.get(channel="push", kind="d14")
        assert browser.reads(body) == {
            "title": "Reminder",
            "body": "Open your page to see it.",
            "tag": row.key,
        }
        assert b"Reminder" not in body
        assert (headers["Topic"], headers["Content-Encoding"]) == (row.key, "aes128gcm")
        assert push.public_key() in headers["Authorization"]
        assert Vapid02.verify(headers["Authorization"])

    def test_a_device_that_is_gone_is_dropped(self, alice: Record, service: PushService) -> None:
        self.browser(alice, service)
        near(alice)
        service.answer = 410
        assert sent_at(D14) == {"sent": 1, "suppressed": 1}
        assert not PushDevice.objects.exists()

    @pytest.mark.parametrize("code", [400, 401, 403, 413])
    def test_a_refusal_keeps_the_device_and_is_shown_to_operators(
        self, alice: Record, service: PushService, code: int
    ) -> None:
        self.browser(alice, service)
        near(alice)
        service.answer = code
        assert sent_at(D14) == {"sent": 1, "failed": 1}
        assert PushDevice.objects.count() == 1
        failed = Reminder.objects.get(channel="push", kind="d14")
        assert failed.last_error == f"push {code}"
        operator = make_user("olga@example.org", display_name="Olga", is_operator=True)
        assert f"push {code}" in text_of(as_user(operator).get(reverse("ledger_page")))

    def test_a_device_of_a_service_that_the_settings_no_longer_name_is_kept(
        self, alice: Record, service: PushService, settings: Any
    ) -> None:
        self.browser(alice, service)
        near(alice)
        settings.PUSH_SERVICES = ["push.example.org"]
        assert sent_at(D14) == {"sent": 1, "failed": 1}
        assert (PushDevice.objects.count(), service.got) == (1, [])

    @pytest.mark.parametrize(
        "base", ["https://diary.example.org", "https://diary:8443", "http://127.0.0.1:8000", "https://[::1]"]
    )
    def test_the_subject_of_the_signature_is_the_sites_address(
        self, alice: Record, service: PushService, settings: Any, base: str
    ) -> None:
        settings.BASE_URL = base
        self.browser(alice, service)
        near(alice)
        assert sent_at(D14) == {"sent": 2}
        [(headers, _body)] = service.got
        token = re.search(r"t=([^,]+)", headers["Authorization"])
        assert token is not None
        payload = token[1].split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert (claims["sub"], claims["aud"]) == (base, service.origin)

    def test_a_service_that_is_busy_is_asked_again(self, alice: Record, service: PushService) -> None:
        self.browser(alice, service)
        near(alice)
        service.answer = 503
        assert sent_at(D14) == {"sent": 1, "retry": 1}
        service.answer = 201
        assert sent_at(D14 + timedelta(minutes=1)) == {"sent": 1}

    def test_a_redirect_is_not_followed(self, alice: Record, service: PushService) -> None:
        self.browser(alice, service)
        near(alice)
        service.answer = 307
        assert sent_at(D14) == {"sent": 1, "retry": 1}

    def test_one_device_that_works_is_enough(self, alice: Record, service: PushService) -> None:
        self.browser(alice, service)
        PushDevice.objects.create(user=alice.user, endpoint="http://127.0.0.1:1/x", p256dh="x", auth="x")
        near(alice)
        assert sent_at(D14) == {"sent": 2}

    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://example.org/push", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com.evil.org/x",
            "https://evilfcm.googleapis.com@127.0.0.1/x", "https://fcm.googleapis.com:22/x", "https://[::1/x",
            "file:///etc/passwd", "", "http://169.254.169.254/latest",
        ],
    )  # fmt: skip
    def test_this_server_posts_to_no_address_but_a_push_services(self, alice: Record, endpoint: str) -> None:
        browser = Browser(endpoint)
        answer = as_user(alice.user).post(reverse("add_device"), browser.says)
        assert answer.status_code == 422
        assert answer.json()["said"]
        assert not PushDevice.objects.exists()
        assert not push.is_push_service(endpoint)

    @pytest.mark.parametrize(
        "endpoint",
        ["https://fcm.googleapis.com/fcm/send/x", "https://updates.push.services.mozilla.com/wpush/v2/x"],
    )
    def test_the_browsers_own_services_are_known(self, endpoint: str) -> None:
        assert push.is_push_service(endpoint)

    def test_the_same_browser_twice_is_one_device_and_an_eleventh_is_refused(
        self, alice: Record, service: PushService
    ) -> None:
        for name in ("0", *map(str, range(10))):
            self.browser(alice, service, name)
        assert PushDevice.objects.count() == 10
        answer = as_user(alice.user).post(reverse("add_device"), Browser(f"{service.origin}/push/11").says)
        assert answer.json()["said"] == "You have ten devices already. Remove one first."

    def test_with_the_last_device_emails_on_devices_end(self, alice: Record, service: PushService) -> None:
        self.browser(alice, service)
        near(alice)
        device = PushDevice.objects.get()
        bea = make_patient("bea@example.org")
        assert as_user(bea.user).post(reverse("remove_device", args=[device.pk])).status_code == 404
        assert as_user(alice.user).post(reverse("remove_device", args=[device.pk])).status_code == 302
        assert set(Reminder.objects.filter(channel="push").values_list("state", flat=True)) == {"cancelled"}

    def test_the_worker_is_served_from_the_root(self) -> None:
        answer = Client().get("/worker.js")
        assert answer["Content-Type"].startswith("text/javascript")
        assert "showNotification" in text_of(answer)
        assert "script-src 'self'" in answer["Content-Security-Policy"]


# ---------- dead addresses ----------

REPORT = """From: MAILER-DAEMON@mail.example.org
To: <{to}>
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It failed.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; alice@example.org
Action: {action}
Status: {status}

--b--
"""


class TestBounces:
    @pytest.fixture(autouse=True)
    def own_return_path(self, settings: Any) -> None:
        settings.MAIL_RETURN_PATH = "back@example.org"

    def report(self, record: Record, status: str = "5.1.1") -> bytes:
        near(record)
        key = Reminder.objects.filter(kind="d14").values_list("key", flat=True)[0]
        return REPORT.format(
            to=build_return_path(key, record.user.email), status=status, action="failed"
        ).encode()

    def read(self, mail_: bytes, monkeypatch: Any, capsys: Any) -> str:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(mail_)))
        call_command("reminders", "bounce")
        return str(capsys.readouterr().out)

    def test_a_report_stops_the_address_and_every_page_says_so(
        self, alice: Record, monkeypatch: Any, capsys: Any
    ) -> None:
        assert self.read(self.report(alice), monkeypatch, capsys) == "The address is stopped.\n"
        page = text_of(as_user(User.objects.get(pk=alice.user.pk)).get(reverse("home")))
        assert "E-mails no longer reach alice@example.org" in page
        assert sent_at(D14) == {"suppressed": 1}

    def test_she_says_that_it_works_again(self, alice: Record) -> None:
        User.objects.update(bounced_email=alice.user.email)
        as_user(alice.user).post(reverse("try_address"))
        assert not User.objects.get(pk=alice.user.pk).is_email_bounced

    def test_another_address_is_not_stopped(self, alice: Record) -> None:
        User.objects.update(bounced_email=alice.user.email, email="new@example.org")
        assert not User.objects.get(pk=alice.user.pk).is_email_bounced

    def test_a_report_that_comes_after_she_has_moved_stops_nothing(
        self, alice: Record, monkeypatch: Any, capsys: Any
    ) -> None:
        report = self.report(alice)
        User.objects.update(email="new@example.org")
        assert self.read(report, monkeypatch, capsys).startswith("Nothing is stopped")
        assert User.objects.get(pk=alice.user.pk).bounced_email == ""

    def test_a_passing_trouble_stops_nothing(self, alice: Record, monkeypatch: Any, capsys: Any) -> None:
        said = self.read(self.report(alice, status="5.2.2"), monkeypatch, capsys)
        assert said == "A temporary failure: nothing is stopped.\n"
        assert not User.objects.get(pk=alice.user.pk).is_email_bounced

    @pytest.mark.parametrize(
        "change",
        [
            lambda report, key: report.replace(b"back+", b"back+0"),
            lambda report, key: report.replace(b"Action: failed", b"Action: delayed"),
            lambda report, key: report.replace(b"message/delivery-status", b"text/plain"),
            lambda report, key: b"",
            lambda report, key: b"\xff\x00 garbage",
        ],
        ids=["another signature", "only late", "no report", "nothing", "garbage"],
    )
    def test_what_is_no_report_of_ours_is_refused(
        self, alice: Record, monkeypatch: Any, capsys: Any, change: Any
    ) -> None:
        with pytest.raises(CommandError, match="no report"):
            self.read(change(self.report(alice), ""), monkeypatch, capsys)
        assert not User.objects.get(pk=alice.user.pk).is_email_bounced

    def test_a_return_address_fits_and_survives_servers_that_fold_case(self, alice: Record) -> None:
        near(alice)
        key = Reminder.objects.all()[0].key
        address = build_return_path(key, alice.user.email)
        assert len(address.partition("@")[0]) <= 64
        folded = REPORT.format(to=address.upper(), status="5.1.1", action="failed").encode()
        assert bounces.parse_bounce(folded) == bounces.BounceReport(
            key, hash_address(key, alice.user.email), "5.1.1"
        )

    def test_a_providers_hook_is_believed_with_its_secret_alone(self, alice: Record, settings: Any) -> None:
        settings.MAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {"WEBHOOK_SECRET": "hook:0123456789abcdef"}
        event = {
            "RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "x", "ID": 1,
            "Email": "Alice@example.org", "BouncedAt": "2026-05-06T12:00:00Z", "Details": "", "Description": "",
        }  # fmt: skip

        def post(credentials: str) -> int:
            header = "Basic " + urlsafe_b64encode(credentials.encode()).decode()
            client = Client(enforce_csrf_checks=True)
            return client.post(
                reverse("mail_hook"),
                json.dumps(event),
                content_type="application/json",
                HTTP_AUTHORIZATION=header,
            ).status_code

        assert post("hook:wrong") == 400
        assert not User.objects.get(pk=alice.user.pk).is_email_bounced
        assert post("hook:0123456789abcdef") == 200
        assert User.objects.get(pk=alice.user.pk).is_email_bounced

    @pytest.mark.parametrize(
        "body", [b"", b"\xbe", b"[]", b"{}", b'"x"', b"null", b'{"RecordType": {}}', b"[" * 5000]
    )
    def test_a_report_in_another_form_is_refused(self, body: bytes, db: None, settings: Any) -> None:
        settings.MAIL_PROVIDER = "postmark"
        settings.ANYMAIL = {"WEBHOOK_SECRET": "hook:0123456789abcdef"}
        header = "Basic " + urlsafe_b64encode(b"hook:0123456789abcdef").decode()
        answer = Client().post(
            reverse("mail_hook"), body, content_type="application/json", HTTP_AUTHORIZATION=header
        )
        assert answer.status_code in (200, 400)

    def test_without_a_provider_there_is_no_hook(self) -> None:
        assert Client().post(reverse("mail_hook")).status_code == 404


# ---------- operators ----------


def trouble(record: Record) -> Reminder:
    near(record)
    Reminder.objects.filter(kind="d14").update(
        state=State.FAILED, next_action_at=None, last_error="550 5.1.1", attempts=1
    )
    return Reminder.objects.get(kind="d14")


class TestOperators:
    @pytest.fixture
    def olga(self) -> User:
        return make_user("olga@example.org", display_name="Olga", is_operator=True)

    def test_the_page_shows_numbers_and_reasons_and_no_person(self, alice: Record, olga: User) -> None:
        row = trouble(alice)
        page = text_of(as_user(olga).get(reverse("ledger_page")))
        # Hashes of files stand in the head, tokens of forms in the foot: they may spell anything.
        page = re.sub(r'value="[\w-]{20,}"', "", page.split("<main")[1].split("</main>")[0])
        assert str(row.pk) in page
        assert "550 5.1.1" in page
        assert [
            word for word in ("alice", "Alice", "d14", "14 days", "migraine", "session") if word in page
        ] == []
        assert list(OperatorAction.objects.values_list("user", "action")) == [(olga.pk, "looked")]

    def test_it_takes_as_many_queries_long_as_short(self, alice: Record, olga: User) -> None:
        trouble(alice)
        short = queries(as_user(olga), reverse("ledger_page"))
        for number in range(5):
            trouble_of = make_patient(f"p{number}@example.org")
            near(trouble_of)
        Reminder.objects.update(state=State.FAILED, next_action_at=None, last_error="550 5.1.1")
        assert queries(as_user(olga), reverse("ledger_page")) == short <= 22

    def test_a_failed_row_is_sent_again_and_the_hand_is_noted(
        self, alice: Record, olga: User, at: Any
    ) -> None:
        row = trouble(alice)
        at(D14)
        as_user(olga).post(reverse("resend_reminder", args=[row.pk]))
        assert sent_at(D14) == {"sent": 1}
        assert OperatorAction.objects.get().reminder_id == row.pk
        again = as_user(olga).post(reverse("resend_reminder", args=[row.pk]), follow=True)
        assert "no longer exists" in text_of(again)
        assert len(mail.outbox) == 1

    def test_the_report_of_a_job_is_on_the_page(self, alice: Record, olga: User) -> None:
        treat(alice)
        Reminder.objects.filter(kind="d1").delete()
        call_command("reminders", "reconcile")
        text = text_of(as_user(olga).get(reverse("ledger_page")))
        # PostgreSQL orders the keys of a JSON object itself.
        assert [part for part in ("made 1", "moved 0", "cancelled 0") if part not in text] == []

    def test_what_is_of_no_use_any_more_is_not_sent_again(self, alice: Record, olga: User, at: Any) -> None:
        row = trouble(alice)
        late = datetime(2026, 8, 20, tzinfo=UTC)
        at(late)
        as_user(olga).post(reverse("resend_reminder", args=[row.pk]))
        run_once(lambda: late)
        row.refresh_from_db()
        assert row.state == "superseded"
        assert mail.outbox == []

    @pytest.mark.asvs(8)
    def test_a_second_factor_is_asked_of_an_operator(self, olga: User) -> None:
        client = Client()
        client.force_login(olga)
        answer = client.get(reverse("ledger_page"))
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))

    def test_the_command_makes_and_unmakes_operators(self, alice: Record, capsys: Any) -> None:
        call_command("operator", "Alice@example.org")
        assert User.objects.get(pk=alice.user.pk).is_operator
        call_command("operator", "alice@example.org", "--remove")
        assert not User.objects.get(pk=alice.user.pk).is_operator
        with pytest.raises(CommandError, match="No account"):
            call_command("operator", "nobody@example.org")


class TestStatus:
    def json(self, capsys: Any, *, code: int = 0) -> dict[str, Any]:
        try:
            call_command("reminders", "status", "--json")
            ended = 0
        except SystemExit as end:
            ended = int(str(end.code))
        assert ended == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    def test_before_the_first_tick_nothing_is_well(self, capsys: Any) -> None:
        found = self.json(capsys, code=1)
        assert (found["well"], found["heartbeat_age_seconds"], found["due"]) == (False, None, 0)

    def test_it_counts_states_reasons_and_ages(self, alice: Record, capsys: Any, at: Any) -> None:
        trouble(alice)
        run_once(lambda: D14)
        at(D14 + timedelta(seconds=90))
        found = self.json(capsys)
        assert (found["well"], found["heartbeat_age_seconds"]) == (True, 90)
        assert found["states"]["scheduled"] == 3
        assert found["reasons"] == [{"state": "failed", "reason": "550 5.1.1", "rows": 1}]

    def test_an_email_that_waits_a_quarter_of_an_hour_is_an_alarm(
        self, alice: Record, capsys: Any, at: Any
    ) -> None:
        near(alice)
        status_page = Client()
        run_once(lambda: D14 - timedelta(seconds=1))
        at(D14 + timedelta(minutes=2))
        assert status_page.get(reverse("healthz_reminders")).status_code == 200
        at(D14 + timedelta(minutes=16))
        answer = status_page.get(reverse("healthz_reminders"))
        assert answer.status_code == 503
        assert answer.json()["oldest_due_seconds"] == 960
        assert self.json(capsys, code=1)["oldest_due_seconds"] == 960

    def test_prometheus_reads_the_age_of_the_oldest_due_row(self, alice: Record, at: Any) -> None:
        near(alice)
        at(D14 + timedelta(seconds=30))
        answer = Client().get(reverse("metrics"))
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        text = text_of(answer)
        assert "\nreminders_oldest_due_seconds 30.0\n" in text
        assert "\nreminders_heartbeat_age_seconds NaN\n" in text
        assert all(
            re.match(r"# (HELP|TYPE) [a-z_]+ |[a-z_]+(\{.*\})? [\d.NaN]+$", line)
            for line in text.splitlines()
        )

    @pytest.mark.parametrize("name", ["metrics", "healthz_reminders", "healthz_mail"])
    def test_figures_are_for_this_machine_or_the_token(self, name: str, settings: Any) -> None:
        def status_for(**headers: str) -> int:
            return Client().get(reverse(name), **headers).status_code  # type: ignore[arg-type]  # headers of the test client

        assert status_for() != 404
        assert status_for(REMOTE_ADDR="192.0.2.1") == 404
        assert status_for(HTTP_X_FORWARDED_FOR="127.0.0.1") == 404
        settings.METRICS_TOKEN = "a-long-random-token"
        assert status_for(REMOTE_ADDR="192.0.2.1", HTTP_AUTHORIZATION="Bearer a-long-random-token") != 404
        assert status_for(REMOTE_ADDR="192.0.2.1", HTTP_AUTHORIZATION="Bearer another") == 404
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        assert status_for() == 404

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.0.0.7", "node-3", "[::1]", "bad host"])
    def test_monitoring_may_use_any_name_of_the_machine_and_nobody_else_may(
        self, host: str, settings: Any
    ) -> None:
        settings.ALLOWED_HOSTS = ["diary.example.org"]
        settings.BASE_URL = "https://diary.example.org"
        client = Client(HTTP_HOST=host)
        assert client.get(reverse("healthz")).status_code == 200
        assert client.get(reverse("readyz")).status_code == 200
        assert client.get(reverse("metrics")).status_code == 200
        assert client.get(reverse("healthz_reminders")).status_code == 503
        for path in (
            reverse("account_login"),
            reverse("home"),
            "/metricsx",
            "/healthz/",
            "/healthz/reminders/x",
        ):
            assert client.get(path).status_code == 400

    def test_for_eyes_it_prints_lines(self, alice: Record, capsys: Any) -> None:
        trouble(alice)
        with pytest.raises(SystemExit):
            call_command("reminders", "status")
        shown = capsys.readouterr().out
        assert shown.startswith("NOT WELL\n")
        assert "failed, 550 5.1.1: 1" in shown

    def test_resend_and_reconcile_by_hand(self, alice: Record, capsys: Any) -> None:
        row = trouble(alice)
        call_command("reminders", "resend", str(row.pk))
        with pytest.raises(CommandError, match="neither failed"):
            call_command("reminders", "resend", str(row.pk))
        Reminder.objects.filter(kind="d1").delete()
        capsys.readouterr()
        call_command("reminders", "reconcile")
        assert json.loads(capsys.readouterr().out) == {"made": 2, "moved": 0, "cancelled": 0}
        assert health.status(NOON)["reconcile"]["made"] == 2


class TestReconcile:
    def test_the_ticks_carry_it_through_and_report_what_it_mended(self, alice: Record) -> None:
        from reminders.delivery.sweep import run_nightly_if_due

        treat(alice)
        Reminder.objects.filter(kind__in=["d7", "d1"]).delete()
        Reminder.objects.create(
            user=alice.user, kind="d7", target_date=date(2024, 1, 1), due_at=NOON - timedelta(days=800),
            state="sent",
        )  # fmt: skip
        run_nightly_if_due(NOON)
        assert health.status(NOON)["reconcile"]["running"]
        run_once(lambda: NOON)
        said = health.status(NOON)["reconcile"]
        assert (said["people"], said["made"], said["purged"], said["running"]) == (1, 2, 1, False)
        assert Reminder.objects.filter(target_date=DUE, state="scheduled").count() == 5
