"""Filters for the pages and e-mails about the log-in: our labels of allauth's fields, and the name of a device."""

from django import template
from django.forms import BoundField
from django.utils.translation import gettext as _

register = template.Library()

# A part of the user agent and what it stands for; the first that occurs counts, for most name others too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@register.filter
def field_label(field: BoundField) -> str:
    """Return our label of a field of allauth's forms."""
    labels = {
        "email": _("New e-mail address") if getattr(field.form, "user", None) else _("E-mail address"),
        "login": _("E-mail address"),
        "oldpassword": _("Current password"),
        "password2": _("New password again"),
        "code": _("Code"),
        "remember": _("Stay logged in on this device"),
        "passwordless": _("Log in with only this passkey, without a password"),
    }
    if field.name == "password1" and "password2" in field.form.fields:
        return _("New password")
    return labels.get(field.name, str(field.label))


@register.filter
def device(user_agent: str) -> str:
    """Return browser and system of a device, such as "Firefox, Windows"."""
    browser = next((name for part, name in BROWSERS if part in user_agent), _("Browser"))
    system = next((name for part, name in SYSTEMS if part in user_agent), "")
    return f"{browser}, {system}" if system else browser
