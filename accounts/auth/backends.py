"""The authentication backend."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Refuses the demo accounts, whose password is public, outside demo mode: no log-in, no session."""

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return bool(super().user_can_authenticate(user))

    def get_user(self, user_id: Any) -> User | None:
        """Return the user of a session with her record, which almost every page needs. One query."""
        user = User.objects.select_related("record").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
