"""One function a letter. Subject, sender, links and first line say nothing of health; the body does so only for who
allowed it.

A letter has a plain part that is the same for all (cached, with marks in it) and the few things that are each
reader's own: address, number, links. The plain part is written once by the e-mail package and filled in by replacing
the marks, which costs a hundredth of writing it anew.
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
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.emails import build_email
from core import formatting
from reminders.emails.links import answer_link, answer_token, build_return_path, stop_link, stop_token
from reminders.models import Kind, Reminder


@dataclass(frozen=True, slots=True)
class EmailFacts:
    """What a letter may say to who allowed detail, and the counts of a digest. Hashable: equal facts, equal letters."""

    target: date
    booked: bool = False
    sentences: tuple[str, ...] = ()
    due: int = 0
    late: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class EmailText:
    """A letter's own words. `plain` is for everybody and comes first; `detail` only for who allowed it."""

    plain: str
    button: str
    subject: str
    detail: tuple[str, ...] = ()
    answers: bool = False


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
        if facts.booked
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
        _("Your session was on %(day)s. Your page has room for side effects and for how it goes.")
        % {"day": formatting.day(facts.target)}
    )


def write_daily(_facts: EmailFacts) -> EmailText:
    """At her hour, if today is empty."""
    return EmailText(
        plain=_("How was today?"),
        button=_("Answer"),
        subject=_("How was today?"),
        detail=(_("One tap keeps the diary of today."),),
        answers=True,
    )


def write_weekly(_facts: EmailFacts) -> EmailText:
    """Once a week, if one of the last seven days is empty."""
    return EmailText(
        plain=_("How was your week?"),
        button=_("Open your page"),
        subject=_("How was your week?"),
        detail=(_("Some days of the last seven have no entry yet."),),
    )


def write_summary(facts: EmailFacts) -> EmailText:
    """On the first of the month, only for who allowed detail."""
    return EmailText(
        plain=_("This is the monthly letter you asked for."),
        button=_("Open your page"),
        subject=_("The monthly letter you asked for"),
        detail=facts.sentences,
    )


def write_digest(facts: EmailFacts) -> EmailText:
    """To a clinician, counts alone: they tell nobody who is meant."""
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
        subject=_("Your weekly letter"),
    )


WORDS: Final[Mapping[str, Callable[[EmailFacts], EmailText]]] = MappingProxyType(
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
        Kind.SUMMARY: write_summary,
        Kind.DIGEST: write_digest,
    }
)


@dataclass(frozen=True, slots=True)
class EmailRecipient:
    """What is each reader's own in a letter."""

    to: str
    key: str
    stop: str
    answer: str

    @property
    def message_id(self) -> str:
        """The same for every try, so that a letter sent twice is one letter to a mail program."""
        return f"<{self.key}@{urlsplit(settings.LETTER_URL).hostname}>"

    @property
    def sender(self) -> str:
        """Where a mail server reports what it could not deliver."""
        return (
            build_return_path(self.key, self.to) if settings.MAIL_RETURN_PATH else settings.DEFAULT_FROM_EMAIL
        )


@dataclass(frozen=True, slots=True)
class EmailContent:
    """What is the same for many letters."""

    kind: str
    language: str
    detail: bool
    facts: EmailFacts


def build_recipient(row: Reminder, email: str) -> EmailRecipient:
    token = answer_token(row.key) if row.kind == Kind.DAILY else ""
    return EmailRecipient(to=email, key=row.key, stop=stop_token(row.key), answer=token)


def build_content(row: Reminder, language: str, *, detail: bool, facts: EmailFacts) -> EmailContent:
    """Without detail the date is not in the letter, so that letters about different dates are the same."""
    told = detail or row.kind == Kind.DIGEST
    return EmailContent(row.kind, language, detail, facts if told else EmailFacts(date.min))


def build_message(what: EmailContent, mine: EmailRecipient) -> EmailMultiAlternatives:
    """The letter as Django's mail backends take it."""
    with override(what.language):
        words = WORDS[what.kind](what.facts)
        made = build_email(
            template="reminders/emails/reminder",
            to=mine.to,
            subject=words.subject,
            context={
                "words": words,
                "detail": words.detail if what.detail else (),
                "link": answer_link(mine.answer) if words.answers else f"{settings.LETTER_URL}/",
                "stop_link": stop_link(mine.stop),
                "stop_all_link": stop_link(mine.stop, everything=True),
            },
        )
    made.from_email = mine.sender
    made.extra_headers |= {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": mine.message_id,
        "List-Unsubscribe": f"<{stop_link(mine.stop)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return made


# Marks that no letter holds otherwise; long enough that long headers fold as with what comes in their place.
MARKS: Final = EmailRecipient(
    to="mark-of-an-address@example.invalid",
    key="markofakeymarkofakeymark",
    stop="mark-of-a-stop-token-mark-of-a-stop-token-mark-of-a-stop-token-mark",
    answer="mark-of-an-answer-token-mark-of-an-answer-token-mark-of-an-answer-token",
)
DATE_MARK: Final = "Thu, 01 Jan 1970 00:00:00 -0000"


@lru_cache(maxsize=512)
def plain_text_part(what: EmailContent, _settings: tuple[str, ...]) -> bytes:
    """A letter's bytes with marks in it, lines ended and leading dots doubled as SMTP wants them."""
    made = build_message(what, MARKS)
    made.extra_headers["Date"] = DATE_MARK
    lines = made.message().as_bytes().replace(b"\r\n", b"\n").split(b"\n")
    doubled = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join(doubled).rstrip(b"\r\n") + b"\r\n"


PLAIN_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


@lru_cache(maxsize=64)
def render_body(address: str) -> str:
    found: str = sanitize_address(address, "utf-8")
    return found


def is_ascii(address: str) -> str:
    """An address as mail servers know it; the e-mail package is asked only where there is something to do."""
    return address if PLAIN_ADDRESS.fullmatch(address) else render_body(address)


def render_smtp_data(what: EmailContent, mine: EmailRecipient) -> bytes:
    """The letter as it goes after DATA, without the final dot."""
    origin = (settings.LETTER_URL, settings.DEFAULT_FROM_EMAIL, settings.MAIL_RETURN_PATH)
    filled = plain_text_part(what, origin)
    for mark, value in (
        (MARKS.to, is_ascii(mine.to)),
        (MARKS.key, mine.key),
        (MARKS.stop, mine.stop),
        (MARKS.answer, mine.answer),
        (DATE_MARK, formatdate(localtime=settings.EMAIL_USE_LOCALTIME)),
    ):
        filled = filled.replace(mark.encode(), value.encode())
    return filled
