"""JSON that others wrote."""

import json
from typing import Any


def parse_json(text: str | bytes, **options: Any) -> Any:
    """Parse JSON. Half a surrogate pair, which no page and no database can hold, becomes U+FFFD.

    options: of json.loads. Raises ValueError or RecursionError.
    """
    loaded = json.loads(text, **options)
    escape = "\\u" if isinstance(text, str) else b"\\u"
    return replace_surrogates(loaded) if escape in text else loaded  # type: ignore[operator]


def replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {replace_surrogates(key): replace_surrogates(item) for key, item in value.items()}
    return value
