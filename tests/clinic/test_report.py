"""The one-page report: a tagged PDF of one page, the same bytes each time, for the patient and her clinician."""

import time
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from accounts.audit_models import AuditEntry
from accounts.models import Record
from clinic.documents.report import write_report
from tests.conftest import TODAY, Cast, as_user, confirm_password
from tests.exchange.test_fhir import fill
from treatments.models import Preventive, SideEffect

A4, LETTER = (595, 842), (612, 792)


def write(record: Record, language: str = "en", paper: str = "a4") -> bytes:
    with translation.override(language):
        return write_report(record, TODAY, is_today=True, is_own=True, paper=paper)


def elements(node: Any) -> Iterator[Any]:
    """Every structure element of a PDF."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def check_structure(content: bytes, language: str, title: str, *kinds: str) -> None:
    """Check what PDF/UA-1 asks and a library can see."""
    with pikepdf.open(BytesIO(content)) as pdf:
        root: Any = pdf.Root
        assert (str(root["/Lang"]), str(pdf.docinfo["/Title"])) == (language, title)
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert "part>1</pdfuaid:part>" in root["/Metadata"].read_bytes().decode().replace(
            "pdfuaid:part>1", "part>1"
        )
        found = list(elements(root["/StructTreeRoot"]["/K"]))
        assert {"/H1", "/H2", *kinds} <= {str(each["/S"]) for each in found}
        figures = [each for each in found if str(each["/S"]) == "/Figure"]
        assert all(len(str(each["/Alt"])) > 20 for each in figures)
        for page in pdf.pages:
            for font in page["/Resources"]["/Font"].values():
                descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
                assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())


def check_picture(content: bytes, size: tuple[int, int]) -> None:
    """One page of its size; nothing reaches the edge; nothing needs colour."""
    pdf = pypdfium2.PdfDocument(content)
    assert (len(pdf), tuple(round(side) for side in pdf[0].get_size())) == (1, size)
    picture = pdf[0].render(scale=1).to_pil().convert("RGB")
    assert all(
        red == green == blue for _count, (red, green, blue) in picture.getcolors(100_000) or [((), (0, 1, 2))]
    )
    width, height = picture.size
    margins = [
        (0, 0, width, 25),
        (0, height - 15, width, height),
        (0, 0, 30, height),
        (width - 30, 0, width, height),
    ]
    for box in margins:
        assert picture.crop(box).getextrema() == ((255, 255),) * 3, box
    text = pdf[0].get_textpage().get_text_bounded()
    assert "checksum" in text or "Prüfsumme" in text


def crowd(record: Record) -> None:
    """More of everything than fits, with the longest names."""
    fill(record)
    session = record.sessions.first()
    assert session is not None
    for number in range(12):
        name = f"A preventive with a very long name that goes on and on {number}"
        Preventive.objects.create(
            record=record,
            name=name,
            dose="a dose that somebody described at great length",
            started=TODAY - timedelta(90),
            drug_class="calcium channel blocker",
        )  # fmt: skip
        SideEffect.objects.create(
            session=session, effect=f"an effect described at length, number {number}", severity="mild"
        )
    record.user.display_name = "Anna-Maria Magdalena von Hohenstein-Schwarzenberg zu Waldburg"
    record.user.save()


@pytest.mark.parametrize(("language", "paper", "size"), [("en", "a4", A4), ("de", "letter", LETTER)])
def test_a_crowded_record_fits_on_one_tagged_page(
    alice: Record, language: str, paper: str, size: tuple[int, int]
) -> None:
    crowd(alice)
    pdf = write(alice, language, paper)
    titles = {"en": "Headache diary: report", "de": "Kopfschmerztagebuch: Bericht"}
    check_structure(pdf, language, titles[language], "/Table", "/TH", "/TD", "/Figure")
    check_picture(pdf, size)


def test_the_same_record_gives_the_same_bytes_in_a_second(alice: Record) -> None:
    fill(alice)
    first = write(alice)
    start = time.process_time()
    assert write(alice) == first
    assert time.process_time() - start < 1
    alice.sessions.update(lot="Z1")
    assert write(alice) != first


def test_a_record_without_days_has_a_page_too(alice: Record) -> None:
    pdf = write(alice)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "Nothing to compare yet" in text


def test_what_the_page_says_stands_in_the_report(alice: Record) -> None:
    fill(alice)
    text = " ".join(pypdfium2.PdfDocument(write(alice))[0].get_textpage().get_text_bounded().split())
    for words in (
        "Alice", "C1234", "HIT-6: 60", "neck pain", "Topiramate", "60", "30 % fewer headache days", "NICE TA260",
        "filled in", "any headache", "Before: ", "Sumatriptan",
    ):  # fmt: skip
        assert words.lower() in text.lower(), words


@pytest.mark.database
def test_patient_and_clinician_download_it(cast: Cast) -> None:
    fill(cast.alice)
    own, carl, emil = as_user(cast.alice.user), as_user(cast.carl), as_user(cast.emil)
    shared = reverse("patient_report", args=[cast.alice.key])
    assert own.get(reverse("report")).status_code == carl.get(shared).status_code == 302  # the password first
    for client in (own, carl, emil):
        confirm_password(client)
    answer = own.get(reverse("report"), {"paper": "letter"})
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert carl.get(shared).content[:5] == b"%PDF-"
    assert emil.get(shared).status_code == 404
    exports = AuditEntry.objects.filter(trail__user=cast.alice.user, action="exported")
    assert exports.count() == 2


def test_the_command_writes_it(alice: Record, tmp_path: Path) -> None:
    fill(alice)
    path = tmp_path / "report.pdf"
    call_command("report", "alice@example.org", str(path), "--as-of", TODAY.isoformat())
    assert path.read_bytes()[:5] == b"%PDF-"
    assert path.stat().st_mode & 0o077 == 0
    for arguments in (("x@example.org", str(path)), ("alice@example.org", str(tmp_path / "no" / "x.pdf"))):
        with pytest.raises(CommandError):
            call_command("report", *arguments)
