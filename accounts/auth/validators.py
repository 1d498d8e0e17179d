"""Our own password validators."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CONTEXT_WORDS = ("botox", "migraine", "migräne", "headache", "password")


class NoContextWords:
    """Refuses passwords with the words somebody would try first for this site (ASVS 6.2.11)."""

    def validate(self, password: str, user: object = None) -> None:
        if any(word in password.lower() for word in CONTEXT_WORDS):
            raise ValidationError(
                _("Choose a password without “botox”, “migraine”, “headache” or “password”.")
            )

    def get_help_text(self) -> str:
        return _("No word of this site, such as “botox” or “migraine”.")
