"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

application = get_wsgi_application()

# Tune garbage collection: what is loaded by now stays, and a page creates tens of thousands of short-lived objects but
# few reference cycles. The dashboard after a change takes a twentieth less (python -m bench.pages).
gc.freeze()
gc.set_threshold(50_000, 20, 50)
