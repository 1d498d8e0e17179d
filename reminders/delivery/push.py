"""Web push: a neutral word on a device, encrypted for it (RFC 8291), signed by this site (RFC 8292)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from email.utils import parseaddr
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.crypto import derive_fernet_key
from reminders.delivery.transport import NotSentError, RefusedError
from reminders.models import PushDevice, Reminder

GONE: Final = (403, 404, 410)  # expired, withdrawn, or made for another key
PATIENCE: Final = 10.0  # seconds for each step
KEEP: Final = 12 * 3600  # seconds a push service may hold a word for a device that is off
# The order of the curve P-256.
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@lru_cache(maxsize=4)
def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The site's key for signing, derived from SECRET_KEY: every process has the same, and nobody has to keep it.

    A new SECRET_KEY makes a new one; devices then have to be added again.
    """
    number = int.from_bytes(urlsafe_b64decode(derive_fernet_key(secret, "push")))
    return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """The key a browser subscribes with: 65 bytes, base64url without padding."""
    public = private_key(settings.SECRET_KEY).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def is_push_service(endpoint: str) -> bool:
    """Whether an address a browser gave belongs to a known push service: this server posts to no other."""
    try:
        address = urlsplit(endpoint)
        host, port = address.hostname or "", address.port
    except ValueError:
        return False
    if f"{address.scheme}://{address.netloc}" in settings.PUSH_SERVICES:
        return True
    if address.scheme != "https" or port not in (None, 443) or address.username:
        return False
    return any(host == name or host.endswith(f".{name}") for name in settings.PUSH_SERVICES)


def build_payload(row: Reminder) -> bytes:
    """What the device shows. Nothing of health, and no name."""
    with override(row.user.language):
        said = {"title": _("Reminder"), "body": _("Open your page to see it."), "tag": row.key}
    return json.dumps(said).encode()


def vapid_signer() -> Any:
    from py_vapid import Vapid02

    return Vapid02(private_key=private_key(settings.SECRET_KEY))


def vapid_subject() -> str:
    """Whom a push service may write to; it takes no host name without a dot."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"mailto:{address if '.' in address.partition('@')[2] else 'reminder@localhost'}"


def send_notification(row: Reminder) -> int:
    """Send a word to each of the person's devices; answers how many took it. Devices that are gone are dropped.

    A second word about the same letter replaces the first one (topic and tag are the letter's own).
    """
    took = 0
    troubles: list[Exception] = []
    for device in PushDevice.objects.filter(user=row.user_id):
        try:
            code = push_to_devices(device, row)
        except NotSentError as error:
            troubles.append(error)
            continue
        if code in GONE:
            device.delete()
        elif code < 300:
            took += 1
        else:
            troubles.append(RefusedError(450 if code == 429 or code >= 500 else 550))
    if not took and troubles:
        raise troubles[0]
    return took


def push_to_devices(device: PushDevice, row: Reminder) -> int:
    """One device: the push service's answer. Follows no redirect."""
    from pywebpush import WebPusher
    from requests import RequestException, Session

    if not is_push_service(device.endpoint):
        return GONE[0]
    keys = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    origin = urlsplit(device.endpoint)
    claims = {"aud": f"{origin.scheme}://{origin.netloc}", "sub": vapid_subject()}
    try:
        headers = vapid_signer().sign(claims) | {"Topic": row.key, "Urgency": "normal"}
        with Session() as session:
            session.max_redirects = 0
            session.trust_env = False
            answer = WebPusher(keys, requests_session=session).send(
                build_payload(row), headers, ttl=KEEP, timeout=PATIENCE
            )
    except RequestException as error:
        raise NotSentError(type(error).__name__) from error
    return int(answer.status_code)
