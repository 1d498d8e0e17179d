"""Spreadsheets built by hand: a zip with the few files that a reader asks for."""

import struct
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet has no time zone
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Rows = list[list[Any]]


def pack(files: dict[str, str]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def xlsx_cell(reference: str, value: Any) -> str:
    """A cell; styles 1, 2 and 3 are a date, a date with time, and a time."""
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return f'<c r="{reference}" s="3"><v>{seconds / 86400}</v></c>'
    if isinstance(value, date):
        is_moment = isinstance(value, datetime)
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return f'<c r="{reference}" s="{2 if is_moment else 1}"><v>{(moment - EPOCH).total_seconds() / 86400}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""


def xlsx(**sheets: Rows) -> bytes:
    """A workbook with these sheets; None is a missing cell."""
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="22"/><xf numFmtId="20"/></cellXfs></styleSheet>',
    }
    names, relations = "", ""
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        names += f'<sheet name="{name}" sheetId="{number}" r:id="s{number}"/>'
        relations += (
            f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
        body = "".join(
            f'<row r="{row}">'
            + "".join(xlsx_cell(f"{chr(65 + column)}{row}", value) for column, value in enumerate(cells))
            + "</row>"
            for row, cells in enumerate(rows, start=1)
        )
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    files["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    )
    relations += f'<Relationship Id="st" Type="{OFFICE}/styles" Target="styles.xml"/>'
    files["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
    )
    return pack(files)


def ods_cell(value: Any) -> str:
    kind = 'office:value-type="{}" office:{}="{}"'
    if isinstance(value, bool):
        attributes = kind.format("boolean", "boolean-value", str(value).lower())
    elif isinstance(value, date):
        attributes = kind.format("date", "date-value", value.isoformat())
    elif isinstance(value, time):
        attributes = kind.format("time", "time-value", value.strftime("PT%HH%MM%SS"))
    elif isinstance(value, int | float):
        attributes = kind.format("float", "value", value)
    else:
        attributes = 'office:value-type="string"' if value else ""
    text = f"<text:p>{escape(str(value))}</text:p>" if value is not None else ""
    return f"<table:table-cell {attributes}>{text}</table:table-cell>"


def ods(**sheets: Rows) -> bytes:
    """A workbook of LibreOffice with these sheets."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(ods_cell, cells))}</table:table-row>" for cells in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"/>'
    files = {"META-INF/manifest.xml": manifest, "content.xml": content}
    return pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"} | files)


# ---------- the old format of Excel: records (BIFF8) in a compound file ----------

SECTOR, FREE, END, IS_FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
XF_FORMATS = (0, 14, 22, 20)  # plain, a date, a date with time, a time


def record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def begin_part(kind: int) -> bytes:
    """The record that begins the workbook (5) or a sheet (16)."""
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def xls_cell(row: int, column: int, value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bool):
        return record(0x0205, struct.pack("<HHHBB", row, column, 0, value, 0))
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)
    style, number = 0, value
    if isinstance(value, time):
        style, number = 3, (value.hour * 60 + value.minute) / 1440
    elif isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        style, number = 2 if isinstance(value, datetime) else 1, (moment - EPOCH).total_seconds() / 86400
    return record(0x0203, struct.pack("<HHHd", row, column, style, number))


def xls(**sheets: Rows) -> bytes:
    """A workbook as Excel 97 to 2003 wrote it."""
    bodies = [
        begin_part(16)
        + b"".join(
            xls_cell(row, column, value)
            for row, cells in enumerate(rows)
            for column, value in enumerate(cells)
        )
        + record(0x000A, b"")
        for rows in sheets.values()
    ]
    styles = b"".join(record(0x00E0, struct.pack("<HH16x", 0, number)) for number in XF_FORMATS)

    def list_sheets(offset: int) -> bytes:
        entries = b""
        for name, body in zip(sheets, bodies, strict=True):
            text = name.encode("utf-16-le")
            entries += record(0x0085, struct.pack("<IHBB", offset, 0, len(text) // 2, 1) + text)
            offset += len(body)
        return entries

    def build_head(offset: int) -> bytes:
        return begin_part(5) + styles + list_sheets(offset) + record(0x000A, b"")

    return pack_compound("Workbook", build_head(len(build_head(0))) + b"".join(bodies))


def pack_compound(name: str, stream: bytes) -> bytes:
    """A compound file with one stream: header, a sector of the allocation table, one of the directory, the stream."""
    stream = stream.ljust(4096, b"\0")  # a shorter one would lie elsewhere
    sectors = -(-len(stream) // SECTOR)
    table = [IS_FAT, END, *range(3, sectors + 2), END]
    assert len(table) <= SECTOR // 4
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0,
        END, 0, 0,
    )  # fmt: skip

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = title.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII36xIQ", text, len(text) + 2 if title else 0, kind, 1, FREE, FREE, child, start, size
        )

    directory = entry("Root Entry", 5, 1, END, 0) + entry(name, 2, FREE, 2, len(stream))
    directory += 2 * entry("", 0, FREE, 0, 0)
    fat = struct.pack(f"<{SECTOR // 4}I", *table, *[FREE] * (SECTOR // 4 - len(table)))
    return (
        header + struct.pack("<108I", *[FREE] * 108) + fat + directory + stream.ljust(sectors * SECTOR, b"\0")
    )
