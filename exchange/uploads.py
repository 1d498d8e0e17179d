"""An upload handler that refuses large uploads by their declared length, before reading them."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from exchange.schema import MAX_APPLE_BYTES, MAX_BYTES

# For the other fields of the form and the multipart headers.
FORM_BYTES = 1024 * 1024
# Up to this length the rest is read and dropped, so that the browser shows the response; beyond, the connection is
# closed.
MAX_BYTES_TO_DRAIN = 200 * 1024 * 1024


class LimitedUpload(FileUploadHandler):
    """Comes before Django's own handlers, which store what it passes on."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Store the declared length; args are the stream, the headers and that length."""
        self.announced_bytes: int = args[2]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a large file, unless it may be of Apple Health, by its name in args: it is stored on disk."""
        is_perhaps_apple = str(args[1]).lower().endswith((".xml", ".zip"))
        if self.announced_bytes > (MAX_APPLE_BYTES if is_perhaps_apple else MAX_BYTES) + FORM_BYTES:
            if self.request is not None:
                self.request.upload_too_large = True  # type: ignore[attr-defined]  # read by exchange.data
            raise StopUpload(connection_reset=self.announced_bytes > MAX_BYTES_TO_DRAIN)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
