"""Signals that any app may listen to."""

from django.dispatch import Signal

# Sent with now=datetime about once a day, by one process, outside any transaction. A receiver deletes what its app no
# longer needs and returns the number of rows.
nightly = Signal()
