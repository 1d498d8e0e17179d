"""What an operator is told at a start: whether the outside of the letters gives away what they are about."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

TELLING = re.compile(r"botox|botulin|migrain|headache|triptan|inject|clinic|neuro", re.IGNORECASE)


@register
def check_email_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Sender, host of the links and return address stand on a locked screen."""
    shown = {
        "LETTER_URL": urlsplit(settings.LETTER_URL).hostname or "",
        "MAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        "MAIL_RETURN_PATH": settings.MAIL_RETURN_PATH,
    }
    return [
        Warning(
            f"{name} holds the word {found[0]!r}, which a letter shows before it is opened.",
            hint="Choose a name that tells nothing; links in letters may have a host name of their own.",
            id="reminders.W001",
        )
        for name, value in shown.items()
        if (found := TELLING.search(value))
    ]
