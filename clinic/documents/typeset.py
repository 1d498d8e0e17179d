"""Sets a document with typst: a template of this folder and its values, as one PDF that screen readers understand.

The same template and values give the same bytes: fonts are our own, and the only date is the document's.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
FONT: Final = "Atkinson Hyperlegible Next"
PAPERS: Final = {"a4": "a4", "letter": "us-letter"}


@cache
def load_fonts() -> Any:
    # Imported here: typst is 80 MB, which no other page needs.
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FOLDER / "fonts"])


class Document:
    """A template with its values, laid out once for its number of pages and its PDF."""

    def __init__(self, template: str, values: Mapping[str, Any]) -> None:
        import typst

        self.compiler = typst.Compiler(
            FOLDER / template,
            root=FOLDER,
            font_paths=load_fonts(),
            sys_inputs={"values": json.dumps(values, ensure_ascii=False, sort_keys=True)},
        )

    def count_pages(self) -> int:
        return int(json.loads(self.compiler.query("<pages>", field="value", one=True)))

    def write_pdf(self, day: date) -> bytes:
        """Return the PDF (PDF/UA-1). day: the date it bears."""
        moment = datetime.combine(day, time.min, UTC)
        pdf = self.compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=moment)
        if not isinstance(pdf, bytes):
            raise TypeError("typst wrote no PDF")
        return pdf
