"""The e-mails: one function for the text of each kind, and the bytes that go to the mail server.

Subject, sender, links and first line say nothing of health; the body does so only for users who allowed it.

An e-mail has a part that is the same for many users (cached, with placeholders in it) and the few values of each
recipient: address, key, links. The shared part is rendered once by the e-mail package; filling in the placeholders
costs a hundredth of rendering it again. Where the encoding does not allow that, each e-mail is rendered by itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.emails import build_email
from core import formatting
from reminders.emails.links import (
    build_return_path,
    build_unsubscribe_link,
    sign_answer_token,
    sign_unsubscribe_token,
)
from reminders.models import Kind, Reminder


@dataclass(frozen=True, slots=True)
class EmailFacts:
    """What an e-mail may say to users who allowed detail, and the counts of a digest.

    target: the date it is about. Hashable: equal facts give equal e-mails.
    """

    target: date
    is_booked: bool = False
    sentences: tuple[str, ...] = ()
    due: int = 0
    late: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class EmailText:
    """The text of one kind. `plain` is for everybody and comes first; `detail` only for users who allowed it.

    links_to_answer: the button opens the question of the day instead of the home page.
    """

    plain: str
    button: str
    subject: str
    detail: tuple[str, ...] = ()
    links_to_answer: bool = False


def write_reminder(*detail: str) -> EmailText:
    return EmailText(
        plain=_("This is the reminder you asked for."),
        button=_("Open your page"),
        subject=_("A reminder you asked for"),
        detail=detail,
    )


def write_book(facts: EmailFacts) -> EmailText:
    """28 days before the due date, when nothing is booked."""
    return write_reminder(
        _("Your next session is due on %(day)s, and no appointment is entered yet.")
        % {"day": formatting.day(facts.target)}
    )


def write_before(facts: EmailFacts) -> EmailText:
    """14, 7 or 1 days before."""
    sentence = (
        _("Your next session is booked for %(day)s.")
        if facts.is_booked
        else _("Your next session is due on %(day)s.")
    )
    return write_reminder(sentence % {"day": formatting.day(facts.target)})


def write_overdue(facts: EmailFacts) -> EmailText:
    """7 days after the date, when no session is recorded."""
    return write_reminder(
        _("The session planned for %(day)s is not recorded. Enter it, or the new date, when you can.")
        % {"day": formatting.day(facts.target)}
    )


def write_after(facts: EmailFacts) -> EmailText:
    """7 and 14 days after a session."""
    return write_reminder(
        _("Your session was on %(day)s. On your page you can note side effects and how it goes.")
        % {"day": formatting.day(facts.target)}
    )


def write_daily(_facts: EmailFacts) -> EmailText:
    """At the chosen hour, if today has no entry."""
    return EmailText(
        plain=_("How was today?"),
        button=_("Answer"),
        subject=_("How was today?"),
        detail=(_("One tap records today."),),
        links_to_answer=True,
    )


def write_weekly(_facts: EmailFacts) -> EmailText:
    """Once a week, if one of the last seven days has no entry."""
    return EmailText(
        plain=_("How was your week?"),
        button=_("Open your page"),
        subject=_("How was your week?"),
        detail=(_("Some of the last seven days have no entry yet."),),
    )


def write_medicine(facts: EmailFacts) -> EmailText:
    """Once a month and group, when medicine days come near a published line: counts only."""
    return write_reminder(*facts.sentences)


def write_summary(facts: EmailFacts) -> EmailText:
    """On the first of the month, only for users who allowed detail."""
    return EmailText(
        plain=_("This is the monthly summary you asked for."),
        button=_("Open your page"),
        subject=_("The monthly summary you asked for"),
        detail=facts.sentences,
    )


def write_digest(facts: EmailFacts) -> EmailText:
    """To a clinician: counts only, which identify nobody."""
    due = ngettext("%(number)s due now or within 14 days", "%(number)s due now or within 14 days", facts.due)
    late = ngettext("%(number)s late", "%(number)s late", facts.late)
    silent = ngettext(
        "%(number)s without an entry for 14 days", "%(number)s without an entry for 14 days", facts.silent
    )
    return EmailText(
        plain=_("Of those who share a page with you: %(due)s, %(late)s, %(silent)s.")
        % {
            "due": due % {"number": facts.due},
            "late": late % {"number": facts.late},
            "silent": silent % {"number": facts.silent},
        },
        button=_("Open the list"),
        subject=_("Your weekly summary"),
    )


TEXT_WRITERS: Final[Mapping[str, Callable[[EmailFacts], EmailText]]] = MappingProxyType(
    {
        Kind.BOOK: write_book,
        Kind.D14: write_before,
        Kind.D7: write_before,
        Kind.D1: write_before,
        Kind.OVERDUE: write_overdue,
        Kind.AFTER7: write_after,
        Kind.AFTER14: write_after,
        Kind.DAILY: write_daily,
        Kind.WEEKLY: write_weekly,
        Kind.MEDICINE: write_medicine,
        Kind.SUMMARY: write_summary,
        Kind.DIGEST: write_digest,
    }
)


@dataclass(frozen=True, slots=True)
class EmailRecipient:
    """The values of one recipient: address, key of the reminder, tokens of the links; answer_token only for DAILY."""

    to: str
    key: str
    unsubscribe_token: str
    answer_token: str

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that a mail program shows an e-mail sent twice as one."""
        return f"<{self.key}@{urlsplit(settings.EMAIL_LINK_URL).hostname}>"

    @property
    def sender(self) -> str:
        """The envelope sender, to which a mail server reports what it could not deliver."""
        return (
            build_return_path(self.key, self.to) if settings.MAIL_RETURN_PATH else settings.DEFAULT_FROM_EMAIL
        )


@dataclass(frozen=True, slots=True)
class EmailContent:
    """What is the same for many e-mails."""

    kind: str
    language: str
    allow_detail: bool
    facts: EmailFacts


def build_recipient(reminder: Reminder, email: str) -> EmailRecipient:
    return EmailRecipient(
        to=email,
        key=reminder.key,
        unsubscribe_token=sign_unsubscribe_token(reminder.key),
        answer_token=sign_answer_token(reminder.key) if reminder.kind == Kind.DAILY else "",
    )


def build_content(
    reminder: Reminder, language: str, *, allow_detail: bool, facts: EmailFacts
) -> EmailContent:
    """Return the shared part. Without detail it holds no date, so that e-mails about different dates are equal."""
    shows_facts = allow_detail or reminder.kind == Kind.DIGEST
    return EmailContent(reminder.kind, language, allow_detail, facts if shows_facts else EmailFacts(date.min))


def build_message(content: EmailContent, recipient: EmailRecipient) -> EmailMultiAlternatives:
    """Return the e-mail as Django's mail backends expect it."""
    unsubscribe_link = build_unsubscribe_link(recipient.unsubscribe_token)
    with override(content.language):
        text = TEXT_WRITERS[content.kind](content.facts)
        message = build_email(
            template="reminders/emails/reminder",
            to=recipient.to,
            subject=text.subject,
            context={
                "text": text,
                "detail": text.detail if content.allow_detail else (),
                # Within 72 hours the token of the answer records one day of one person.
                "link": settings.EMAIL_LINK_URL
                + (
                    reverse("answer_by_email", args=[recipient.answer_token]) if text.links_to_answer else "/"
                ),
                "unsubscribe_link": unsubscribe_link,
                "unsubscribe_all_link": build_unsubscribe_link(recipient.unsubscribe_token, everything=True),
            },
        )
    message.from_email = recipient.sender
    message.extra_headers |= {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": recipient.message_id,
        "List-Unsubscribe": f"<{unsubscribe_link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return message


DATE_PLACEHOLDER: Final = "Thu, 01 Jan 1970 00:00:00 -0000"
MAX_LINE_LENGTH: Final = 998  # octets without the line end (RFC 5321)


def build_placeholders(letter: str) -> EmailRecipient:
    """Return values that no e-mail contains otherwise. They are as long as real ones, so that headers fold alike."""
    key = f"placeholder{letter}".ljust(24, letter)
    return EmailRecipient(
        to=f"{key}@example.invalid",
        key=key,
        unsubscribe_token=sign_unsubscribe_token(key),
        answer_token=sign_answer_token(key),
    )


def encode_message(content: EmailContent, recipient: EmailRecipient, date_header: str) -> bytes:
    """Return an e-mail's bytes with the line ends and doubled leading dots that SMTP needs, without the final dot."""
    message = build_message(content, recipient)
    message.extra_headers["Date"] = date_header
    mime = message.message()
    mime.set_boundary(f"=_{recipient.key}")
    lines = mime.as_bytes().replace(b"\r\n", b"\n").split(b"\n")
    escaped = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join(escaped).rstrip(b"\r\n") + b"\r\n"


def fill_in(
    shared: bytes, placeholders: EmailRecipient, recipient: EmailRecipient, date_header: str
) -> bytes:
    """Replace the placeholders. The tokens come before the key, with which they begin."""
    for placeholder, value in (
        (placeholders.unsubscribe_token, recipient.unsubscribe_token),
        (placeholders.answer_token, recipient.answer_token),
        (encode_address(placeholders.to), encode_address(recipient.to)),
        (placeholders.key, recipient.key),
        (DATE_PLACEHOLDER, date_header),
    ):
        shared = shared.replace(placeholder.encode(), value.encode())
    return shared


@lru_cache(maxsize=512)
def render_shared_data(
    content: EmailContent, _settings: tuple[str, ...]
) -> tuple[EmailRecipient, bytes] | None:
    """Return placeholders and an e-mail's bytes with them; None when filling them in would give another e-mail.

    The bytes are encoded already: in quoted-printable or in an encoded header a placeholder may be cut in two. So they
    are filled in for a second made-up recipient, and compared with an e-mail that was built for that one alone.

    _settings: those that the bytes depend on, as part of the cache's key.
    """
    placeholders, other = build_placeholders("p"), build_placeholders("q")
    shared = encode_message(content, placeholders, DATE_PLACEHOLDER)
    expected = encode_message(content, other, DATE_PLACEHOLDER)
    is_same = fill_in(shared, placeholders, other, DATE_PLACEHOLDER) == expected
    is_short = all(len(line) <= MAX_LINE_LENGTH for line in shared.split(b"\r\n"))
    return (placeholders, shared) if is_same and is_short else None


ASCII_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


@lru_cache(maxsize=64)
def encode_international_address(address: str) -> str:
    encoded: str = sanitize_address(address, "utf-8")
    return encoded


def encode_address(address: str) -> str:
    """Return an address as mail servers know it; a plain one skips the slow e-mail package."""
    return address if ASCII_ADDRESS.fullmatch(address) else encode_international_address(address)


def render_smtp_data(content: EmailContent, recipient: EmailRecipient) -> bytes:
    """Return the e-mail as it follows DATA, without the final dot."""
    origin = (settings.EMAIL_LINK_URL, settings.DEFAULT_FROM_EMAIL, settings.MAIL_RETURN_PATH)
    date_header = formatdate(localtime=settings.EMAIL_USE_LOCALTIME)
    rendered = render_shared_data(content, origin)
    if rendered is None:
        return encode_message(content, recipient, date_header)
    placeholders, shared = rendered
    return fill_in(shared, placeholders, recipient, date_header)
