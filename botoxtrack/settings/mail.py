"""E-mail and push: transport, sender, provider hooks."""

import os
import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import (
    address,
    env,
    number,
    origin,
    parse_url,
    secret_text,
    sender,
    text,
    text_list,
)
from botoxtrack.settings.base import BASE_URL, DEMO, check_is_allowed

EMAIL_URL: str = secret_text("EMAIL_URL", "consolemail://")
MAIL_EXAMPLE = "smtp+tls://user:password@host:587"
mail = parse_url("EMAIL_URL", EMAIL_URL, env.email_url_config, "EMAIL_BACKEND", MAIL_EXAMPLE)
if mail["EMAIL_BACKEND"].endswith(".smtp.EmailBackend") and not mail.get("EMAIL_HOST"):
    raise ImproperlyConfigured(f"EMAIL_URL names no mail server; write it like {MAIL_EXAMPLE}.")
vars().update(mail)
if DEMO:
    EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
# Seconds for each step of SMTP; sending one e-mail may take six times as long.
EMAIL_TIMEOUT = number("MAIL_TIMEOUT", 20, 0.1)
# The sender's name must not mention health: a phone shows it on a locked screen.
DEFAULT_FROM_EMAIL = sender("MAIL_FROM", f"Reminder <reminder@{urlsplit(BASE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Links in e-mails begin with this. A neutral host name keeps the e-mails neutral.
if "LETTER_URL" in os.environ:
    raise ImproperlyConfigured(
        "LETTER_URL is now called EMAIL_LINK_URL; rename it, or links would begin with BASE_URL."
    )
EMAIL_LINK_URL = origin("EMAIL_LINK_URL", BASE_URL, may_have_path=True)
check_is_allowed("EMAIL_LINK_URL", EMAIL_LINK_URL)
MAIL_RETURN_PATH = address("MAIL_RETURN_PATH")
# E-mails a minute to one mail domain; 0 for no limit.
MAIL_PER_MINUTE = number("MAIL_PER_MINUTE", 600, 0)
# The provider whose bounce reports are trusted, and the user:password of its webhook.
MAIL_PROVIDER = text("MAIL_PROVIDER").strip().lower()
MAIL_PROVIDERS = (
    "brevo", "mailersend", "mailgun", "mailjet", "postal", "postmark", "resend", "sendgrid", "sparkpost",
)  # fmt: skip
if MAIL_PROVIDER and MAIL_PROVIDER not in MAIL_PROVIDERS:
    raise ImproperlyConfigured(
        f"MAIL_PROVIDER is {MAIL_PROVIDER!r}; write one of {', '.join(MAIL_PROVIDERS)}."
    )
MAIL_HOOK_SECRET: str = secret_text("MAIL_HOOK_SECRET")
if MAIL_PROVIDER and not re.fullmatch(r"\S+:\S{16,}", MAIL_HOOK_SECRET):
    raise ImproperlyConfigured(
        "MAIL_PROVIDER needs MAIL_HOOK_SECRET, written like user:password, with 16 characters or more after the colon."
    )
ANYMAIL = {"WEBHOOK_SECRET": MAIL_HOOK_SECRET} if MAIL_HOOK_SECRET else {}
for key, value in os.environ.items():
    if key.startswith("ANYMAIL_"):
        ANYMAIL[key.removeprefix("ANYMAIL_")] = value
# The browsers' push services; this server sends to no others.
KNOWN_PUSH_SERVICES = [
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
]
PUSH_SERVICES: list[str] = text_list("PUSH_SERVICES", KNOWN_PUSH_SERVICES)
# The token for reading /metrics and /healthz/reminders from another machine.
METRICS_TOKEN: str = secret_text("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: use 16 random characters or more.")
