"""Environment, secrets, hosts, apps, middleware, templates."""

import os
import secrets
import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from botoxtrack.environment import flag, host_list, origin, secret_text, text, text_list
from botoxtrack.variables import VARIABLES

django_stubs_ext.monkeypatch()
# Time zones of the tzdata package, the same on every machine and updated with the other packages.
zoneinfo.reset_tzpath(())

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def ensure_folder(path: Path) -> Path:
    """Return a folder in VAR_DIR, after creating it if it does not exist."""
    reason = "permission denied"
    try:
        VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK | os.X_OK):
            return path
    except OSError as error:
        reason = str(error.strerror).lower()
    raise ImproperlyConfigured(f"VAR_DIR is {str(VAR_DIR)!r}, where nothing can be written: {reason}.")


ENVIRONMENT_VARIABLES = VARIABLES
DEBUG = flag("DEBUG", False)
DEMO = flag("DEMO", False)
PRODUCTION = not (DEBUG or DEMO)
VAR_DIR = Path(text("VAR_DIR", str(BASE_DIR / "var")))


def find_secret_file() -> Path | None:
    """Return the file of the secrets: the one that SECRET_KEY_FILE names, None if SECRET_KEY holds the secret.

    Without either, DEBUG and DEMO have a secret of this installation, generated once and stored in VAR_DIR.
    """
    if name := text("SECRET_KEY_FILE"):
        return Path(name)
    if text("SECRET_KEY") or PRODUCTION:
        return None
    path = ensure_folder(VAR_DIR) / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path


def read_secrets(path: Path | None) -> tuple[str, list[str]]:
    """Return the secret in use ("" if there is none) and those that are accepted beside it.

    A file holds one a line, the one in use first. manage.py rotate_secret marks the one that comes next.
    """
    accepted = text_list("SECRET_KEY_FALLBACKS", [])
    if path is None:
        return text("SECRET_KEY"), accepted
    try:
        lines = [line.strip().removeprefix(NEXT_SECRET) for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"SECRET_KEY_FILE names {path}, which cannot be read.") from error
    secret, *others = [line for line in lines if line] or [""]
    return secret, [*others, *accepted]


# In the file of the secrets, before one that is accepted already and used later.
NEXT_SECRET = "next:"  # noqa: S105
SECRET_LENGTH = 50
SECRET_KEY_PATH = find_secret_file()
SECRET_KEY, SECRET_KEY_FALLBACKS = read_secrets(SECRET_KEY_PATH)

LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
NAMED_HOSTS: list[str] = host_list("ALLOWED_HOSTS")

REQUIRED = {
    "SECRET_KEY": "Set SECRET_KEY (50 random characters or more) or SECRET_KEY_FILE, a file that holds it.",
    "ALLOWED_HOSTS": "Set ALLOWED_HOSTS to the host names people type, separated by commas.",
    "BASE_URL": "Set BASE_URL to the address people open, such as https://diary.example.org.",
    "DATABASE_URL": "Set DATABASE_URL, such as postgres://user:password@host/name or sqlite:////srv/diary.sqlite3.",
    "EMAIL_URL": "Set EMAIL_URL, such as smtp+tls://user:password@mail.example.org:587.",
}
if PRODUCTION:
    given = {name: secret_text(name) for name in REQUIRED}
    given |= {"SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": "".join(NAMED_HOSTS)}
    missing = [sentence for name, sentence in REQUIRED.items() if not given[name]]
    if SECRET_KEY and len(SECRET_KEY) < SECRET_LENGTH:
        missing.append("SECRET_KEY is too short: use 50 random characters or more.")
    if any(len(secret) < SECRET_LENGTH for secret in SECRET_KEY_FALLBACKS):
        missing.append("An earlier secret is too short. Each has 50 characters or more, on one line.")
    if SECRET_KEY in SECRET_KEY_FALLBACKS:
        missing.append("SECRET_KEY is also among the earlier secrets. Take it out there.")
    if missing:
        raise ImproperlyConfigured("\n".join(["Not started, because settings are missing:", *missing]))

BASE_URL = origin("BASE_URL", "http://localhost:8000")  # browsers offer passkeys here, not at 127.0.0.1
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = NAMED_HOSTS or LOCAL_HOSTS
CSRF_TRUSTED_ORIGINS = [BASE_URL]


def check_is_allowed(name: str, url: str) -> None:
    """Refuse to start when this server would answer 400 to the host of its own address."""
    host = urlsplit(url).hostname or ""
    if not validate_host(f"[{host}]" if ":" in host else host, ALLOWED_HOSTS):
        raise ImproperlyConfigured(f"ALLOWED_HOSTS does not name {host}, the host of {name}.")


check_is_allowed("BASE_URL", BASE_URL)

# The only list of our own apps, from the lowest layer up: messages, cache digest and tests read it.
LOCAL_APPS = [
    "core",
    "charts",
    "figures",
    "accounts",
    "headaches",
    "treatments",
    "progress",
    "exchange",
    "clinic",
    "reminders",
    "home",
    "hosting",
    "demo",
]

INSTALLED_APPS = [
    *LOCAL_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "anymail",
    "csp",
]

MIDDLEWARE = [
    "core.logs.identify_request",
    "core.middleware.count_requests",
    "core.middleware.accept_any_host",
    "django.middleware.security.SecurityMiddleware",
    "core.middleware.compress_response",
    "core.middleware.set_response_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.auth.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.auth.idle.IdleLogout",
    "accounts.middleware.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.auth.sessions.list_log_in",
    "accounts.middleware.user_locale",
    "core.middleware.refuse_nul",
    "accounts.middleware.explain_wrong_method",
    "accounts.middleware.SecondFactor",
    "accounts.middleware.TooManyAttempts",
]

ROOT_URLCONF = "botoxtrack.urls"
WSGI_APPLICATION = "botoxtrack.wsgi.application"
FORM_RENDERER = "core.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["core.template_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.core_tags",
                "accounts.templatetags.autosave",
            ],
        },
    }
]
