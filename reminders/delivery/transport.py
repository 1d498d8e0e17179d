"""Delivers e-mails to the mail server, and tells those that were certainly not sent from those that perhaps were."""

import re
from contextlib import suppress
from smtplib import SMTP, SMTPException
from typing import Final, Protocol

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError

from accounts.mailbox import MailboxBackend
from reminders.emails.messages import (
    EmailContent,
    EmailRecipient,
    build_message,
    encode_address,
    render_smtp_data,
)

ENHANCED_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# The status when the address is wrong for good (RFC 3463, X.1.x; 5.2.1: the mailbox is closed), and not, for example,
# when the server takes this e-mail for spam.
DEAD_STATUS: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4")
DEAD_CODES: Final = (550, 551, 553)
CONTINUE, OK, CLOSING = 354, 250, 421


class NotSentError(Exception):
    """Certainly not sent: there was no connection, or it broke before the whole e-mail was sent."""


class UncertainError(Exception):
    """Perhaps sent: the whole e-mail was sent, and no answer came."""


class RefusedError(Exception):
    """The server refused. status: its own, such as "550 5.1.1"; is_dead_address: the address is wrong for good."""

    def __init__(self, code: int, text: str = "", *, of_address: bool = False, status: str = "") -> None:
        match = ENHANCED_STATUS.search(text)
        enhanced = match[1] if match else ""
        self.code = code
        self.status = status or f"{code} {enhanced}".strip()
        is_dead_status = enhanced in DEAD_STATUS if enhanced else code in DEAD_CODES
        self.is_dead_address = of_address and is_dead_status
        super().__init__(self.status)

    @property
    def is_final(self) -> bool:
        return self.code >= 500


class Transport(Protocol):
    """One connection for a batch: connect() before a reminder enters "sending", deliver() after it.

    connect() raises NotSentError; deliver() raises NotSentError, RefusedError or UncertainError.
    """

    def connect(self) -> None: ...
    def deliver(self, content: EmailContent, recipient: EmailRecipient) -> None: ...
    def close(self) -> None: ...


def open_transport() -> Transport:
    """Return a transport that speaks SMTP itself, or one around any other mail backend."""
    backend = get_connection()
    if isinstance(backend, EmailBackend):
        return SmtpTransport(backend)
    return MailboxTransport(backend) if isinstance(backend, MailboxBackend) else BackendTransport(backend)


class SmtpTransport:
    """Speaks SMTP itself, so that it knows at which step a connection broke."""

    def __init__(self, backend: EmailBackend) -> None:
        self.backend = backend

    def connect(self) -> None:
        """Open the connection if there is none. Its timeout holds for every later step."""
        try:
            self.backend.open()
            if isinstance(self.backend.connection, SMTP):
                self.backend.connection.ehlo_or_helo_if_needed()
        except (OSError, SMTPException) as error:
            self.drop_connection()
            raise NotSentError(type(error).__name__) from error

    def deliver(self, content: EmailContent, recipient: EmailRecipient) -> None:
        data, smtp = render_smtp_data(content, recipient), self.backend.connection
        if not isinstance(smtp, SMTP):
            raise NotSentError("NoConnection")
        try:
            self.send_envelope(smtp, recipient)
        except (OSError, SMTPException) as error:
            self.drop_connection()
            raise NotSentError(type(error).__name__) from error
        try:
            smtp.send(data + b".\r\n")
            code, text = smtp.getreply()
        except (OSError, SMTPException) as error:
            self.drop_connection()
            raise UncertainError(type(error).__name__) from error
        if code != OK:
            self.raise_refusal(smtp, code, text)

    def send_envelope(self, smtp: SMTP, recipient: EmailRecipient) -> None:
        """Send MAIL, RCPT and DATA: up to here no e-mail has been sent."""
        for command, accepted_codes, of_address in (
            (f"MAIL FROM:{bare_address(recipient.sender)}", (OK,), False),
            (f"RCPT TO:{bare_address(recipient.to)}", (OK, 251), True),
            ("DATA", (CONTINUE,), False),
        ):
            code, text = smtp.docmd(command)
            if code not in accepted_codes:
                self.raise_refusal(smtp, code, text, of_address=of_address)

    def raise_refusal(self, smtp: SMTP, code: int, text: bytes, *, of_address: bool = False) -> None:
        """Reset the connection for the next e-mail, and raise what the server's code means."""
        if code == CLOSING or code < 0:
            self.drop_connection()
        else:
            try:
                smtp.rset()
            except (OSError, SMTPException):
                self.drop_connection()
        if code < 0:
            raise NotSentError("Disconnected")
        raise RefusedError(code, text.decode("ascii", "replace"), of_address=of_address)

    def drop_connection(self) -> None:
        """Close a broken connection without QUIT."""
        broken, self.backend.connection = self.backend.connection, None
        if broken:
            with suppress(OSError, SMTPException):
                broken.close()

    def close(self) -> None:
        with suppress(OSError, SMTPException):
            self.backend.close()
        self.drop_connection()


def bare_address(address: str) -> str:
    """Return <name@host> of an address that may have a display name, as a mail server reads it."""
    return f"<{encode_address(address).rpartition('<')[2].rstrip('>')}>"


class BackendTransport:
    """Any of Django's mail backends: a provider's interface, a file, the console."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend

    def connect(self) -> None:
        try:
            self.backend.open()
        except OSError as error:
            raise NotSentError(type(error).__name__) from error

    def deliver(self, content: EmailContent, recipient: EmailRecipient) -> None:
        message = build_message(content, recipient)
        try:
            self.backend.send_messages([message])
        except Exception as error:  # whatever a backend raises: it may have accepted the e-mail before
            code = getattr(error, "status_code", None)
            if not isinstance(code, int):
                raise UncertainError(type(error).__name__) from error
            # "Too many requests" and a provider's own errors (5xx) pass; its other HTTP answers are final.
            raise RefusedError(450 if code == 429 or code >= 500 else 550) from error

    def close(self) -> None:
        self.backend.close()


class MailboxTransport(BackendTransport):
    """The mailbox of demo mode. It stores the bytes that a mail server would get."""

    backend: MailboxBackend

    def deliver(self, content: EmailContent, recipient: EmailRecipient) -> None:
        data = render_smtp_data(content, recipient).replace(b"\r\n..", b"\r\n.")
        try:
            self.backend.store(data, recipient.sender, recipient.to)
        except DatabaseError as error:
            raise NotSentError(type(error).__name__) from error
