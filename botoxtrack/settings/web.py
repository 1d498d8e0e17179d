"""Responses: security headers, uploads, languages and static files."""

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from botoxtrack import languages
from botoxtrack.environment import flag, paragraphs
from botoxtrack.settings.auth import ALLAUTH_TRUSTED_PROXY_COUNT, COOKIE_PREFIX
from botoxtrack.settings.base import BASE_DIR, DEBUG, HTTPS, VAR_DIR, ensure_folder

# Headers

SECURE_SSL_REDIRECT = flag("SSL_REDIRECT", HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^stop/", r"^healthz", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Both bind every other host of the domain, so the operator decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = flag("HSTS_PRELOAD", False)
if SECURE_HSTS_PRELOAD and not SECURE_HSTS_INCLUDE_SUBDOMAINS:
    raise ImproperlyConfigured(
        "HSTS_PRELOAD needs HSTS_SUBDOMAINS=1: browsers take no domain without its subdomains."
    )
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = None  # core.middleware.set_response_headers sets it, for pages only
X_FRAME_OPTIONS = "DENY"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # Workers too.
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "report-uri": "/csp/",
    }
}

# Uploads: 20 MB, the files of an import

FILE_UPLOAD_HANDLERS = [
    "exchange.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Notices name medicines and days, so they stay on the server.

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = languages.list_languages(BASE_DIR / "locale")
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LOCALE_PATHS = [languages.compile_catalogues(BASE_DIR / "locale", ensure_folder(VAR_DIR / "locale"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "botoxtrack.static_storage.ModuleStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # Cross-Origin-Resource-Policy keeps other sites out anyway

# Texts of the operator

IMPRINT: list[str] = paragraphs("IMPRINT_FILE")
PRIVACY: list[str] = paragraphs("PRIVACY_FILE")
