"""Pages of allauth that need a change: the code of a sign-up."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import ConfirmEmailVerificationCodeView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.decorators import method_decorator


@method_decorator(login_not_required, name="dispatch")
class EmailCodeView(ConfirmEmailVerificationCodeView):  # type: ignore[misc]  # allauth has no types
    """Asks for the code of a sign-up. Asked for another e-mail, it sends one to a known address as well."""

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super()._resend_form_valid(form)
        if self._process.user is None:
            get_adapter().send_account_already_exists_mail(self._process.email)
        return answer
