"""An upload that is too large is refused by its announced length: nothing of it is kept or read."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from exchange.schema import MAX_BYTES

# The other fields of a form, and what a browser writes around a file.
FORM_BYTES = 1024 * 1024
# Up to here the rest is let run out, so that the browser shows the answer; beyond, the line is cut.
PATIENCE = 200 * 1024 * 1024


class LimitedUpload(FileUploadHandler):
    """Stands before Django's own handlers, which keep what it lets through."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Django hands in the stream, the headers, and the length that was announced."""
        self.announced: int = args[2]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.announced > MAX_BYTES + FORM_BYTES:
            if self.request is not None:
                self.request.upload_too_large = True  # type: ignore[attr-defined]  # read by exchange.data
            raise StopUpload(connection_reset=self.announced > PATIENCE)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
