"""Reports of e-mails that could not be delivered: from a provider (django-anymail) or as e-mail (RFC 3464)."""

import logging
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.dispatch import receiver

from accounts.models import User
from reminders.delivery.transport import DEAD_STATUS
from reminders.delivery.worker import stop_bounced_address
from reminders.emails.links import parse_return_address

log = logging.getLogger(__name__)

MAX_BYTES: Final = 1_000_000
STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
HARD_BOUNCES: Final = (RejectReason.BOUNCED, RejectReason.INVALID)


@dataclass(frozen=True, slots=True)
class BounceReport:
    """One failed delivery: key of the reminder, hash of the address it went to, status such as "5.1.1"."""

    key: str
    address_hash: str
    status: str

    @property
    def is_final(self) -> bool:
        return self.status in DEAD_STATUS


def parse_bounce(raw_email: bytes) -> BounceReport | None:
    """Parse a mail server's report to one of our signed return addresses; None for any other e-mail."""
    message = message_from_bytes(raw_email, policy=policy.compat32)
    # Every address the report may have been sent to.
    names = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
    headers = " , ".join(str(value) for name in names for value in message.get_all(name, []))
    addresses = re.findall(r"[^\s<>,;]+@[^\s<>,;]+", headers)
    parsed_address = next(
        (parsed for address in addresses if (parsed := parse_return_address(address))), None
    )
    # The status of the first recipient that failed.
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in reports if part.is_multipart() for block in part.get_payload()]
    statuses = [
        STATUS.search(str(block.get("Status", "")))
        for block in blocks
        if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed"
    ]
    status = next((match[1] for match in statuses if match), None)
    if parsed_address is None or status is None:
        return None
    key, address_hash = parsed_address
    return BounceReport(key, address_hash, status)


@receiver(tracking)
def record_provider_report(event: AnymailTrackingEvent, esp_name: str, **_kwargs: Any) -> None:
    """Stop e-mails to an address that a provider reports as dead. Anymail has checked that the provider sent it."""
    is_bounce = event.event_type in (EventType.BOUNCED, EventType.REJECTED)
    if not is_bounce or event.reject_reason not in HARD_BOUNCES:
        return
    user = User.objects.filter(email=(event.recipient or "").lower()).first()
    is_known = user is not None and stop_bounced_address(user.pk, user.email)
    log.info("%s reports a dead address, %s here", esp_name, "known" if is_known else "unknown")
