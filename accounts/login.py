"""The log-in form. In a module of its own: allauth's forms import ours from accounts.forms."""

from allauth.account.forms import LoginForm as AllauthLoginForm
from django.http import HttpRequest, HttpResponse

from accounts.fields import PlainWords
from accounts.models import User


class LoginForm(PlainWords, AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    """A patient may stay logged in on her own device; a clinician's log-in ends with his browser."""

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        answer: HttpResponse = super().login(request, redirect_url)
        user = getattr(getattr(self, "_login", None), "user", None)
        if isinstance(user, User) and user.is_clinician:
            request.session.set_expiry(0)
        return answer
