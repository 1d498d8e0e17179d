"""Mail backend of demo mode: e-mails are stored in the database and shown in the app."""

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedEmail

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import DemoEmail

SHOWN_BY_THEMSELVES = (
    "from",
    "to",
    "subject",
    "date",
    "content-type",
    "content-transfer-encoding",
    "mime-version",
)


class MailboxBackend(BaseEmailBackend):
    """Stores what would have been sent, one row for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for recipient in message.recipients():
                self.store(message.message().as_bytes(), message.from_email, recipient)
        return len(email_messages)

    def store(self, data: bytes, sender: str, recipient: str) -> None:
        """Store an e-mail as its recipient's mail program would read it. data: its bytes (RFC 5322)."""
        email = message_from_bytes(data, _class=ParsedEmail, policy=policy.default)
        text, html = email.get_body(("plain",)), email.get_body(("html",))
        headers = [
            f"{name}: {str(value).strip()}"
            for name, value in email.items()
            if name.lower() not in SHOWN_BY_THEMSELVES
        ]
        DemoEmail.objects.create(
            sender=sender,
            recipient=recipient,
            subject=str(email["Subject"]),
            headers="\n".join(headers),
            text=text.get_content() if text else "",
            html=html.get_content() if html else "",
        )
