"""Model fields whose content the database holds encrypted, once FIELD_KEYS is set; the keys are never in the database.

Without keys they are plain fields of Django, of the same columns, so that no migration is needed. An empty text stays
empty, and what was stored in the clear stays readable, so that encryption can be switched on and off for a site in use:
manage.py encrypt_fields. The content cannot be searched by the database.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models

from core.crypto import derive_fernet_key

# Before each encrypted value; nobody types the first character.
MARK: Final = "\x01enc:"
# The one name in the object that stands for an encrypted JSON value.
JSON_NAME: Final = "encrypted"

_writes_plain: ContextVar[bool] = ContextVar("writes_plain", default=False)


class UnreadableFieldError(Exception):
    """No key of FIELD_KEYS decrypts a value. Nothing is shown or saved in its place."""


@lru_cache(maxsize=8)
def build_field_fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(derive_fernet_key(key, "fields")) for key in keys])


@contextmanager
def write_plain() -> Iterator[None]:
    """Store values in the clear although there are keys, to switch encryption off."""
    token = _writes_plain.set(True)
    yield
    _writes_plain.reset(token)


def is_marked(stored: object) -> bool:
    if isinstance(stored, str):
        return stored.startswith(MARK)
    return isinstance(stored, bytes) and stored.startswith(MARK.encode())


def is_encrypted_with_first_key(stored: str | bytes) -> bool:
    """Whether the key that encrypts now has encrypted a value."""
    text = stored.decode() if isinstance(stored, bytes) else stored
    try:
        build_field_fernet((settings.FIELD_KEYS[0],)).decrypt(text.removeprefix(MARK))
    except (InvalidToken, IndexError):
        return False
    return True


def encrypt(plain: bytes) -> str:
    return MARK + build_field_fernet(tuple(settings.FIELD_KEYS)).encrypt(plain).decode()


def decrypt(stored: str) -> bytes:
    """Return the content of an encrypted value. Raise UnreadableFieldError if no key decrypts it."""
    try:
        return build_field_fernet(tuple(settings.FIELD_KEYS)).decrypt(stored.removeprefix(MARK))
    except (InvalidToken, ValueError) as error:  # ValueError: there are no keys at all
        raise UnreadableFieldError(
            "A value was encrypted with a key that FIELD_KEYS does not hold."
        ) from error


def encrypts() -> bool:
    return bool(settings.FIELD_KEYS) and not _writes_plain.get()


class Encrypted:
    """What the fields share: to migrations they are the fields of Django that they extend."""

    plain_path: str

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()  # type: ignore[misc]  # of the field that follows
        return name, self.plain_path, args, kwargs

    def read_stored(self, stored: Any) -> str | bytes | None:
        """Return the encrypted value in what a cursor returned for the column; None if it is stored in the clear."""
        return stored if is_marked(stored) else None

    def load(self, stored: Any) -> Any:
        """Return the content of what a cursor returned for the column."""
        raise NotImplementedError


class EncryptedTextField(Encrypted, models.TextField[Any, Any]):
    plain_path = "django.db.models.TextField"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text.encode()) if text and isinstance(text, str) and encrypts() else text

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return self.load(value)

    def load(self, stored: Any) -> Any:
        return decrypt(stored).decode() if is_marked(stored) else stored


class EncryptedBinaryField(Encrypted, models.BinaryField[Any, Any]):
    plain_path = "django.db.models.BinaryField"

    def get_prep_value(self, value: Any) -> Any:
        content = super().get_prep_value(value)
        return encrypt(bytes(content)).encode() if content and encrypts() else content

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return self.load(value)

    def read_stored(self, stored: Any) -> str | bytes | None:
        return super().read_stored(bytes(stored) if isinstance(stored, memoryview) else stored)

    def load(self, stored: Any) -> Any:
        marked = self.read_stored(stored)
        return decrypt(marked.decode()) if isinstance(marked, bytes) else stored


class EncryptedJSONField(Encrypted, models.JSONField[Any, Any]):
    plain_path = "django.db.models.JSONField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not hasattr(value, "resolve_expression") and encrypts():
            value = {JSON_NAME: encrypt(json.dumps(value, cls=self.encoder).encode())}
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.open(super().from_db_value(value, expression, connection))

    def open(self, value: Any) -> Any:
        is_object = isinstance(value, dict) and value.keys() == {JSON_NAME}
        return json.loads(decrypt(value[JSON_NAME])) if is_object and is_marked(value[JSON_NAME]) else value

    def read_stored(self, stored: Any) -> str | bytes | None:
        value = json.loads(stored) if isinstance(stored, str) else stored
        return super().read_stored(value.get(JSON_NAME) if isinstance(value, dict) else None)

    def load(self, stored: Any) -> Any:
        return self.open(json.loads(stored) if isinstance(stored, str) else stored)


def list_encrypted_fields() -> list[tuple[type[models.Model], Any]]:
    """Return model and field of every column that can be encrypted."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, Encrypted)
    ]
