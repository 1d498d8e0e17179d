"""The known diaries, and which of them a file is from. Pure."""

from exchange.imports.formats.aiding_migraine import AidingMigraineCsv, AidingMigraineJson
from exchange.imports.formats.apple_health import AppleHealth
from exchange.imports.formats.base import DiaryFormat, Source
from exchange.imports.formats.bearable import Bearable
from exchange.imports.formats.daylio import Daylio
from exchange.imports.formats.drip import Drip
from exchange.imports.formats.health_auto_export import HealthAutoExport
from exchange.imports.formats.migraine_buddy import MigraineBuddy
from exchange.imports.formats.migralog import MigraLog

# The surest first.
FORMATS: tuple[DiaryFormat, ...] = (
    AppleHealth(),
    AidingMigraineJson(),
    MigraLog(),
    MigraineBuddy(),
    AidingMigraineCsv(),
    Bearable(),
    Daylio(),
    Drip(),
    HealthAutoExport(),
)
BY_KEY = {diary.key or diary.code: diary for diary in FORMATS}


def recognise(source: Source) -> str | None:
    """Return the key of the diary a file is from, or None."""
    return next((key for key, diary in BY_KEY.items() if diary.recognises(source)), None)
