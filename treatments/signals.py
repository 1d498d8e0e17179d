"""What treatments announces. Reminders listens; nobody is called by name."""

from django.dispatch import Signal

# Sent with record=Record, now=datetime, inside the transaction in which a session or a booking of it changed.
session_changed = Signal()
