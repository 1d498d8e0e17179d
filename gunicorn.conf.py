"""Read by gunicorn before it starts: demo and debug mode listen on this machine alone."""

import sys
from typing import Any

from botoxtrack.environment import flag
from botoxtrack.loopback import is_loopback


def on_starting(server: Any) -> None:
    """End with a sentence instead of listening where others reach known passwords and every e-mail."""
    if not (flag("DEMO", False) or flag("DEBUG", False)):
        return
    for address in server.cfg.address:  # a pair of host and port, or the path of a socket
        if isinstance(address, tuple) and not is_loopback(address[0]):
            sys.exit(
                f"DEMO=1 and DEBUG=1 listen on this machine alone, not on {address[0]}. Write --bind 127.0.0.1:8000."
            )
