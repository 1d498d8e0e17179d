"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botoxtrack.settings")

application = get_wsgi_application()

# What is loaded by now stays. A page makes tens of thousands of short-lived objects and few circles: looking for those
# less often takes a twentieth off the dashboard after a change (python -m bench.pages).
gc.freeze()
gc.set_threshold(50_000, 20, 50)
