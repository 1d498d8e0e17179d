"""Which encoding a file is in: UTF-8, or one of three that the person is asked about. Pure."""

from typing import NamedTuple

from charset_normalizer import from_bytes

# Enough of a file to tell; a guess over 20 MB would keep the page waiting.
SAMPLE = 256 * 1024
# Control characters that no diary has, but pictures and programs have.
BINARY = frozenset(map(chr, (*range(9), *range(14, 27), *range(28, 32))))


class EncodingOffer(NamedTuple):
    """An encoding, and the first words of the file read with it."""

    codec: str
    label: str
    sample: str


UTF16, UTF16_LITTLE, UTF16_BIG, WINDOWS = "utf-16", "utf-16-le", "utf-16-be", "cp1252"
UNMARKED = (UTF16_LITTLE, UTF16_BIG)
DIGITS = frozenset("0123456789")
LABELS = {UTF16: "UTF-16", UTF16_LITTLE: "UTF-16", UTF16_BIG: "UTF-16", WINDOWS: "Windows-1252"}


def decode_as(content: bytes, codec: str) -> str | None:
    """The text, or None when the bytes are no text in this encoding."""
    try:
        text = content.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeError:
        return None
    return None if "\0" in text or (codec != "utf-8" and BINARY & set(text)) else text


def decode_utf(content: bytes, fallback: str = "") -> str | None:
    """The text of a file: UTF-8, else the encoding that was chosen; None for what is no text in either."""
    text = decode_as(content, "utf-8")
    return decode_as(content, fallback) if text is None and fallback in LABELS else text


def offer_encodings(content: bytes) -> list[EncodingOffer]:
    """The encodings a file that is no UTF-8 can be read in, the likeliest first; none for what is no text."""
    texts = {codec: decode_as(content, codec) for codec in likeliest(content)}
    return [
        EncodingOffer(codec, LABELS[codec], telling_words(text))
        for codec, text in texts.items()
        if text is not None and (codec not in UNMARKED or has_rows(text))
    ]


def has_rows(text: str) -> bool:
    """Whether there are lines and digits, without which no diary is: UTF-8 with a stray NUL has other letters."""
    return "\n" in text.replace("\r", "\n") and not DIGITS.isdisjoint(text)


def likeliest(content: bytes) -> list[str]:
    """UTF-16 when a mark or empty halves of letters say so: dates and commas have them in every language."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return [UTF16]
    sample = content[:SAMPLE]
    if len(content) % 2 or b"\0" not in sample:
        return [WINDOWS]
    guess = from_bytes(sample).best()
    if guess and guess.encoding in {"utf_16_le", "utf_16_be"}:
        return [guess.encoding.replace("_", "-")]
    return [UTF16_LITTLE if sample[1::2].count(0) >= sample[::2].count(0) else UTF16_BIG]


def telling_words(text: str) -> str:
    """The first line with a letter beyond ASCII, since it shows whether the encoding is right."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = next((line for line in lines if not line.isascii()), lines[0] if lines else "")
    first = next((index for index, letter in enumerate(found) if not letter.isascii()), 0)
    start = max(0, first - 40)
    return ("…" if start else "") + found[start : first + 40]
