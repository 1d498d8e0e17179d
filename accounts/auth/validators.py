"""Our own password validators."""

import re
from typing import Any, Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What somebody would try first for this site, in both languages (ASVS 6.2.11). Refused wherever they occur:
CONTEXT_WORDS: Final = (
    "botox", "migraine", "migräne", "migraene", "headache", "kopfschmerz", "kopfweh", "password", "passwort",
    "kennwort",
)  # fmt: skip
# Refused if too little remains without them:
EVERYDAY_WORDS: Final = (
    "clinic", "klinik", "praxis", "practice", "doctor", "doktor", "arzt", "ärztin", "patient", "neuro", "diary",
    "tagebuch", "pain", "schmerz", "spritze", "injection", "treatment", "behandlung", "triptan", "aura", "letmein",
    "login", "account", "welcome", "willkommen", "summer", "sommer", "winter", "spring", "frühling", "autumn", "herbst",
)  # fmt: skip
MIN_REST: Final = 5  # letters
MIN_OWN: Final = 4  # letters of a part of the user's address or name


class NoContextWords:
    """Refuses passwords with the words somebody would try first for this site."""

    def validate(self, password: str, user: object = None) -> None:
        lower = password.lower()
        if any(word in lower for word in CONTEXT_WORDS):
            raise ValidationError(
                _("Choose a password without “botox”, “migraine”, “headache” or “password”.")
            )
        own = f"{getattr(user, 'email', '').partition('@')[0]} {getattr(user, 'display_name', '')}".lower()
        words = (*EVERYDAY_WORDS, *(word for word in re.split(r"[\W_]+", own) if len(word) >= MIN_OWN))
        rest = re.sub("|".join(words), "", lower)
        if rest != lower and len(re.sub(r"[\d\W_]", "", rest)) < MIN_REST:
            raise ValidationError(
                _(
                    "This is a word of this site, of your address or of your name, with little added. "
                    "Choose three or four words that do not go together."
                )
            )

    def get_help_text(self) -> str:
        return _("No word of this site, such as “botox” or “migraine”.")


class NoDecoratedCommonPassword(CommonPasswordValidator):
    """Refuses the 20,000 commonest passwords, also with digits or signs around them as breached lists hold them."""

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        super().validate(re.sub(r"^[\d\W_]+|[\d\W_]+$", "", password), user)
