"""Keys for other programs and links for a visit: made, used and ended, each with its entry of the audit log."""

import json
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse

from accounts.audit.log import Action, log_event
from accounts.models import Record, hash_token
from core.crypto import build_fernet
from exchange.models import AccessKey, HealthLink

LONG_TERM = timedelta(days=1)
PURPOSE = "health-link"


@transaction.atomic
def make_key(*, record: Record, name: str, scope: str, lifetime: timedelta, now: datetime) -> str:
    """Create a key and return its token, which is shown once; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    AccessKey.objects.create(
        record=record,
        name=name,
        scope=scope,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=now + lifetime,
    )
    log_event(record.user, Action.KEY_MADE, actor=record.user, now=now)
    return token


@transaction.atomic
def end_key(*, key: AccessKey, now: datetime) -> None:
    """End a key; the next request gets 401."""
    if AccessKey.objects.filter(pk=key.pk, ended_at__isnull=True).update(ended_at=now):
        log_event(key.record.user, Action.KEY_ENDED, actor=key.record.user, now=now)


def is_key(token: str, now: datetime) -> bool:
    """Whether a token is that of a key that works. Writes nothing."""
    return filter_keys(AccessKey.objects.all(), token, now).exists()


def filter_keys(keys: QuerySet[AccessKey], token: str, now: datetime) -> QuerySet[AccessKey]:
    return keys.filter(
        token_hash=hash_token(token), ended_at__isnull=True, expires_at__gt=now, record__user__is_active=True
    )


@transaction.atomic
def use_key(token: str, now: datetime) -> AccessKey | None:
    """Return the key of a token and write its use into the owner's audit log; None if it does not work.

    Check and log entry are one transaction, which locks the key: none is used without an entry, or after it was ended.
    """
    keys = AccessKey.objects.select_for_update(of=("self",)).select_related("record__user")
    key = filter_keys(keys, token, now).first()
    if key is not None:
        AccessKey.objects.filter(pk=key.pk).update(used_at=now, uses=F("uses") + 1)
        log_event(key.record.user, Action.KEY_USED, actor=None, now=now, detail=f"key {key.pk}")
    return key


@transaction.atomic
def make_link(
    *, record: Record, name: str, scope: str, lifetime: timedelta, passcode: str, now: datetime
) -> HealthLink:
    """Create a SMART Health Link. Its address and its key are stored encrypted, to show its QR code again."""
    token, key = secrets.token_urlsafe(32), encode(secrets.token_bytes(32))
    secret = build_fernet(PURPOSE).encrypt(json.dumps({"token": token, "key": key}).encode()).decode()
    link = HealthLink.objects.create(
        record=record,
        name=name,
        scope=scope,
        token_hash=hash_token(token),
        secret=secret,
        passcode=make_password(passcode) if passcode else "",
        is_long_term=lifetime > LONG_TERM,
        created_at=now,
        expires_at=now + lifetime,
    )
    log_event(record.user, Action.LINK_MADE, actor=record.user, now=now)
    return link


@transaction.atomic
def end_link(*, link: HealthLink, now: datetime) -> None:
    """End a link; who opens it from now on gets 404."""
    if HealthLink.objects.filter(pk=link.pk, ended_at__isnull=True).update(ended_at=now):
        log_event(link.record.user, Action.LINK_ENDED, actor=link.record.user, now=now)


def read_link(pk: int, now: datetime) -> HealthLink | None:
    """Return a link whose file is read at the address that its manifest named; None if it has ended meanwhile."""
    return filter_open(HealthLink.objects.select_related("record__user"), now).filter(pk=pk).first()


def filter_open(links: QuerySet[HealthLink], now: datetime) -> QuerySet[HealthLink]:
    return links.filter(
        ended_at__isnull=True, expires_at__gt=now, tries_left__gt=0, record__user__is_active=True
    )


@transaction.atomic
def open_link(token: str, passcode: str, now: datetime) -> tuple[HealthLink | None, bool]:
    """Return the link of an address and whether the passcode is right; a wrong one costs one of its tries.

    The use is written into the owner's audit log, a wrong passcode too.
    """
    links = HealthLink.objects.select_for_update(of=("self",)).select_related("record__user")
    link = filter_open(links, now).filter(token_hash=hash_token(token)).first()
    if link is None:
        return None, False
    if link.passcode and not check_password(passcode, link.passcode):
        link.tries_left -= 1
        HealthLink.objects.filter(pk=link.pk).update(tries_left=link.tries_left)
        log_event(link.record.user, Action.LINK_REFUSED, actor=None, now=now, detail=f"link {link.pk}")
        return link, False
    HealthLink.objects.filter(pk=link.pk).update(used_at=now, uses=F("uses") + 1)
    log_event(link.record.user, Action.LINK_OPENED, actor=None, now=now, detail=f"link {link.pk}")
    return link, True


def read_secret(link: HealthLink) -> dict[str, str]:
    """Return the token of the address and the key of the files."""
    secret: dict[str, str] = json.loads(build_fernet(PURPOSE).decrypt(link.secret.encode()))
    return secret


def build_shlink(link: HealthLink) -> str:
    """Return the link as its QR code holds it: shlink:/ and the payload (SMART Health Links, payload)."""
    secret = read_secret(link)
    flag = ("L" if link.is_long_term else "") + ("P" if link.passcode else "")
    payload = {
        "url": settings.BASE_URL + reverse("health_link", kwargs={"token": secret["token"]}),
        "key": secret["key"],
        "exp": int(link.expires_at.timestamp()),
        **({"flag": flag} if flag else {}),
        "label": link.name[:80],
        "v": 1,
    }
    return f"shlink:/{encode(json.dumps(payload, separators=(',', ':')).encode())}"


def encode(content: bytes) -> str:
    """Write bytes in base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def list_keys(record: Record, now: datetime) -> list[AccessKey]:
    """Return the keys that work."""
    return list(AccessKey.objects.filter(record=record, ended_at__isnull=True, expires_at__gt=now))


def list_links(record: Record, now: datetime) -> list[HealthLink]:
    """Return the links that work."""
    return list(filter_open(HealthLink.objects.filter(record=record), now))
