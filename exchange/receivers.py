"""Nightly clean-up of uploads; renewed encryption of links after a change of SECRET_KEY."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from core.crypto import renew_column
from core.signals import Renewal, nightly, secret_renewal
from exchange.fhir.access import PURPOSE
from exchange.imports.draft import delete_expired
from exchange.models import HealthLink


@receiver(nightly)
def delete_expired_uploads(now: datetime, **_kwargs: Any) -> int:
    return delete_expired(now)


@receiver(secret_renewal)
def renew_links(write: bool, **_kwargs: Any) -> Renewal:
    return renew_column("links for a visit", HealthLink.objects.all(), "secret", PURPOSE, write=write)
