"""Configuration only: settings, urls, celery, wsgi."""

from botoxtrack.celery import app as celery_app

__all__ = ["celery_app"]
