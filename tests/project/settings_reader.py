"""Evaluate the settings with the present environment, without touching the settings Django runs with."""

import sys
from importlib import import_module
from types import ModuleType

PACKAGE = "botoxtrack.settings"


def read_settings() -> ModuleType:
    """Import every part of the settings anew. Raises ImproperlyConfigured as a start would."""
    loaded = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith(PACKAGE)}
    try:
        return import_module(PACKAGE)
    finally:
        for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
            del sys.modules[name]
        sys.modules.update(loaded)
