"""Mutations of files for bench.fuzz: of bytes, lines, values of a JSON document, and files in a zip."""

import json
import struct
import zlib
from io import BytesIO
from random import Random
from typing import Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

# What readers stumble over: limits of numbers and dates, quotes, markup, half of a character, other alphabets.
TOKENS: Final = [
    token.encode()
    for token in (
        "0", "-1", "1e999", "1e-999", "NaN", "Infinity", "9" * 400, "0x10", "1,5", "3:60", "24:00", "25h", "1d 99h",
        "0001-01-01", "9999-12-31", "2026-02-30", "31.12.9999", "2026-04-01T25:00", "+99:99", "-0000", "4294967296",
        '"', '""', "'", ";", ",", "\t", "\r", "\n", "\0", "\ufeff", "\u2028", "\u202e", "=1+1", "{", "}", "[", "]",
        "[" * 500, "null", "true", "<!--", "]]>", "&amp;", "&x;", "<Record ", '<!ENTITY x "y">', "%s", "{0}", "％",
        "١٢", "🤕", "sep=;", "Date", "date,headache", "../", "C:\\", "x" * 3000,
        "Plural-Forms: nplurals=9; plural=n/0;\\n",
    )
] + [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x1a", b"PK\x03\x04", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"]  # fmt: skip
VALUES: Final = [
    None, True, False, 0, -1, 1.5, 10**400, 1e308, -1e308, 2**63, 253402300800000, "", "x", "2026-04-01", "soon", "\0",
    "\ud800", [], {}, [[]], [None], {"": None}, "9" * 5000,
]  # fmt: skip


def mutate(seeds: list[bytes], random: Random) -> bytes:
    """Return one of the seeds with one to six mutations of its kind."""
    data = random.choice(seeds)
    for _number in range(random.choice((1, 1, 2, 3, 6))):
        kinds = [mutate_bytes, mutate_bytes, mutate_lines, splice]
        if data[:1] in (b"{", b"["):
            kinds += [mutate_json] * 4
        if data[:2] == b"PK":
            kinds += [mutate_zip] * 4
        data = random.choice(kinds)(data, seeds, random)
    return data


def mutate_bytes(data: bytes, _seeds: list[bytes], random: Random) -> bytes:
    """Replace, insert, delete, repeat or cut off a few bytes."""
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 1, 2, 4, 16, 200)))
    piece = random.choice(
        (random.choice(TOKENS), random.randbytes(end - start), b"", data[start:end] * random.randrange(2, 50))
    )
    return data[:start] + piece + (data[end:] if random.random() < 0.95 else b"")


def mutate_lines(data: bytes, _seeds: list[bytes], random: Random) -> bytes:
    """Move, repeat or delete a line, or change one cell of it."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    line = lines.pop(random.randrange(len(lines)))
    kind = random.randrange(4)
    if kind == 0:
        lines.insert(random.randrange(len(lines) + 1), line)
    elif kind == 1:
        at = random.randrange(len(lines) + 1)
        lines[at:at] = [line] * random.randrange(2, 30)
    elif kind == 2:
        cells = line.split(b",")
        cells[random.randrange(len(cells))] = random.choice(TOKENS)
        lines.insert(random.randrange(len(lines) + 1), b",".join(cells))
    return b"".join(lines)


def splice(data: bytes, seeds: list[bytes], random: Random) -> bytes:
    """Continue with the end of another seed."""
    other = random.choice(seeds)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def mutate_json(data: bytes, _seeds: list[bytes], random: Random) -> bytes:
    """Replace, delete or rename a value somewhere in the document."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return data
    parent: Any = [document]
    key: Any = 0
    while isinstance(parent[key], dict | list) and parent[key] and random.random() < 0.85:
        parent = parent[key]
        key = random.choice(list(parent)) if isinstance(parent, dict) else random.randrange(len(parent))
    if random.random() < 0.2 and isinstance(parent, dict):
        parent[random.choice(("id", "date", "x", ""))] = parent.pop(key)
    else:
        parent[key] = random.choice(VALUES)
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        return data


def mutate_zip(data: bytes, seeds: list[bytes], random: Random) -> bytes:
    """Change one of the files in a zip, its name, or how many there are."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, RuntimeError):
        return data
    if not members:
        return data
    name, content = members.pop(random.randrange(len(members)))
    kind = random.randrange(6)
    if kind == 0:
        name = random.choice(
            ("../x.csv", "diary.csv", "x.csv", "a/b/diary.csv", "__MACOSX/x", "export.xml", "x" * 300)
        )
    elif kind == 1:
        members.append((name, content))
    elif kind > 2:
        inner = [content] if content else seeds
        content = random.choice((mutate_bytes, mutate_lines))(content, inner, random)
    if kind != 2:
        members.append((name, content))
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for member, text in members:
            archive.writestr(member, text)
    return out.getvalue()
