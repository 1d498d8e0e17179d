"""Password rules of our own."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CONTEXT_WORDS = ("botox", "migraine", "migräne", "headache", "password")


class NoContextWords:
    """Refuse a password built on the first words somebody would try for this site (ASVS 6.2.11)."""

    def validate(self, password: str, user: object = None) -> None:
        if any(word in password.lower() for word in CONTEXT_WORDS):
            raise ValidationError(
                _("Choose a password without “botox”, “migraine”, “headache” or “password”.")
            )

    def get_help_text(self) -> str:
        return _("Not a word of this site, such as “botox” or “migraine”.")
