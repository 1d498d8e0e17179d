"""How much of a medicine, in words."""

from decimal import Decimal
from math import ceil

from django.utils.translation import ngettext

from accounts import formatting


def doses_words(name: str, doses: Decimal) -> str:
    """ "Sumatriptan 50 mg, 2 doses" """
    words = ngettext("%(name)s, %(doses)s dose", "%(name)s, %(doses)s doses", ceil(doses))
    return words % {"name": name, "doses": formatting.halves(float(doses))}
