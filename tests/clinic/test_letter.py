"""The continuation letter: filled from the figures, blank where the diary knows nothing, edited by the clinician."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from docx import Document

from accounts.audit_models import AuditEntry
from accounts.models import Record
from clinic.documents.letter_files import BadTemplateError, build_values, write_docx
from tests.clinic.test_report import check_structure
from tests.conftest import NOON, TODAY, Cast, as_user, confirm_password
from tests.exchange.test_fhir import fill

BLANK_LABELS = [
    "Name of the patient", "Date of birth", "Member number", "Claim number", "ICD-10", "NPI", "Examination",
    "Other causes excluded", "Dose asked for", "Name and signature of the clinician",
]  # fmt: skip


def read(content: bytes) -> tuple[list[tuple[str, str]], str]:
    """The blanks with what stands in them, and the text of a DOCX."""
    document = Document(BytesIO(content))
    blanks = [(row.cells[0].text, row.cells[1].text) for row in document.tables[0].rows]
    return blanks, "\n".join(paragraph.text for paragraph in document.paragraphs)


def write(record: Record, path: Path, *arguments: str) -> bytes:
    call_command("letter", record.user.email, str(path), "--as-of", TODAY.isoformat(), *arguments)
    return path.read_bytes()


@pytest.mark.database
def test_the_letter_is_filled_from_the_figures_and_its_blanks_stay_blank(
    alice: Record, tmp_path: Path
) -> None:
    fill(alice)
    blanks, text = read(write(alice, tmp_path / "letter.docx", "--rules", "us-generic"))
    assert blanks == [(label, "") for label in BLANK_LABELS]
    assert "Alice" not in text
    first = alice.sessions.order_by("date")[0].date
    start, end = (f"{first - timedelta(days):%-d %B %Y}" for days in (28, 1))
    for words in (
        f"Before the first session: {start} to {end}, 28 of 28 days",
        "The diary covers ",
        "Headache days, any length: 20.0 a month (28 known days) before",
        "Headache days of 4 hours or more: 20.0 a month",
        "US carriers, the common form",
        "units: 155, sites: 5, lot: C1234, units wasted: not recorded",
        "Dysport, units: 500, sites: not recorded, lot: not recorded, units wasted: not recorded, 91 days after",
        "Units by muscle: temporalis left 20.",
        "Topiramate: class medicine for epilepsy, dose reached 50 mg, from 1 January 2025 to 1 March 2025, days 60",
        "Sumatriptan: 1 day, 1.5 doses",
        "No month is at or over its published line, as far as recorded.",
        "HIT-6: 60 (6 May 2026).",
        "MIDAS: 35 (6 May 2026; A 5, B 6, C 7, D 8, E 9).",
        "Neck pain: after 1 of 1 session",
    ):
        assert words in text, words


def test_what_the_diary_does_not_know_is_said(alice: Record, tmp_path: Path) -> None:
    blanks, text = read(write(alice, tmp_path / "letter.docx", "--rules", "nice-ta260"))
    assert {value for _label, value in blanks} == {""}
    assert text.count("not recorded") >= 6
    assert "nothing can be compared" in text
    assert "These numbers meet it." not in text


def test_the_pdf_is_tagged(alice: Record, tmp_path: Path) -> None:
    fill(alice)
    pdf = write(alice, tmp_path / "letter.pdf", "--rules", "nice-ta260", "--language", "de")
    title = "Antrag auf Fortsetzung der Behandlung mit OnabotulinumtoxinA bei chronischer Migräne"
    check_structure(pdf, "de", title)
    assert write(alice, tmp_path / "again.pdf", "--rules", "nice-ta260", "--language", "de") == pdf


def test_bad_arguments_are_refused_in_a_sentence(alice: Record, tmp_path: Path) -> None:
    for arguments in (
        ("x@example.org", str(tmp_path / "a.docx")),
        ("alice@example.org", str(tmp_path / "a.docx"), "--rules", "x"),
        ("alice@example.org", str(tmp_path / "no" / "a.docx")),
    ):
        with pytest.raises(CommandError):
            call_command("letter", *arguments)


def make_template(text: str) -> bytes:
    document, out = Document(), BytesIO()
    document.add_paragraph(text)
    document.add_table(rows=1, cols=2)
    document.save(out)
    return out.getvalue()


def test_an_operator_replaces_the_template(alice: Record, tmp_path: Path, settings: Any) -> None:
    template = tmp_path / "own.docx"
    template.write_bytes(
        make_template("Our clinic. {{ sections[0].title }}: {{ sections[0].lines|length }} lines & <more>")
    )
    settings.LETTER_TEMPLATE = str(template)
    _blanks, text = read(write(alice, tmp_path / "letter.docx"))
    assert text == "Our clinic. Headache before and now: 1 lines & <more>"
    settings.LETTER_TEMPLATE = str(tmp_path / "none.docx")
    with pytest.raises(CommandError, match="LETTER_TEMPLATE cannot be read"):
        write(alice, tmp_path / "letter.docx")


def other_zip() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("x.txt", "x")
    return out.getvalue()


def cut_document() -> bytes:
    """A template whose document ends in the middle."""
    out = BytesIO()
    with ZipFile(BytesIO(make_template("x"))) as whole, ZipFile(out, "w") as archive:
        for info in whole.infolist():
            content = whole.read(info)
            is_document = info.filename == "word/document.xml"
            archive.writestr(info.filename, content[: len(content) // 2] if is_document else content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (b"no zip", "no DOCX file"),
        (other_zip(), "no DOCX file"),
        (cut_document(), "cannot be filled"),
        (make_template("{{ 1 / 0 }}"), "cannot be filled"),
        (make_template("{{ nothing( }}"), "cannot be filled"),
        (make_template("{{ ''.__class__.__mro__[1].__subclasses__() }}"), "cannot be filled"),
        (make_template("{% for each in range(10**9) %}x{% endfor %}"), "cannot be filled"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template: bytes, sentence: str) -> None:
    with pytest.raises(BadTemplateError, match=sentence):
        write_docx(build_values([], {}, NOON.date()), template)


def signed_in(client: Client) -> Client:
    confirm_password(client)
    return client


@pytest.mark.database
def test_the_clinician_edits_before_the_download_and_nothing_is_stored(cast: Cast) -> None:
    fill(cast.alice)
    carl = signed_in(as_user(cast.carl))
    address = reverse("patient_letter", args=[cast.alice.key]) + "?rules=preempt"
    page = carl.get(address)
    assert page.status_code == 200
    form = page.context["form"]
    posted = {name: field.initial or "" for name, field in form.fields.items() if name != "template"}
    assert "PREEMPT" in form.fields["section_rules"].label
    posted |= {
        "patient": "Alice A.",
        "section_effects": "none that lasted\n\nsecond line",
        "section_scores": "",
        "argument": "It helps her work & <live>.",
        "file": "docx",
    }
    answer = carl.post(address, posted)
    blanks, text = read(answer.content)
    assert blanks[0] == ("Name of the patient", "Alice A.")
    assert "none that lasted\nsecond line" in text
    assert "HIT-6" not in text
    assert text.count("It helps her work & <live>.") == 1
    assert carl.post(address, posted | {"file": "pdf"}).content[:5] == b"%PDF-"
    own = SimpleUploadedFile("own.docx", make_template("Ours: {{ blanks[0].value }}"))
    _blanks, text = read(carl.post(address, posted | {"template": own}).content)
    assert text == "Ours: Alice A."
    bad = SimpleUploadedFile("own.docx", b"no zip")
    refused = carl.post(address, posted | {"template": bad})
    assert refused.status_code == 422
    assert "no DOCX file" in refused.content.decode()
    assert AuditEntry.objects.filter(trail__user=cast.alice.user, action="exported").count() == 3
    for user in (cast.emil, cast.dora):
        assert signed_in(as_user(user)).get(address).status_code == 404
