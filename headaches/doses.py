"""Describe how much of a medicine was taken."""

from decimal import Decimal
from math import ceil

from django.utils.translation import ngettext

from core import formatting
from headaches import times


def describe_doses(name: str, doses: Decimal, taken_at: str = "") -> str:
    """Return text such as "Sumatriptan 50 mg, 2 doses (9:30, 14:00)"."""
    text = ngettext("%(name)s, %(doses)s dose", "%(name)s, %(doses)s doses", ceil(doses))
    text %= {"name": name, "doses": formatting.halves(float(doses))}
    return f"{text} ({times.format_times(taken_at)})" if taken_at else text
