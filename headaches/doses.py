"""How much of a medicine, in words."""

from decimal import Decimal
from math import ceil

from django.utils.translation import ngettext

from core import formatting
from headaches import times


def doses_words(name: str, doses: Decimal, taken_at: str = "") -> str:
    """ "Sumatriptan 50 mg, 2 doses (9:30, 14:00)" """
    words = ngettext("%(name)s, %(doses)s dose", "%(name)s, %(doses)s doses", ceil(doses))
    words %= {"name": name, "doses": formatting.halves(float(doses))}
    return f"{words} ({times.words(taken_at)})" if taken_at else words
