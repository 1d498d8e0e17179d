"""The authentication backend."""

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Refuses the demo accounts, whose password is public, outside demo mode: no log-in, no session."""

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return bool(super().user_can_authenticate(user))
