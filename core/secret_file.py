"""The file of the secrets: the one in use on the first line, below it those that are accepted too.

A line that begins with settings.NEXT_SECRET is accepted and not used yet, so that every process knows it before one
uses it.
"""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings


class SecretFileError(Exception):
    """A sentence on why the file stays as it is."""


@dataclass(slots=True)
class SecretFile:
    """What the file says. following: the secret that comes next, "" if there is none."""

    present: str
    following: str = ""
    earlier: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "SecretFile":
        try:
            lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise SecretFileError(f"The file {path} cannot be read.") from error
        following = [
            line.removeprefix(settings.NEXT_SECRET) for line in lines if line.startswith(settings.NEXT_SECRET)
        ]
        present, *earlier = [line for line in lines if not line.startswith(settings.NEXT_SECRET)]
        return cls(present, "".join(following), earlier)

    def write(self, path: Path) -> None:
        """Replace the file in one step; owner and mode stay."""
        following = [f"{settings.NEXT_SECRET}{self.following}"] if self.following else []
        part = path.with_name(f"{path.name}.part")
        try:
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            part.write_text("\n".join([self.present, *following, *self.earlier]) + "\n")
            shutil.copymode(path, part)
            if (part.stat().st_uid, part.stat().st_gid) != (path.stat().st_uid, path.stat().st_gid):
                os.chown(part, path.stat().st_uid, path.stat().st_gid)
            part.replace(path)
        except OSError as error:
            raise SecretFileError(
                f"The file {path} cannot be written: {str(error.strerror).lower()}."
            ) from error

    def add(self, secret: str) -> None:
        """Accept a secret from now on, and use it after `switch`."""
        if self.following:
            raise SecretFileError("Another secret waits already: run rotate_secret switch.")
        if (
            len(secret) < settings.SECRET_LENGTH
            or len(secret.split()) != 1
            or secret.startswith(settings.NEXT_SECRET)
        ):
            raise SecretFileError(
                f"The new secret must have {settings.SECRET_LENGTH} random characters or more, without blanks."
            )
        if secret in (self.present, *self.earlier):
            raise SecretFileError("The new secret is one of those that the file holds already.")
        self.following = secret

    def switch(self) -> None:
        """Use the secret that waits; the present one becomes an earlier one."""
        if not self.following:
            raise SecretFileError("No secret waits. Run rotate_secret add, and restart every process.")
        self.present, self.earlier, self.following = self.following, [self.present, *self.earlier], ""
