"""Zip files of a record: packing and unpacking. Any other zip is refused with a reason."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import SEEK_END, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from exchange.schema import MAX_BYTES, NAMES

# A diary compresses to a tenth or a twentieth; only a zip bomb exceeds this ratio.
MAX_RATIO = 200
RATIO_FROM = 10 * 1024 * 1024
END_OF_DIRECTORY = b"PK\x05\x06"
MAX_DIRECTORY = 64 * 1024
ENCRYPTED = 0x1


class RefusedError(ValueError):
    """Files that are refused; its text is the reason shown to the patient."""


def pack_files(contents: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip; equal files give equal bytes."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o600 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def is_zip(data: bytes) -> bool:
    return data[:4] in {b"PK\x03\x04", END_OF_DIRECTORY}


@contextmanager
def open_zip(file: IO[bytes], max_directory: int = MAX_DIRECTORY) -> Iterator[ZipFile]:
    """Open a zip for reading; whatever is wrong with it becomes a RefusedError."""
    # A giant directory is refused before it is read.
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    offset = tail.rfind(END_OF_DIRECTORY)
    if offset < 0 or len(tail) < offset + 22:
        raise RefusedError(_("This zip is damaged; its files cannot be read."))
    (directory_size,) = struct.unpack("<L", tail[offset + 12 : offset + 16])
    if directory_size > max_directory:
        raise RefusedError(_("This zip contains far too many files."))
    try:
        with ZipFile(file) as archive:
            yield archive
    except RefusedError:
        raise
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        # ValueError and OSError: an offset in the directory lies before the file, a name is no text.
        raise RefusedError(_("This zip is damaged; its files cannot be read.")) from error


def unpack_zip(data: bytes) -> dict[str, bytes]:
    """Return the files of a record by name, in memory only. Raise RefusedError."""
    with open_zip(BytesIO(data)) as archive:
        members = find_members(archive)
        check_names(members)
        check_sizes(members)
        return {name: read_member(archive, info) for name, info in members}


def find_members(archive: ZipFile) -> list[tuple[str, ZipInfo]]:
    """Return the files of a zip without what macOS and Windows add, and without a folder that holds all of them."""
    members = [info for info in archive.infolist() if not is_added(info.orig_filename)]
    folders = {PurePosixPath(info.orig_filename).parent for info in members}
    is_one_folder = len(folders) == 1 and all(
        part != ".." and part.isprintable() and not {"/", "\\", ":"}.intersection(part)
        for part in next(iter(folders)).parts
    )
    return [
        (PurePosixPath(info.orig_filename).name if is_one_folder else info.orig_filename, info)
        for info in members
    ]


def is_added(name: str) -> bool:
    """Whether a member is a folder, or a file that a system has added."""
    path = PurePosixPath(name)
    return (
        name.endswith("/")
        or "__MACOSX" in path.parts
        or path.name.startswith("._")
        or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")
    )


def check_names(members: list[tuple[str, ZipInfo]]) -> None:
    """Refuse what is no file of a record, and a file that is there twice."""
    for name, info in members:
        if name not in NAMES or info.filename != info.orig_filename:
            raise RefusedError(
                _(
                    "The zip contains “%(name)s”. It may only contain these files, in one folder at most: %(names)s."
                )
                % {"name": info.orig_filename[:80], "names": ", ".join(NAMES)}
            )
    if len({name for name, _info in members}) < len(members):
        raise RefusedError(_("The zip contains a file twice."))
    if not members:
        raise RefusedError(_("The zip is empty."))


def check_sizes(members: list[tuple[str, ZipInfo]], limit: int = MAX_BYTES) -> None:
    """Refuse what cannot be read, and a zip bomb by its declared sizes; read_member() refuses larger contents."""
    for _name, info in members:
        if info.flag_bits & ENCRYPTED:
            raise RefusedError(_("The zip has a password. Create one without."))
        if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise RefusedError(_("The zip is compressed in an unusual way. Zip the files again."))
    unpacked = sum(info.file_size for _name, info in members)
    packed = sum(info.compress_size for _name, info in members)
    if unpacked > limit:
        raise RefusedError(_("Unpacked, the files are larger than %(size)s MB.") % {"size": limit // 1024**2})
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
        raise RefusedError(_("Unpacked, the zip is far larger than a diary; it was not read."))


def read_member(archive: ZipFile, info: ZipInfo) -> bytes:
    """Read one file, at most its declared size."""
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise RefusedError(_("This zip is damaged; its files cannot be read."))
    return content


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder by name; missing ones are left out. Raise RefusedError."""
    contents = {}
    for name in NAMES:
        path = folder / name
        if not path.is_file():
            continue
        try:
            if path.stat().st_size > MAX_BYTES:
                raise RefusedError(_("%(name)s is larger than 20 MB") % {"name": name})
            contents[name] = path.read_bytes()
        except OSError as error:
            raise RefusedError(
                _("%(name)s cannot be read: %(reason)s") % {"name": name, "reason": error.strerror}
            ) from error
    if not contents:
        raise RefusedError(
            _("%(folder)s contains none of %(names)s") % {"folder": folder, "names": ", ".join(NAMES)}
        )
    return contents


def read_source(source: Path) -> dict[str, bytes]:
    """Read the files of a folder or a zip. Raise RefusedError."""
    if source.is_dir():
        return read_folder(source)
    if not source.is_file():
        raise RefusedError(_("%(path)s is no folder and no zip.") % {"path": source})
    try:
        if source.stat().st_size > MAX_BYTES:
            raise RefusedError(_("%(name)s is larger than 20 MB") % {"name": source.name})
        data = source.read_bytes()
    except OSError as error:
        raise RefusedError(
            _("%(name)s cannot be read: %(reason)s") % {"name": source.name, "reason": error.strerror}
        ) from error
    if not is_zip(data):
        raise RefusedError(_("%(path)s is no folder and no zip.") % {"path": source})
    return unpack_zip(data)
