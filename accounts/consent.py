"""Consent to the storage of health data: given at sign-up and again for each new version of the privacy page."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from accounts.audit.log import Action, log_event
from accounts.models import Consent, User

# Of templates/accounts/_privacy_text.html. When it says something else, the next version; every patient is asked again.
VERSION: Final = 1
SESSION_KEY: Final = "agreed_version"


@transaction.atomic
def give_consent(*, user: User, language: str, now: datetime) -> None:
    """Store that a patient agrees to the present version; once."""
    _consent, is_new = Consent.objects.get_or_create(
        user=user, version=VERSION, defaults={"language": language, "given_at": now}
    )
    if is_new:
        log_event(user, Action.CONSENTED, actor=user, now=now, detail=f"version {VERSION}")


def is_asked(request: HttpRequest, user: User) -> bool:
    """Whether a patient has not agreed to the present version yet. The log-in remembers that she has."""
    if request.session.get(SESSION_KEY) == VERSION:
        return False
    if get_consent(user) is None:
        return True
    request.session[SESSION_KEY] = VERSION
    return False


def get_consent(user: User) -> Consent | None:
    """Return the agreement to the present version; None if the patient has still to be asked."""
    return Consent.objects.filter(user=user, version=VERSION).first()
