"""Handing a letter to the mail server, and telling apart what certainly did not go out from what perhaps did."""

import re
from contextlib import suppress
from smtplib import SMTP, SMTPException
from typing import Final, Protocol

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from reminders.emails.messages import EmailContent, EmailRecipient, build_message, is_ascii, render_smtp_data

ENHANCED: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# What a server says when the address is wrong for good (RFC 3463, X.1.x; 5.2.1: the mailbox is closed), and not,
# say, that it takes this letter for spam.
DEAD_STATUS: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4")
DEAD_CODES: Final = (550, 551, 553)
CONTINUE, OK, CLOSING = 354, 250, 421


class NotSentError(Exception):
    """Certainly not sent: no connection, or it broke before the letter was whole."""


class UncertainError(Exception):
    """Perhaps sent: the letter was whole, and no answer came."""


class RefusedError(Exception):
    """The server said no. status: its own, such as "550 5.1.1"; dead: the address is wrong for good."""

    def __init__(self, code: int, text: str = "", *, of_address: bool = False) -> None:
        found = ENHANCED.search(text)
        enhanced = found[1] if found else ""
        self.code = code
        self.status = f"{code} {enhanced}".strip()
        self.dead = of_address and is_permanent(code, enhanced)
        super().__init__(self.status)

    @property
    def is_final(self) -> bool:
        return self.code >= 500


def is_permanent(code: int, enhanced: str) -> bool:
    return enhanced in DEAD_STATUS if enhanced else code in DEAD_CODES


class Transport(Protocol):
    """One connection for a batch: ready() before the fence, hand_over() after it."""

    def ready(self) -> None: ...
    def hand_over(self, what: EmailContent, mine: EmailRecipient) -> None: ...
    def close(self) -> None: ...


def open_transport() -> Transport:
    """By SMTP word for word; by any other backend as a whole."""
    backend = get_connection()
    return SmtpTransport(backend) if isinstance(backend, EmailBackend) else BackendTransport(backend)


class SmtpTransport:
    """Speaks SMTP itself, so that it knows where a broken talk broke."""

    def __init__(self, backend: EmailBackend) -> None:
        self.backend = backend

    def ready(self) -> None:
        """Open the connection if there is none. Its timeout holds for every step of the talk."""
        try:
            self.backend.open()
            if isinstance(self.backend.connection, SMTP):
                self.backend.connection.ehlo_or_helo_if_needed()
        except (OSError, SMTPException) as error:
            self.drop()
            raise NotSentError(type(error).__name__) from error

    def hand_over(self, what: EmailContent, mine: EmailRecipient) -> None:
        letter, smtp = render_smtp_data(what, mine), self.backend.connection
        if not isinstance(smtp, SMTP):
            raise NotSentError("NoConnection")
        try:
            self.announce(smtp, mine)
        except (OSError, SMTPException) as error:
            self.drop()
            raise NotSentError(type(error).__name__) from error
        try:
            smtp.send(letter + b".\r\n")
            code, text = smtp.getreply()
        except (OSError, SMTPException) as error:
            self.drop()
            raise UncertainError(type(error).__name__) from error
        if code != OK:
            self.refuse(smtp, code, text)

    def announce(self, smtp: SMTP, mine: EmailRecipient) -> None:
        """MAIL, RCPT, DATA: until here nothing has been sent."""
        for command, good, of_address in (
            (f"MAIL FROM:{bare_address(mine.sender)}", (OK,), False),
            (f"RCPT TO:{bare_address(mine.to)}", (OK, 251), True),
            ("DATA", (CONTINUE,), False),
        ):
            code, text = smtp.docmd(command)
            if code not in good:
                self.refuse(smtp, code, text, of_address=of_address)

    def refuse(self, smtp: SMTP, code: int, text: bytes, *, of_address: bool = False) -> None:
        """Leave the talk as if it had not begun, and say why."""
        if code == CLOSING or code < 0:
            self.drop()
        else:
            try:
                smtp.rset()
            except (OSError, SMTPException):
                self.drop()
        if code < 0:
            raise NotSentError("Disconnected")
        raise RefusedError(code, text.decode("ascii", "replace"), of_address=of_address)

    def drop(self) -> None:
        """Forget a connection that is of no use, without the courtesies."""
        broken, self.backend.connection = self.backend.connection, None
        if broken:
            with suppress(OSError, SMTPException):
                broken.close()

    def close(self) -> None:
        with suppress(OSError, SMTPException):
            self.backend.close()
        self.drop()


def bare_address(address: str) -> str:
    """<name@host> of an address that may come with a display name, as a mail server reads it."""
    return f"<{is_ascii(address).rpartition('<')[2].rstrip('>')}>"


class BackendTransport:
    """Any of Django's mail backends: a provider's interface, a file, the demo's mailbox."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend

    def ready(self) -> None:
        try:
            self.backend.open()
        except OSError as error:
            raise NotSentError(type(error).__name__) from error

    def hand_over(self, what: EmailContent, mine: EmailRecipient) -> None:
        letter = build_message(what, mine)
        try:
            self.backend.send_messages([letter])
        except Exception as error:  # whatever a backend raises: it may have taken the letter before
            code = getattr(error, "status_code", None)
            if not isinstance(code, int):
                raise UncertainError(type(error).__name__) from error
            # Of a provider's HTTP answers only "not like this" is final; "too many" and its own troubles pass.
            raise RefusedError(450 if code == 429 or code >= 500 else 550) from error

    def close(self) -> None:
        self.backend.close()
