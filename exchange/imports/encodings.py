"""Detection of the encoding of a file: UTF-8, or one of three that the patient chooses from. Pure."""

from typing import NamedTuple

from charset_normalizer import from_bytes

# Enough for a guess; over 20 MB it would take too long.
SAMPLE_BYTES = 256 * 1024
# Control characters that occur in binary files, not in diaries.
BINARY_CHARACTERS = frozenset(map(chr, (*range(9), *range(14, 27), *range(28, 32))))


class EncodingOffer(NamedTuple):
    """An encoding with its label, and a sample of the file decoded with it."""

    codec: str
    label: str
    sample: str


UTF16, UTF16_LITTLE, UTF16_BIG, WINDOWS = "utf-16", "utf-16-le", "utf-16-be", "cp1252"
UNMARKED = (UTF16_LITTLE, UTF16_BIG)
BYTE_ORDER_MARKS = frozenset((b"\xff\xfe", b"\xfe\xff"))
DIGITS = frozenset("0123456789")
LABELS = {UTF16: "UTF-16", UTF16_LITTLE: "UTF-16", UTF16_BIG: "UTF-16", WINDOWS: "Windows-1252"}


def decode_as(content: bytes, codec: str) -> str | None:
    """Return the text, or None if the bytes are not text in this encoding."""
    try:
        text = content.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeError:
        return None
    return None if "\0" in text or (codec != "utf-8" and BINARY_CHARACTERS & set(text)) else text


def decode_utf(content: bytes, fallback: str = "") -> str | None:
    """Decode a file as UTF-8 or as UTF-16 with its mark, else in the chosen encoding; None if it is neither."""
    text = decode_as(content, "utf-16" if content[:2] in BYTE_ORDER_MARKS else "utf-8")
    return decode_as(content, fallback) if text is None and fallback in LABELS else text


def offer_encodings(content: bytes) -> list[EncodingOffer]:
    """Return the possible encodings of a file that is not UTF-8, the likeliest first; [] for a binary file."""
    offers = []
    for codec in guess_codecs(content):
        text = decode_as(content, codec)
        if text is None:
            continue
        # As every diary has; UTF-8 with a stray NUL decodes to other letters.
        has_lines_and_digits = "\n" in text.replace("\r", "\n") and not DIGITS.isdisjoint(text)
        if codec in UNMARKED and not has_lines_and_digits:
            continue
        # The part around the first non-ASCII letter shows whether the encoding is right.
        lines = [line for line in text.splitlines() if line.strip()]
        line = next((line for line in lines if not line.isascii()), lines[0] if lines else "")
        position = next((index for index, character in enumerate(line) if not character.isascii()), 0)
        start = max(0, position - 40)
        sample = ("…" if start else "") + line[start : position + 40]
        offers.append(EncodingOffer(codec, LABELS[codec], sample))
    return offers


def guess_codecs(content: bytes) -> list[str]:
    """Guess UTF-16 from a byte order mark or zero bytes, which digits and commas have in every language."""
    if content[:2] in BYTE_ORDER_MARKS:
        return [UTF16]
    sample = content[:SAMPLE_BYTES]
    if len(content) % 2 or b"\0" not in sample:
        return [WINDOWS]
    guess = from_bytes(sample).best()
    if guess and guess.encoding in {"utf_16_le", "utf_16_be"}:
        return [guess.encoding.replace("_", "-")]
    return [UTF16_LITTLE if sample[1::2].count(0) >= sample[::2].count(0) else UTF16_BIG]
