"""Mail backend of demo mode: e-mails are stored in the database and shown in the app."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import DemoEmail


class MailboxBackend(BaseEmailBackend):
    """Stores what would have been sent, one row for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        demo_emails = []
        for message in email_messages:
            alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
            html = next((str(part[0]) for part in alternatives if part[1] == "text/html"), "")
            demo_emails += [
                DemoEmail(
                    sender=message.from_email,
                    recipient=recipient,
                    subject=str(message.subject),
                    headers="\n".join(f"{name}: {value}" for name, value in message.extra_headers.items()),
                    text=str(message.body),
                    html=html,
                )
                for recipient in message.recipients()
            ]
        DemoEmail.objects.bulk_create(demo_emails)
        return len(email_messages)
