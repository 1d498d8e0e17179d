"""Signals that apps above accounts listen to."""

from django.dispatch import Signal

# Sent with record=Record, now=datetime, inside the transaction that changed it, when due dates or local times
# may have moved: another interval or rhythm, another time zone.
schedule_changed = Signal()

# Sent with sender=model, record=Record, now=datetime, inside the transaction that brought a deleted row back.
row_restored = Signal()

# Sent with user=User, now=datetime, inside the transaction in which a user without a record moved to another zone.
clock_moved = Signal()
