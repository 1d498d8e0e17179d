"""All settings, read from the environment and nowhere else. README.md has the table.

Outside DEBUG and DEMO the process refuses to start without its secrets, one sentence for each missing one.
"""

import os
import re
import secrets
import sys
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from botoxtrack import languages
from botoxtrack.beat import Every

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def flag(name: str, default: bool) -> bool:
    """A switch: 1, true, yes, on or 0, false, no, off; anything else is refused, for a typo must not open a door."""
    word = str(env.str(name, default=str(default))).strip().lower()
    if word not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        raise ImproperlyConfigured(f"{name} is {word!r}; write 1 or 0.")
    return word in {"1", "true", "yes", "on"}


def number(name: str, default: float, low: float) -> float:
    """A number, at least low."""
    word = env.str(name, default=str(default))
    try:
        value = float(word)
    except ValueError:
        value = low - 1
    if not low <= value < 1e9:
        raise ImproperlyConfigured(f"{name} is {word!r}; write a number from {low:g} on.")
    return value


def numbers(name: str, default: list[float]) -> list[float]:
    """Seconds, separated by commas."""
    words = str(env.str(name, default=",".join(map(str, default)))).split(",")
    try:
        found = [float(word) for word in words]
    except ValueError:
        found = []
    if not found or not all(0 <= value < 1e6 for value in found):
        raise ImproperlyConfigured(f"{name} is {','.join(words)!r}; write seconds like 60,300,1800.")
    return found


def read_url(
    name: str, url: str, parse: Callable[[str], dict[str, Any]], needed: str, example: str
) -> dict[str, Any]:
    """A setting that comes as one URL."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown scheme is refused below, in words
            found = parse(url)
    except (ImproperlyConfigured, LookupError, TypeError, ValueError):
        found = {}
    if not found.get(needed):
        raise ImproperlyConfigured(f"{name} cannot be read; write it like {example}.")
    return found


def own_folder(path: Path) -> Path:
    """A folder in VAR_DIR, made where it is missing."""
    why = "permission denied"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK | os.X_OK):
            return path
    except OSError as error:
        why = str(error.strerror).lower()
    raise ImproperlyConfigured(f"VAR_DIR is {str(VAR_DIR)!r}, where nothing can be written: {why}.")


DEBUG = flag("DEBUG", False)
DEMO = flag("DEMO", False)
PRODUCTION = not (DEBUG or DEMO)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


def local_secret() -> str:
    """A secret of this installation's own, made once and kept in VAR_DIR; for DEBUG and DEMO only."""
    path = own_folder(VAR_DIR) / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


def secret_key() -> str:
    """SECRET_KEY, or the content of the file SECRET_KEY_FILE names, or nothing."""
    file = env.str("SECRET_KEY_FILE", default="")
    if not file:
        return str(env.str("SECRET_KEY", default=""))
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY_FILE names {file}, which cannot be read.") from error


SECRET_KEY = secret_key() or ("" if PRODUCTION else local_secret())
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])

LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
NAMED_HOSTS: list[str] = [name.strip() for name in env.list("ALLOWED_HOSTS", default=[]) if name.strip()]

REQUIRED = {
    "SECRET_KEY": "Set SECRET_KEY (50 random characters or more) or SECRET_KEY_FILE, a file that holds it.",
    "ALLOWED_HOSTS": "Set ALLOWED_HOSTS to the host names people type, separated by commas.",
    "BASE_URL": "Set BASE_URL to the address people open, such as https://diary.example.org.",
    "DATABASE_URL": "Set DATABASE_URL, such as postgres://user:password@host/name or sqlite:////srv/diary.sqlite3.",
    "EMAIL_URL": "Set EMAIL_URL, such as smtp+tls://user:password@mail.example.org:587.",
}
if PRODUCTION:
    given = {name: env.str(name, default="").strip() for name in REQUIRED}
    given |= {"SECRET_KEY": SECRET_KEY, "ALLOWED_HOSTS": "".join(NAMED_HOSTS)}
    missing = [sentence for name, sentence in REQUIRED.items() if not given[name]]
    if SECRET_KEY and len(SECRET_KEY) < 50:
        missing.append("SECRET_KEY is too short: use 50 random characters or more.")
    if missing:
        raise ImproperlyConfigured("\n".join(["Not started, because settings are missing:", *missing]))

BASE_URL: str = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
if urlsplit(BASE_URL).scheme not in {"http", "https"} or not urlsplit(BASE_URL).hostname:
    raise ImproperlyConfigured(
        f"BASE_URL is {BASE_URL!r}; it must begin with http:// or https:// and a host name."
    )
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = NAMED_HOSTS or LOCAL_HOSTS
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "accounts",
    "headaches",
    "treatments",
    "progress",
    "reminders",
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
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "accounts.middleware.compressed",
    "accounts.middleware.response_headers",
    "accounts.middleware.whole_pages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.idle.IdleLogout",
    "accounts.middleware.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.user_locale",
    "accounts.middleware.SecondFactor",
]

ROOT_URLCONF = "botoxtrack.urls"
WSGI_APPLICATION = "botoxtrack.wsgi.application"
FORM_RENDERER = "accounts.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "accounts.templatetags.house",
            ],
        },
    }
]

# ---------- data ----------

DATABASE_URL: str = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'botoxtrack.sqlite3'}")
DATABASES = {
    "default": read_url(
        "DATABASE_URL", DATABASE_URL, env.db_url_config, "ENGINE", "postgres://… or sqlite:///…"
    )
}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    # IMMEDIATE takes the write lock at the start: a transaction that upgrades half-way fails with "locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
else:
    DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])  # a socket folder comes as %2Ffolder
    DATABASES["default"]["CONN_MAX_AGE"] = int(number("CONN_MAX_AGE", 60, 0))
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
# Off behind a pooler that lends a connection for one transaction only.
PREPARED_STATEMENTS = flag("PREPARED_STATEMENTS", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = env.str("REDIS_URL", default="")
# What the broker and the cache both understand.
if REDIS_URL and not (REDIS_URL.startswith(("redis://", "rediss://")) and urlsplit(REDIS_URL).netloc):
    raise ImproperlyConfigured("REDIS_URL must begin with redis:// or rediss:// and a host name.")
# Rate limits and one-time codes rest on this cache: shared by every process, and never evicting.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

# ---------- who ----------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.NoContextWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.login.LoginForm"}
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetails"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "phone_number"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
# Figures alone: the field opens the figures keyboard of a phone. Eight, because six can be guessed at.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = int(number("TRUSTED_PROXY_COUNT", 0, 0))
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {"login_webauthn": "accounts.login.PasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER: str = env.str("TOTP_ISSUER", default="Diary")
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
THEME_COOKIE_NAME = f"{COOKIE_PREFIX}theme"
WARM_COOKIE_NAME = f"{COOKIE_PREFIX}warm"
PAIN_COOKIE_NAME = f"{COOKIE_PREFIX}pain"
# Ends with the log-in: what a device keeps is shown without a network as long as it is there.
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"

# ---------- headers ----------

SECURE_SSL_REDIRECT = flag("SSL_REDIRECT", HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^stop/", r"^healthz", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "worker-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# ---------- uploads: 20 MB, the files of an import ----------

FILE_UPLOAD_HANDLERS = [
    "progress.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# ---------- language and time ----------

LANGUAGE_CODE = "en"
LANGUAGES = languages.offered(BASE_DIR / "locale")
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LOCALE_PATHS = [languages.compiled(BASE_DIR / "locale", own_folder(VAR_DIR / "locale"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

# ---------- static files ----------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# ---------- letters ----------

EMAIL_URL: str = env.str("EMAIL_URL", default="consolemail://")
MAIL_EXAMPLE = "smtp+tls://user:password@host:587"
mail = read_url("EMAIL_URL", EMAIL_URL, env.email_url_config, "EMAIL_BACKEND", MAIL_EXAMPLE)
if mail["EMAIL_BACKEND"].endswith(".smtp.EmailBackend") and not mail.get("EMAIL_HOST"):
    raise ImproperlyConfigured(f"EMAIL_URL names no mail server; write it like {MAIL_EXAMPLE}.")
vars().update(mail)
if DEMO:
    EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
# Seconds for each step of a talk with the mail server; a letter may be under way six times as long.
EMAIL_TIMEOUT = number("MAIL_TIMEOUT", 20, 0.1)
# The sender's name says nothing of health: a phone shows it on a locked screen.
DEFAULT_FROM_EMAIL: str = env.str("MAIL_FROM", default=f"Reminder <reminder@{urlsplit(BASE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL


def address(name: str) -> str:
    """An e-mail address, or nothing."""
    word = str(env.str(name, default="")).strip()
    if word and not re.fullmatch(r"[\w.]+@[\w.-]+", word, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {word!r}; write a plain address such as bounce@example.org.")
    return word


# Addresses in letters begin with this. A host name that tells nothing keeps the letters neutral.
LETTER_URL: str = env.str("LETTER_URL", default=BASE_URL).rstrip("/")
if urlsplit(LETTER_URL).scheme not in {"http", "https"} or not urlsplit(LETTER_URL).hostname:
    raise ImproperlyConfigured(
        f"LETTER_URL is {LETTER_URL!r}; it must begin with http:// or https:// and a host name."
    )
MAIL_RETURN_PATH = address("MAIL_RETURN_PATH")
# Letters a minute to one mail domain; 0 for no limit.
MAIL_PER_MINUTE = number("MAIL_PER_MINUTE", 600, 0)
# The provider whose reports of bounces are believed, and the user:password its hook has to show.
MAIL_PROVIDER = str(env.str("MAIL_PROVIDER", default="")).strip().lower()
MAIL_PROVIDERS = (
    "brevo", "mailersend", "mailgun", "mailjet", "postal", "postmark", "resend", "sendgrid", "sparkpost",
)  # fmt: skip
if MAIL_PROVIDER and MAIL_PROVIDER not in MAIL_PROVIDERS:
    raise ImproperlyConfigured(
        f"MAIL_PROVIDER is {MAIL_PROVIDER!r}; write one of {', '.join(MAIL_PROVIDERS)}."
    )
MAIL_HOOK_SECRET: str = env.str("MAIL_HOOK_SECRET", default="")
if MAIL_PROVIDER and not re.fullmatch(r"\S+:\S{16,}", MAIL_HOOK_SECRET):
    raise ImproperlyConfigured(
        "MAIL_PROVIDER needs MAIL_HOOK_SECRET, written like user:password, with 16 characters or more after the colon."
    )
ANYMAIL = {"WEBHOOK_SECRET": MAIL_HOOK_SECRET} if MAIL_HOOK_SECRET else {}
for key, value in os.environ.items():
    if key.startswith("ANYMAIL_"):
        ANYMAIL[key.removeprefix("ANYMAIL_")] = value
# The push services of the browsers; this server posts to no other.
PUSH_SERVICES: list[str] = env.list(
    "PUSH_SERVICES",
    default=["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"],
)
# Who may read /metrics and /healthz/reminders from elsewhere than this machine.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: use 16 random characters or more.")

# ---------- Celery ----------

CELERY_BROKER_URL = REDIS_URL or "files://"  # the second: botoxtrack/broker.py
CELERY_TASK_DEFAULT_QUEUE: str = env.str("QUEUE", default="botoxtrack")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
REMINDER_TICK_SECONDS = number("REMINDER_TICK_SECONDS", 60, 0.2)
REMINDER_MESSAGE_SECONDS = max(1, REMINDER_TICK_SECONDS - 5)
# How long a worker goes on with one batch before it gives the rest back.
REMINDER_BATCH_SECONDS = number("REMINDER_BATCH_SECONDS", 60, 1)
REMINDER_BACK_OFF = numbers("REMINDER_BACK_OFF", [60, 300, 1800, 7200, 7200])
CELERY_BEAT_SCHEDULE = {
    "send-reminders": {
        "task": "reminders.tasks.tick",
        "schedule": Every(timedelta(seconds=REMINDER_TICK_SECONDS)),
        # A tick that no worker took before the next one is worth nothing.
        "options": {"expires": REMINDER_MESSAGE_SECONDS},
    },
    "reconcile-reminders": {
        "task": "reminders.tasks.reconcile",
        "schedule": Every(timedelta(days=1)),
        "options": {"expires": 3600},
    },
}
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 900,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 10,
        "socket_keepalive": True,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
        "store_processed": False,
    }
    for folder in ("queue", "control"):
        own_folder(BROKER_DIR / folder)

# ---------- logs: who and what by id, never an address or a health value ----------

LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LOG_LEVEL = str(env.str("LOG_LEVEL", default="")).strip().upper() or "INFO"
if LOG_LEVEL not in LOG_LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL is {LOG_LEVEL!r}; write one of {', '.join(LOG_LEVELS)}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["out"], "level": LOG_LEVEL},
}
