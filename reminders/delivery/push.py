"""Web push: neutral notifications, encrypted for the device (RFC 8291) and signed by this site (RFC 8292)."""

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.crypto import build_fernet, derive_fernet_key
from reminders.delivery.transport import NotSentError, RefusedError
from reminders.models import PushDevice, PushKey, Reminder

log = logging.getLogger(__name__)
# Of the encryption of the stored key.
PURPOSE: Final = "push-key"

GONE: Final = (404, 410)  # expired or withdrawn
TIMEOUT: Final = 10.0  # seconds for each step
TIME_TO_LIVE: Final = 12 * 3600  # seconds a push service may keep a notification for a device that is off
# The order of the curve P-256.
CURVE_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def store_key(using: str, **_other: Any) -> None:
    """Handle post_migrate of this app: store the key if there is none, so that a later SECRET_KEY changes nothing."""
    if PushKey._meta.db_table in connections[using].introspection.table_names():
        encrypted = build_fernet(PURPOSE).encrypt(derive_seed()).decode()
        PushKey.objects.using(using).get_or_create(pk=1, defaults={"encrypted_key": encrypted})


def load_private_key() -> ec.EllipticCurvePrivateKey:
    """Return the site's key for signing, which browsers know since they agreed to notifications.

    It is stored encrypted, so that it stays when SECRET_KEY is replaced. Only if no accepted secret decrypts it,
    another one is used, and devices have to be added again.
    """
    stored = PushKey.objects.first()
    try:
        return build_private_key(
            build_fernet(PURPOSE).decrypt(stored.encrypted_key) if stored else derive_seed()
        )
    except InvalidToken:
        log.error("The key of push is encrypted with a secret that SECRET_KEY_FALLBACKS no longer holds.")
        return build_private_key(derive_seed())


def derive_seed() -> bytes:
    """Return what the first key is made of: SECRET_KEY."""
    return derive_fernet_key(settings.SECRET_KEY, "push")


@lru_cache(maxsize=4)
def build_private_key(seed: bytes) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(urlsafe_b64decode(seed))
    return ec.derive_private_key(number % (CURVE_ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """Return the key a browser subscribes with: 65 bytes, base64url without padding."""
    point = load_private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def is_push_service(endpoint: str) -> bool:
    """Whether an address that a browser sent belongs to a known push service: this server posts to no other."""
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return False
    if f"{url.scheme}://{url.netloc}" in settings.PUSH_SERVICES:
        return True
    if url.scheme != "https" or port not in (None, 443) or url.username:
        return False
    return any(host == name or host.endswith(f".{name}") for name in settings.PUSH_SERVICES)


def build_payload(reminder: Reminder) -> bytes:
    """Return what the device shows: nothing of health, and no name."""
    with override(reminder.user.language):
        payload = {"title": _("Reminder"), "body": _("Open your page to see it."), "tag": reminder.key}
    return json.dumps(payload).encode()


def send_notification(reminder: Reminder) -> int:
    """Notify each of the user's devices; return how many push services accepted it. Devices that are gone are deleted.
    A refusal (403: another key, or a subject the service does not accept) keeps the device and is shown to operators.

    A second notification about the same reminder replaces the first one: topic and tag are the reminder's key. Raises
    NotSentError or RefusedError when no device was reached and one of them failed.
    """
    accepted = 0
    errors: list[Exception] = []
    for device in PushDevice.objects.filter(user=reminder.user_id):
        try:
            code = push_to_device(device, reminder)
        except NotSentError as error:
            errors.append(error)
            continue
        if code in GONE:
            device.delete()
        elif code < 300:
            accepted += 1
        else:
            errors.append(RefusedError(450 if code == 429 or code >= 500 else 550, status=f"push {code}"))
    if not accepted and errors:
        raise errors[0]
    return accepted


def push_to_device(device: PushDevice, reminder: Reminder) -> int:
    """Notify one device; return the status code of its push service. Follows no redirect. Raises NotSentError."""
    from py_vapid import Vapid02
    from pywebpush import WebPusher
    from requests import RequestException, Session

    if not is_push_service(device.endpoint):
        return 403  # PUSH_SERVICES no longer names it, which the operator may mend
    subscription = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    origin = urlsplit(device.endpoint)
    claims = {"aud": f"{origin.scheme}://{origin.netloc}", "sub": settings.BASE_URL}
    try:
        # Strict, the library accepts no subject with a port.
        signer = Vapid02(private_key=load_private_key(), conf={"no-strict": True})
        headers = signer.sign(claims) | {"Topic": reminder.key, "Urgency": "normal"}
        with Session() as session:
            session.max_redirects = 0
            session.trust_env = False
            response = WebPusher(subscription, requests_session=session).send(
                build_payload(reminder), headers, ttl=TIME_TO_LIVE, timeout=TIMEOUT
            )
    except RequestException as error:
        raise NotSentError(type(error).__name__) from error
    return int(response.status_code)
