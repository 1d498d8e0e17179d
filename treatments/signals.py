"""Signals of this app. Reminders listens to them, so that treatments need not import it."""

from django.dispatch import Signal

# Sent with record=Record, now=datetime, inside the transaction that changes a session or a booking of the record.
session_changed = Signal()
