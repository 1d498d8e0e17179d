"""Accounts: log-in, sign-up, second factor, sessions and cookies."""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from botoxtrack.environment import text, whole_number
from botoxtrack.settings.base import HTTPS

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.auth.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.auth.validators.NoContextWords"},
    {"NAME": "accounts.auth.validators.NoDecoratedCommonPassword"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_SIGNUP_REDIRECT_URL = "begin"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "accounts.auth.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.auth.forms.LoginForm",
    "signup": "accounts.auth.forms.SignupForm",
    "confirm_email_verification_code": "accounts.auth.forms.EmailCodeForm",
    "confirm_password_reset_code": "accounts.auth.forms.PasswordResetCodeForm",
}
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
# Wrong passwords: five in five minutes for an account from one place, or from a browser it was used in (adapters.py).
# The last line limits guessing from many places at once.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_elsewhere": "100/h/key",
    # Our own: what sends e-mails, or takes a long time.
    "export": "20/h/user",
    "import": "30/h/user",
    "invite": "20/d/user",
    "csp_report": "20/m/ip",
    # Of programs: a key's requests, those without a key that works, and links for a visit.
    "fhir": "120/m/key",
    "fhir_refused": "30/m/ip",
    "health_link": "60/m/ip",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
# Digits only, for the numeric keyboard of a phone; eight, because six can be guessed.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ALLAUTH_TRUSTED_PROXY_COUNT = whole_number("TRUSTED_PROXY_COUNT", 0)
MFA_ADAPTER = "accounts.auth.adapters.MFAAdapter"
MFA_FORMS = {
    "login_webauthn": "accounts.auth.forms.PasskeyForm",
    "authenticate": "accounts.auth.forms.SecondFactorForm",
    "reauthenticate": "accounts.auth.forms.ReauthenticationForm",
    "activate_totp": "accounts.auth.forms.AppActivationForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER: str = text("TOTP_ISSUER", "Diary")
if ":" in MFA_TOTP_ISSUER:
    raise ImproperlyConfigured("TOTP_ISSUER holds a colon, after which apps read an account; leave it out.")
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_ENGINE = "accounts.auth.sessions"
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
BROWSER_COOKIE_NAME = f"{COOKIE_PREFIX}browser"
PAIN_COOKIE_NAME = f"{COOKIE_PREFIX}pain"
# The latest change of the diary, whose notice offers its undo.
NOTICE_COOKIE_NAME = f"{COOKIE_PREFIX}notice"
# Ends with the log-in; while it exists, a device shows its stored data without a network.
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"
