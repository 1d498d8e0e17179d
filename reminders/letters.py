"""One function a letter. Subject, sender, link and body say nothing of health."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.letters import build
from accounts.models import Record
from reminders.models import Reminder

SIGNER = Signer(salt="reminders.stop")


def stop_link(record: Record) -> str:
    """The address that ends the letters: hard to guess, good for nothing else."""
    return settings.BASE_URL + reverse("stop_letters", args=[SIGNER.sign(record.key)])


def record_key_of(token: str) -> str | None:
    """The record a stop link belongs to, or None for a made-up one."""
    try:
        return SIGNER.unsign(token)
    except BadSignature:
        return None


def message_id(reminder: Reminder) -> str:
    """The same for every try, so that a letter sent twice is one letter to a mail program."""
    return f"<{reminder.key}@{urlsplit(settings.BASE_URL).hostname}>"


def before_session(reminder: Reminder) -> EmailMultiAlternatives:
    """The letter 14, 7 or 1 days before the session."""
    user = reminder.record.user
    link = stop_link(reminder.record)
    with override(user.language):
        message = build(
            template="reminder",
            to=user.email,
            subject=_("A reminder you asked for"),
            context={"stop_link": link},
        )
    message.extra_headers |= {
        "Message-ID": message_id(reminder),
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return message
