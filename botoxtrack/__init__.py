"""Configuration only: settings, urls, celery, wsgi. Decides nothing."""

from botoxtrack.celery import app as celery_app

__all__ = ["celery_app"]
