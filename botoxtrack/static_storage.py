"""Storage of static files: compressed, and named by a hash of their content."""

import re
from typing import Any

import brotli
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

COMMENT_LINES = re.compile(r"^[ \t]*(?:/\*.*?\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
BLANK_LINES = re.compile(r"\s*\n\s*")
LARGE = 500_000  # bytes; above it the best Brotli level takes seconds


class QuickCompressor(Compressor):  # type: ignore[misc]  # whitenoise has no types
    """Compresses large files at a lower level, in a hundredth of the time."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=11 if len(data) < LARGE else 5))


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also hashes the names of files that ES modules import, so that browsers may cache them for ever.

    Removes the comment lines of our own scripts and style sheets, and the indentation of style sheets: they would be a
    fifth of what a phone loads.
    """

    support_js_module_import_aggregation = True

    @property
    def manifest_strict(self) -> bool:
        """Whether a missing file is an error. Before the first collectstatic none is; pages then have no styles."""
        return bool(self.hashed_files)

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

    def _save(self, name: str, content: Any) -> str:
        if name.startswith(("js/", "css/")) and name.endswith((".js", ".css")):
            source = COMMENT_LINES.sub("", b"".join(content.chunks()).decode())
            if name.endswith(".css"):
                source = BLANK_LINES.sub("\n", source)
            content = ContentFile(source.encode())
        return str(super()._save(name, content))
