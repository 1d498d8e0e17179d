"""The e-mails of accounts. Neither outside nor inside do they mention health: the reader may not be alone."""

from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi, override
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from core import formatting


def build_email(
    *, template: str, to: str, subject: str, context: dict[str, object]
) -> EmailMultiAlternatives:
    """Build an e-mail in text and HTML from templates/<template>.txt and .html."""
    context = {
        "subject": subject,
        "base_url": settings.BASE_URL,
        "LANGUAGE_CODE": get_language(),
        "LANGUAGE_BIDI": get_language_bidi(),
        **context,
    }
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", context),
        to=[to],
        headers=build_headers(),
    )
    message.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return message


def build_headers() -> dict[str, str]:
    """Return headers that mark an e-mail as automatic and name the site's host, not this machine, in its Message-ID."""
    host = urlsplit(settings.EMAIL_LINK_URL).hostname
    return {"Auto-Submitted": "auto-generated", "Message-ID": make_msgid(domain=host)}


def get_email_language(address: str) -> str | None:
    """Return the language of the account with this address; without one, the active language."""
    language = User.objects.filter(email=address.lower()).values_list("language", flat=True).first()
    return language or get_language()


def send_invitation(invitation: Invitation, token: str) -> None:
    """Send the link by which a clinician accepts."""
    link = settings.BASE_URL + reverse("open_invitation", args=[token])
    with override(get_email_language(invitation.email)):
        build_email(
            template="accounts/emails/invitation",
            to=invitation.email,
            subject=_("Somebody would like to share a page with you"),
            context={"link": link, "expires_at": formatting.day(invitation.expires_at.date())},
        ).send()
