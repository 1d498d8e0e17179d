"""Environment variables: the list of all of them, and readers that parse a value or refuse it in one sentence.

docs/configuration.md is generated from VARIABLES (manage.py generate_docs).
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import environ
import idna
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*|\[?[0-9a-f:]*:[0-9a-f:.]*\]?")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. default: as the documentation shows it."""

    name: str
    group: str
    meaning: str
    default: str


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable(
            "SECRET_KEY",
            "Start",
            "50 random characters or more. Required, unless SECRET_KEY_FILE is set.",
            "–",
        ),
        Variable(
            "SECRET_KEY_FILE",
            "Start",
            "A file that holds SECRET_KEY on its first line; `manage.py rotate_secret` keeps earlier ones below it.",
            "–",
        ),
        Variable(
            "SECRET_KEY_FALLBACKS",
            "Start",
            "Earlier secrets, separated by commas, while they are being replaced.",
            "–",
        ),
        Variable(
            "ALLOWED_HOSTS",
            "Start",
            "Host names people type, separated by commas. Required.",
            "this machine's own names in demo and debug mode",
        ),
        Variable(
            "BASE_URL",
            "Start",
            "The address people open. `https://` switches secure cookies and HSTS on. Required.",
            "`http://localhost:8000` in demo and debug mode",
        ),
        Variable("DEMO", "Start", "Demo mode: known accounts, and e-mails stay in the app.", "`0`"),
        Variable("DEMO_PASSWORD", "Start", "Password of the demo accounts.", "`twelve-weeks`"),
        Variable("DEBUG", "Start", "Django's debug pages, for development.", "`0`"),
        Variable(
            "VAR_DIR",
            "Start",
            "Folder for everything the product writes; nobody else may read it.",
            "`var` in the checkout",
        ),
        Variable(
            "DATABASE_URL",
            "Data",
            "`postgres://user:password@host/name?sslmode=verify-full` or `sqlite:////folder/file`. Required.",
            "SQLite in `VAR_DIR` in demo and debug mode",
        ),
        Variable("CONN_MAX_AGE", "Data", "Seconds a PostgreSQL connection is kept open.", "`60`"),
        Variable("PREPARED_STATEMENTS", "Data", "`0` behind a connection pooler in transaction mode.", "`1`"),
        Variable(
            "REDIS_URL",
            "Data",
            "`rediss://host/0`: Celery broker and cache. Without it files are the broker and the database is the cache.",
            "–",
        ),
        Variable(
            "UNENCRYPTED_CONNECTIONS",
            "Data",
            "Connections to other machines that may go unencrypted, in a network nobody else reads: any of `database`, `redis`, `mail`.",
            "–",
        ),
        Variable(
            "EMAIL_URL",
            "E-mail",
            "The mail server: `smtp+tls://user:password@host:587`. Required.",
            "the console in debug mode; in demo mode e-mails stay in the app",
        ),
        Variable(
            "MAIL_FROM",
            "E-mail",
            "Sender of every e-mail. Keep it neutral: it is shown on locked screens.",
            "`Reminder <reminder@host>`",
        ),
        Variable(
            "EMAIL_LINK_URL",
            "E-mail",
            "What links in e-mails begin with; a host name that tells nothing about health.",
            "`BASE_URL`",
        ),
        Variable("MAIL_TIMEOUT", "E-mail", "Seconds for each step of the SMTP dialogue.", "`20`"),
        Variable(
            "MAIL_PER_MINUTE", "E-mail", "E-mails a minute to one mail domain; `0` for no limit.", "`600`"
        ),
        Variable(
            "MAIL_RETURN_PATH",
            "E-mail",
            "Mailbox for delivery reports; each e-mail gets a signed address of it, `bounce+…@host`.",
            "–",
        ),
        Variable(
            "MAIL_PROVIDER",
            "E-mail",
            "Provider whose reports at `/hooks/mail/` are accepted: `brevo`, `mailersend`, `mailgun`, `mailjet`, `postal`, `postmark`, `resend`, `sendgrid` or `sparkpost`. Its other settings are set as `ANYMAIL_…` (django-anymail).",
            "–",
        ),
        Variable(
            "MAIL_HOOK_SECRET", "E-mail", "The `user:password` that the provider's hook has to show.", "–"
        ),
        Variable(
            "PUSH_SERVICES",
            "E-mail",
            "Hosts of the browsers' push services, separated by commas; the server posts to no other.",
            "`fcm.googleapis.com`, `push.services.mozilla.com`, `push.apple.com`, `notify.windows.com`",
        ),
        Variable(
            "KEEP_AUDIT_DAYS",
            "Retention",
            "Days that entries of the audit log, and what operators did, are kept.",
            "`1095`",
        ),
        Variable(
            "KEEP_CHANGE_DAYS",
            "Retention",
            "Days that a changed day of the diary is kept as it was before and after; 90 or more.",
            "`1095`",
        ),
        Variable(
            "KEEP_DRAFT_DAYS", "Retention", "Days that typed and unsaved texts are kept; 1 or more.", "`30`"
        ),
        Variable(
            "KEEP_INVITATION_DAYS",
            "Retention",
            "Days that an invitation which nobody accepted is kept after its end, with the address in it.",
            "`30`",
        ),
        Variable(
            "KEEP_REMINDER_DAYS",
            "Retention",
            "Days that reminders are kept in the ledger after they were due; 90 or more.",
            "`400`",
        ),
        Variable(
            "KEEP_UPLOAD_DAYS",
            "Retention",
            "Days that an imported file is kept, and that its import can be undone.",
            "`1`",
        ),
        Variable(
            "PAYER_RULES_DIR",
            "Data",
            "A folder with rule sets of payers as TOML files, beside the shipped ones (docs/payers.md).",
            "–",
        ),
        Variable(
            "LETTER_TEMPLATE",
            "Data",
            "A DOCX template for continuation letters, in place of ours (docs/documents.md).",
            "–",
        ),
        Variable("QUEUE", "Jobs", "Name of the Celery queue.", "`botoxtrack`"),
        Variable("REMINDER_TICK_SECONDS", "Jobs", "Seconds between two sweeps for due reminders.", "`60`"),
        Variable(
            "REMINDER_BATCH_SECONDS",
            "Jobs",
            "Seconds a worker continues with one batch before it returns the rest.",
            "`60`",
        ),
        Variable(
            "REMINDER_BACK_OFF",
            "Jobs",
            "Seconds to wait after each attempt that a mail server deferred; the last repeats while the e-mail is useful.",
            "`60,300,1800,7200,7200`",
        ),
        Variable(
            "TRUSTED_PROXY_COUNT",
            "Web",
            "Proxies in front of the web server, so that rate limits see the real address.",
            "`0`",
        ),
        Variable("SSL_REDIRECT", "Web", "Redirect `http://` to `https://`.", "on if BASE_URL is `https://`"),
        Variable(
            "HSTS_SUBDOMAINS",
            "Web",
            "Tell browsers that every subdomain of this host has HTTPS too; they remember it for a year.",
            "`0`",
        ),
        Variable(
            "HSTS_PRELOAD",
            "Web",
            "Allow the host into the list of HTTPS sites that browsers ship; hard to take back.",
            "`0`",
        ),
        Variable("TOTP_ISSUER", "Web", "Name shown in an authenticator app.", "`Diary`"),
        Variable(
            "METRICS_TOKEN",
            "Operation",
            "Bearer token for `/metrics` and `/healthz/reminders`. Without it only this machine may read them.",
            "–",
        ),
        Variable("LOG_LEVEL", "Operation", "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.", "`INFO`"),
    )
}


def text(name: str, default: str = "") -> str:
    """Return a text without blanks around it. Raises KeyError for a variable that VARIABLES does not list."""
    return str(env.str(VARIABLES[name].name, default=default)).strip()


def text_list(name: str, default: list[str]) -> list[str]:
    """Return texts separated by commas, without empty ones."""
    values: list[str] = env.list(VARIABLES[name].name, default=default)
    return [value.strip() for value in values if value.strip()]


def flag(name: str, default: bool) -> bool:
    """Return a switch: 1, true, yes, on or 0, false, no, off. A typo is refused, so that it cannot open a door."""
    word = text(name, str(default)).strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        raise ImproperlyConfigured(f"{name} is {word!r}; write 1 or 0.")
    return word in {"1", "true", "yes", "on"}


def number(name: str, default: float, low: float) -> float:
    """Return a number that is at least `low`."""
    word = text(name, str(default)) or str(default)
    try:
        value = float(word)
    except ValueError:
        value = low - 1
    if not low <= value < 1e9:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a number from {low:g} on.")
    return value


def whole_number(name: str, default: int, least: int = 0) -> int:
    """Return a whole number that is not less than `least`."""
    value = number(name, default, least)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} is {text(name)!r}; write a whole number.")
    return int(value)


def seconds_list(name: str, default: list[float]) -> list[float]:
    """Return numbers of seconds separated by commas."""
    words = text(name, ",".join(map(str, default))).split(",")
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if not values or not all(0 <= value < 1e6 for value in values):
        raise ImproperlyConfigured(f"{name} is {','.join(words)!r}; write seconds like 60,300,1800.")
    return values


def parse_url(
    name: str, url: str, parse: Callable[[str], dict[str, Any]], required: str, example: str
) -> dict[str, Any]:
    """Return what `parse` makes of a URL; refuse it when the key `required` is missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown scheme is refused below, in one sentence
            parsed = parse(url)
    except (ImproperlyConfigured, LookupError, TypeError, ValueError):
        parsed = {}
    if not parsed.get(required):
        raise ImproperlyConfigured(f"{name} cannot be read; write it like {example}.")
    return parsed


def host_name(host: str) -> str:
    """Return a host name in small letters and ASCII (IDNA). Raises ValueError for what cannot be one."""
    name = host.lower()
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode()
    if not (HOST.fullmatch(name) and len(name) <= 253):
        raise ValueError(host)
    return name


def host_list(name: str) -> list[str]:
    """Return host names separated by commas; ".example.org" stands for every name that ends so."""
    hosts = []
    for word in text_list(name, []):
        try:
            hosts.append("." * word.startswith(".") + host_name(word.removeprefix(".")))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} holds {word!r}; write host names alone, without https:// and port."
            ) from error
    return hosts


def origin(name: str, default: str, *, may_have_path: bool = False) -> str:
    """Return scheme, host and port of an address, without a slash at the end. Capitals and accents are normalised."""
    word = text(name, default)
    try:
        parts = urlsplit(word)
        host, port = host_name(parts.hostname or ""), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host:
        raise ImproperlyConfigured(
            f"{name} is {word!r}; it must begin with http:// or https:// and a host name."
        )
    path = parts.path.rstrip("/")
    if parts.username is not None or parts.query or parts.fragment or (path and not may_have_path):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; write only scheme, host name and port, such as https://{host}."
        )
    if not re.fullmatch(r"[\w./~-]*", path, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; its path may hold only letters and digits.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "") + path


def sender(name: str, default: str) -> str:
    """Return one address with an optional name, quoted as e-mail headers need it."""
    word = text(name, default)
    display_name, _bracket, mailbox = word.rpartition("<")
    display_name, mailbox = display_name.strip().strip('"'), mailbox.strip().removesuffix(">")
    local, _at, domain = mailbox.rpartition("@")
    try:
        domain = host_name(domain)
    except ValueError:
        domain = ""
    if (
        not re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+", local, re.ASCII)
        or not domain
        or not display_name.isprintable()
    ):
        raise ImproperlyConfigured(
            f"{name} is {word!r}; write one address like Reminder <reminder@example.org>."
        )
    if re.search(r"[^\w \'!#$%&*+/=?^`{|}~-]", display_name):
        display_name = '"' + display_name.replace("\\", "").replace('"', "") + '"'
    return f"{display_name} <{local}@{domain}>" if display_name else f"{local}@{domain}"


def address(name: str) -> str:
    """Return a plain e-mail address, or an empty text."""
    word = text(name).strip()
    if word and not re.fullmatch(r"[\w.]+@[\w.-]+", word, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; write a plain address such as bounce@example.org.")
    return word
