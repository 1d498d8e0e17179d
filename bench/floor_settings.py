"""The product's settings with one page more: the floor that bench/pages.py measures against."""

from botoxtrack.settings import *  # noqa: F403  every setting is the product's
from botoxtrack.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "bench.floor"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "bench" / "templates"]  # type: ignore[index,misc]  # a plain dict
