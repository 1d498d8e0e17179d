"""Reports that a letter could not be delivered: from a provider's hook (django-anymail), or as a mail (RFC 3464)."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from importlib import import_module
from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason, tracking
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpResponse

from reminders.actions import mark_address_bounced
from reminders.delivery.transport import DEAD_STATUS
from reminders.emails.links import parse_return_address

log = logging.getLogger(__name__)

MOST_BYTES: Final = 1_000_000
STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
HARD: Final = (RejectReason.BOUNCED, RejectReason.INVALID)


@dataclass(frozen=True, slots=True)
class BounceReport:
    """One failed delivery: the letter's key, the mark of the address it went to, the status, and whether it is for
    good."""

    key: str
    mark: str
    status: str

    @property
    def is_final(self) -> bool:
        return self.status in DEAD_STATUS


def parse_bounce(mail: bytes) -> BounceReport | None:
    """A mail server's report to one of our signed return addresses; None for any other mail."""
    report = message_from_bytes(mail, policy=policy.compat32)
    letters = (parse_return_address(address.strip("<> ")) for address in failed_recipients(report))
    letter = next((letter for letter in letters if letter), None)
    status = next((found for part in report.walk() if (found := read_status(part))), None)
    return BounceReport(*letter, status) if letter and status else None


def failed_recipients(report: Message) -> list[str]:
    """Every address the report may have been sent to."""
    names = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
    fields = [str(value) for name in names for value in report.get_all(name, [])]
    return [one for field in fields for one in re.findall(r"[^\s<>,;]+@[^\s<>,;]+", field)]


def read_status(part: Message) -> str | None:
    """The status of the first recipient that failed."""
    if part.get_content_type() != "message/delivery-status":
        return None
    for block in part.get_payload() if part.is_multipart() else []:
        if not isinstance(block, Message):
            continue
        found = STATUS.search(str(block.get("Status", "")))
        if str(block.get("Action", "")).strip().lower() == "failed" and found:
            return found[1]
    return None


def get_hook_view() -> Callable[..., HttpResponse] | None:
    """The hook of the provider this site uses, as anymail reads it; None without one."""
    if not settings.MAIL_PROVIDER:
        return None
    module = import_module(f"anymail.webhooks.{settings.MAIL_PROVIDER}")
    views = [
        one
        for name, one in vars(module).items()
        if name.endswith("TrackingWebhookView") and one.__module__ == module.__name__
    ]
    view: Callable[..., HttpResponse] = views[0].as_view()
    return view


@receiver(tracking)
def record_provider_report(event: AnymailTrackingEvent, esp_name: str, **_kwargs: Any) -> None:
    """A provider says that an address is dead. Anymail has checked that it is the provider who says so."""
    if event.event_type not in (EventType.BOUNCED, EventType.REJECTED) or event.reject_reason not in HARD:
        return
    known = mark_address_bounced(email=event.recipient or "")
    log.info("%s reports a dead address, %s here", esp_name, "known" if known else "unknown")
