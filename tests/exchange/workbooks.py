"""Spreadsheets built by hand: a zip with the few files that a reader asks for."""

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
