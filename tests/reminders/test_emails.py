"""What a letter says, and to whom: nothing of health outside or in, in any language, unless she allowed it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polib
import pytest
from django.conf import settings
from django.core import mail
from django.utils.translation import override

from accounts.emails import build_email
from accounts.models import DemoEmail, Record
from botoxtrack import languages
from headaches.models import DiaryDay
from progress.dashboard.summary import change_sentences
from reminders.delivery import push
from reminders.delivery.sweep import enqueue_due, run_once
from reminders.delivery.transport import open_transport
from reminders.emails import messages
from reminders.emails.links import sign_answer_token, sign_unsubscribe_token
from reminders.emails.messages import EmailContent, EmailFacts, EmailRecipient
from reminders.models import Kind, Reminder
from tests.conftest import NOON
from tests.processes.site import bodies
from tests.reminders.test_ledger import near, sent_at, wish
from tests.servers import Sink, smtp_sink
from treatments.models import InjectionSession

LANGUAGES = [code for code, _name in settings.LANGUAGES]
# Stems that tell what a letter is about, in the languages the product may speak; "head" is also a word of HTML.
FORBIDDEN = re.compile(
    r"botox|botul|migr|headache|kopfschmerz|céphal|cefal|inject|injek|inyec|iniez|session|sitzung|séance|seduta|"
    r"treat|behandl|traite|tratam|diary|tagebuch|journal|diario|patient|clinic|klinik|doctor|arzt|médec|medic|"
    r"spritze|praxis|medikament|anfall|anfäll|nebenwirk|beschwerd|linderung|wirkung|"
    r"drug|dose|dosis|triptan|pain|schmerz|douleur|dolor|health|gesund|santé|salud|symptom|side effect|attack",
    re.IGNORECASE,
)
FACTS = EmailFacts(
    date(2026, 7, 28),
    is_booked=True,
    sentences=("9 fewer headache days a month than before Botox.",),
    due=1,
    late=2,
    silent=3,
)
MINE = EmailRecipient(
    to="alice@example.org", key="0f" * 12, unsubscribe_token="stop:me", answer_token="answer:me"
)
# What clients show of a letter before it is opened.
PREVIEW = 150


def said(letter: EmailMessage) -> str:
    """Everything but tokens and the names of HTML's own elements."""
    texts = [*(f"{name}: {value}" for name, value in letter.items()), *bodies(letter).values()]
    return re.sub(r"</?head>|color-scheme", "", "\n".join(texts))


def letter_of(kind: str, language: str, *, detail: bool) -> EmailMessage:
    made = messages.render_smtp_data(EmailContent(kind, language, detail, FACTS), MINE)
    found = message_from_bytes(made, policy=policy.default)  # type: ignore[arg-type]  # the default policy makes EmailMessage
    assert isinstance(found, EmailMessage)
    return found


def visible(html: str) -> str:
    body = html.partition("<main>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body))).strip()


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryLetter:
    def test_without_leave_it_says_nothing_of_health_anywhere(self, kind: str, language: str) -> None:
        letter = letter_of(kind, language, detail=False)
        assert FORBIDDEN.findall(said(letter)) == []
        assert list(bodies(letter)) == ["text/plain", "text/html"]
        assert "alice" not in said(letter).replace(MINE.to, "").lower()

    def test_with_leave_it_is_neutral_outside_and_in_what_a_list_of_mails_shows(
        self, kind: str, language: str
    ) -> None:
        letter = letter_of(kind, language, detail=True)
        outside = "\n".join(f"{name}: {value}" for name, value in letter.items())
        assert FORBIDDEN.findall(outside) == []
        for part, text in bodies(letter).items():
            shown = visible(text) if part == "text/html" else text
            assert FORBIDDEN.findall(shown[:PREVIEW]) == []

    def test_its_links_lead_to_the_neutral_host_and_say_nothing(self, kind: str, language: str) -> None:
        for text in bodies(letter_of(kind, language, detail=True)).values():
            links = re.findall(r"https?://[^\s\"<]+", text)
            assert {urlsplit(link).netloc for link in links} == {urlsplit(settings.EMAIL_LINK_URL).netloc}
            assert {urlsplit(link).path.split("/")[1] for link in links} <= {"", "stop", "today"}

    def test_its_headers_are_those_of_a_machine_that_can_be_stopped(self, kind: str, language: str) -> None:
        letter = letter_of(kind, language, detail=False)
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert str(letter["List-Unsubscribe"]).strip() == f"<{settings.EMAIL_LINK_URL}/stop/stop:me/>"
        assert letter["From"] == settings.DEFAULT_FROM_EMAIL
        assert letter["Message-ID"] == f"<{MINE.key}@testserver>"
        assert all(f"/stop/stop:me/{end}" in text for end in ("", "all/") for text in bodies(letter).values())

    def test_it_has_both_themes_and_no_foreign_thing_in_it(self, kind: str, language: str) -> None:
        html = bodies(letter_of(kind, language, detail=True))["text/html"]
        assert '<meta name="color-scheme" content="light dark">' in html
        assert "prefers-color-scheme: dark" in html
        assert re.findall(r"<(?:img|script|link|iframe)|url\(|@import", html) == []


def host_of(length: int) -> str:
    """A host name of this many characters, with labels no longer than 63."""
    labels = "a" * (length - 4)
    for dot in range(50, len(labels) - 1, 50):
        labels = f"{labels[:dot]}.{labels[dot + 1 :]}"
    return f"{labels}.org"


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with smtp_sink() as listening:
        yield listening


class TestLinksOnArrival:
    """On the bytes that a real mail server received."""

    @pytest.mark.parametrize("length", [5, 6, 9, 20, 40, 63, 77, 100, 137, 150, 199, 200])
    def test_every_link_holds_the_token_of_its_recipient(
        self, length: int, sink: Sink, settings: Any
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
        settings.EMAIL_LINK_URL = base = f"https://{host_of(length)}"
        transport = open_transport()
        transport.connect()
        sent = [
            (kind, EmailContent(kind, language, detail, FACTS), signed_recipient(kind, number))
            for kind in Kind.values
            for language in LANGUAGES
            for detail in (False, True)
            for number in (1, 2)
        ]
        sink.letters.clear()
        for _kind, content, recipient in sent:
            transport.deliver(content, recipient)
        transport.close()
        assert len(sink.letters) == len(sent)
        for letter, (kind, _content, recipient) in zip(sink.letters, sent, strict=True):
            stop = f"{base}/stop/{recipient.unsubscribe_token}/"
            opens = f"{base}/today/{recipient.answer_token}/" if kind == Kind.DAILY else f"{base}/"
            for text in bodies(letter).values():
                assert re.findall(r"https?://[^\s\"<]+", text) == [opens, stop, f"{stop}all/"]
            assert str(letter["List-Unsubscribe"]).strip() == f"<{stop}>"
            assert str(letter["Message-ID"]).strip() == f"<{recipient.key}@{host_of(length)}>"
            assert letter["To"] == recipient.to

    def test_a_line_too_long_for_mail_is_encoded_for_each_recipient(self, sink: Sink, settings: Any) -> None:
        """Quoted-printable cuts lines, and so it cuts what would be filled in."""
        facts = EmailFacts(date(2026, 7, 28), sentences=("word " * 300,))
        content = EmailContent(Kind.SUMMARY, "en", True, facts)
        for number in (1, 2):
            recipient = signed_recipient(Kind.SUMMARY, number)
            data = messages.render_smtp_data(content, recipient)
            assert max(len(line) for line in data.split(b"\r\n")) <= 998
            letter = message_from_bytes(data, policy=policy.default)  # type: ignore[arg-type]  # as above
            assert all(
                f"/stop/{recipient.unsubscribe_token}/all/" in text for text in bodies(letter).values()
            )

    def test_the_shared_part_of_every_email_is_rendered_once(self) -> None:
        """Else each would be rendered by itself, a hundred times slower."""
        origin = (settings.EMAIL_LINK_URL, settings.DEFAULT_FROM_EMAIL, settings.MAIL_RETURN_PATH)
        for kind in Kind.values:
            for language in LANGUAGES:
                for detail in (False, True):
                    content = EmailContent(kind, language, detail, FACTS)
                    assert messages.render_shared_data(content, origin) is not None

    def test_the_demo_mailbox_shows_the_bytes_that_would_be_sent(self, db: None, settings: Any) -> None:
        settings.EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
        content, recipient = EmailContent(Kind.DAILY, "de", True, FACTS), signed_recipient(Kind.DAILY, 1)
        transport = open_transport()
        transport.connect()
        transport.deliver(content, recipient)
        stored = DemoEmail.objects.get()
        received = messages.render_smtp_data(content, recipient).replace(b"\r\n..", b"\r\n.")
        letter = message_from_bytes(received, policy=policy.default)  # type: ignore[arg-type]  # as above
        assert {"text/plain": stored.text, "text/html": stored.html} == bodies(letter)
        assert (stored.subject, stored.recipient) == (letter["Subject"], recipient.to)
        assert (
            f"List-Unsubscribe: <{settings.EMAIL_LINK_URL}/stop/{recipient.unsubscribe_token}/>"
            in stored.headers
        )


def signed_recipient(kind: str, number: int) -> EmailRecipient:
    key = f"{number:024x}"
    answer_token = sign_answer_token(key) if kind == Kind.DAILY else ""
    return EmailRecipient(f"person{number}@example.org", key, sign_unsubscribe_token(key), answer_token)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_device_shows_says_nothing_either(language: str, alice: Record) -> None:
    alice.user.language = language
    near(alice)
    row = Reminder.objects.select_related("user").first()
    assert row is not None
    shown = json.loads(push.build_payload(row))
    assert set(shown) == {"title", "body", "tag"}
    assert FORBIDDEN.findall(" ".join(shown.values())) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nor_does_the_other_email_of_the_house(language: str) -> None:
    with override(language):
        made = build_email(
            template="accounts/emails/invitation",
            to="a@b.org",
            subject="Somebody would like to share a page with you",
            context={},
        )
    assert FORBIDDEN.findall(made.message().as_string().replace("<head>", "").replace("</head>", "")) == []


@pytest.mark.parametrize("path", languages.find_catalogues(settings.BASE_DIR / "locale").values(), ids=str)
def test_nor_do_the_emails_of_the_account_in_any_translation(path: Path) -> None:
    folders = (
        "templates/emails/",
        "templates/accounts/emails/",
        "templates/reminders/emails/",
        "templates/account/email/",
        "templates/mfa/email/",
    )
    texts = [
        text
        for entry in polib.pofile(str(path))
        if any(file.startswith(folders) for file, _line in entry.occurrences)
        for text in (entry.msgid, entry.msgstr)
    ]
    assert len(texts) > 60
    assert [text for text in texts if FORBIDDEN.search(text)] == []


@pytest.mark.parametrize("kind", Kind.values)
def test_a_german_email_has_no_english_line(kind: str) -> None:
    """Links and headers apart: no line is the same in both languages."""
    facts = EmailFacts(date(2026, 7, 28), is_booked=True, sentences=(), due=1, late=2, silent=3)

    def lines(language: str) -> set[str]:
        letter = messages.build_message(EmailContent(kind, language, True, facts), MINE)
        shown = [
            *str(letter.body).splitlines(),
            *visible(str(letter.alternatives[0][0])).split(". "),
            letter.subject,
        ]
        return {line.strip() for line in shown if re.search(r"[a-z]{3}", line) and "://" not in line}

    assert len(lines("de")) >= 4
    assert lines("de") & lines("en") == set()


@pytest.mark.django_db
def test_who_allowed_detail_reads_the_date_below_the_first_lines(alice: Record) -> None:
    wish(alice, allow_detail=True)
    near(alice)
    sent_at(datetime(2026, 7, 14, 7, tzinfo=UTC))
    [letter] = mail.outbox
    assert letter.subject == "A reminder you asked for"
    assert "Your next session is due on 28 July 2026." in letter.body


@pytest.mark.django_db
class TestSummary:
    FIRST = datetime(2026, 6, 1, 7, tzinfo=UTC)

    def test_it_brings_the_sentence_of_change_to_who_asked(self, alice: Record) -> None:
        wish(alice, allow_detail=True, send_summary=True)
        InjectionSession.objects.create(record=alice, date=date(2026, 5, 4))
        for back in range(60):
            on = date.fromordinal(self.FIRST.date().toordinal() - back)
            headache = on < date(2026, 5, 4) or back % 4 == 0
            DiaryDay.objects.create(record=alice, date=on, headache=headache, written_at=NOON)
        assert sent_at(self.FIRST) == {"sent": 1}
        [letter] = mail.outbox
        assert (
            change_sentences(alice, self.FIRST.date())[0]
            == "21 fewer headache days a month than before Botox."
        )
        assert all(sentence in letter.body for sentence in change_sentences(alice, self.FIRST.date()))

    def test_without_a_session_there_is_nothing_to_say_and_no_email(self, alice: Record) -> None:
        wish(alice, allow_detail=True, send_summary=True)
        assert sent_at(self.FIRST) == {"suppressed": 1}


@pytest.mark.django_db
def test_logs_and_arguments_hold_numbers_alone(alice: Record, caplog: Any) -> None:
    """What goes to the broker are ids; what goes to the log are ids and counts."""
    near(alice)
    caplog.set_level("DEBUG")
    sent: list[list[int]] = []
    enqueue_due(lambda: datetime(2026, 7, 14, 7, tzinfo=UTC), sent.append)
    assert sent == [[Reminder.objects.get(kind="d14").pk]]
    Reminder.objects.filter(kind="d14").update(state="scheduled", next_action_at=NOON)
    run_once(lambda: datetime(2026, 7, 14, 7, tzinfo=UTC))
    assert "reminder batch" in caplog.text
    assert alice.user.email not in caplog.text
    assert FORBIDDEN.findall(caplog.text.replace("_session", "").replace("django.db", "")) == []
