"""System check: warns when the outside of the e-mails reveals what they are about."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

REVEALING = re.compile(r"botox|botulin|migrain|headache|triptan|inject|clinic|neuro", re.IGNORECASE)


@register
def check_email_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Check sender, host of the links and return address, which a locked screen may show."""
    values = {
        "EMAIL_LINK_URL": urlsplit(settings.EMAIL_LINK_URL).hostname or "",
        "MAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        "MAIL_RETURN_PATH": settings.MAIL_RETURN_PATH,
    }
    return [
        Warning(
            f"{name} holds the word {match[0]!r}, which an e-mail shows before it is opened.",
            hint="Choose a neutral name; links in e-mails may have a host name of their own.",
            id="reminders.W001",
        )
        for name, value in values.items()
        if (match := REVEALING.search(value))
    ]
