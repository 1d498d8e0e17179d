"""A migration that fails in its middle, or, with STUCK_FILE, stops there until it is killed."""

import os
import time
from pathlib import Path
from typing import Any, ClassVar

from django.db import migrations


def fail(_apps: Any, _schema_editor: Any) -> None:
    stuck = os.environ.get("STUCK_FILE")
    if stuck:
        Path(stuck).touch()
        time.sleep(600)  # killed by the test
    raise RuntimeError("half way")


class Migration(migrations.Migration):
    operations: ClassVar[list[Any]] = [migrations.RunPython(fail)]
