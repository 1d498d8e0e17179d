"""The file of a backup: a zip of the database, files of VAR_DIR, the settings without secrets, and a manifest.

The manifest names the SHA-256 of every other member, the rows of every table and the ends of the audit log. With a
recipient the zip is encrypted by age.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import pyrage

from hosting.databases import FILES
from hosting.errors import BackupError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SETTINGS: Final = "settings.json"
VAR: Final = "var/"
AGE_HEADER: Final = b"age-encryption.org/"
CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    files: SHA-256 by member; rows: number by table; audit: SHA-256 of the ends of all trails.
    """

    format: int
    made_at: str
    vendor: str
    migrations: Mapping[str, str]
    rows: Mapping[str, int]
    audit: str
    files: Mapping[str, str]


def digest_of(file: BinaryIO) -> str:
    digest = sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def write_archive(
    target: Path, members: Mapping[str, Path], manifest: dict[str, Any], recipient: str
) -> Manifest:
    """Write a backup to a new file that only its owner may read, or leave none.

    members: the file of each member. recipient: a public key of age, or "". Raises BackupError or OSError.
    """
    part = target.with_name(f"{target.name}.part")
    plain = part.with_name(f"{part.name}.zip") if recipient else part
    hashes = {}
    for name, path in members.items():
        with path.open("rb") as file:
            hashes[name] = digest_of(file)
    full = Manifest(**manifest, format=FORMAT, files=hashes)
    try:
        os.close(os.open(plain, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with ZipFile(plain, "w") as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(full), indent=1), compress_type=ZIP_DEFLATED)
            for name, path in members.items():
                # A dump of PostgreSQL is compressed already.
                archive.write(path, name, ZIP_STORED if name == FILES["postgresql"] else ZIP_DEFLATED)
        if recipient:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            pyrage.encrypt_file(str(plain), str(part), [parse_recipient(recipient)])
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        plain.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
    return full


def parse_recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupError("The recipient is no public key of age: one begins with age1.") from error


@contextmanager
def open_archive(file: Path, identity: Path | None) -> Iterator[tuple[Manifest, Path]]:
    """Unpack a backup into a folder that is removed at the end; yield its manifest and the folder.

    Every member is compared with its SHA-256. identity: the file with the private key of age. Raises BackupError.
    """
    with TemporaryDirectory(prefix="botoxtrack-backup-") as scratch:
        folder = Path(scratch)
        plain = decrypt(file, identity, folder)
        try:
            with ZipFile(plain) as archive:
                manifest = read_manifest(archive)
                if set(archive.namelist()) != {MANIFEST, *manifest.files}:
                    raise BackupError("The backup does not hold the files that its manifest names.")
                for name in manifest.files:
                    archive.extract(name, folder)
        except (BadZipFile, EOFError, OSError, ValueError) as error:
            raise BackupError(f"{file} is no backup, or is damaged or cut off.") from error
        for name, digest in manifest.files.items():
            with (folder / name).open("rb") as member:
                if digest_of(member) != digest:
                    raise BackupError(f"{name} in the backup was changed since it was made.")
        yield manifest, folder


def decrypt(file: Path, identity: Path | None, folder: Path) -> Path:
    """Return the zip: the file itself, or what it decrypts to."""
    try:
        with file.open("rb") as opened:
            is_encrypted = opened.read(len(AGE_HEADER)) == AGE_HEADER
        if not is_encrypted:
            return file
        if identity is None:
            raise BackupError("The backup is encrypted. Name the file with the private key: --identity FILE.")
        lines = [line for line in identity.read_text().splitlines() if line and not line.startswith("#")]
        keys = [pyrage.x25519.Identity.from_str(line.strip()) for line in lines]
        plain = folder / "plain.zip"
        pyrage.decrypt_file(str(file), str(plain), keys)
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"{file} or its key cannot be read.") from error
    except pyrage.IdentityError as error:
        raise BackupError(
            "The key file holds no private key of age: one begins with AGE-SECRET-KEY-1."
        ) from error
    except pyrage.DecryptError as error:
        raise BackupError("The backup cannot be decrypted: another key, or the file is damaged.") from error
    return plain


def read_manifest(archive: ZipFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError("The backup has no manifest that can be read.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"The backup has format {manifest.format}; this version reads {FORMAT}.")
    if any(name.startswith("/") or ".." in name.split("/") for name in manifest.files):
        raise BackupError("The backup names files outside of it.")
    return manifest


def list_migrations(applied: Mapping[tuple[str, str], Any]) -> dict[str, str]:
    """Return the last migration of each app."""
    last: dict[str, str] = {}
    for app, name in sorted(applied):
        last[app] = name
    return last


def name_file(now: datetime, *, is_encrypted: bool) -> str:
    return f"botoxtrack-{now:%Y%m%dT%H%M%SZ}.zip{'.age' if is_encrypted else ''}"
