"""Settings: one file, every switch from the environment, working defaults.

No variable set means: DEBUG with the demo practice, SQLite under DATA_DIR, mail into the
local inbox page. Production (DEBUG=false) refuses unsafe values at start.
"""

import os
import re
from email import policy
from email.utils import formataddr
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from clinic.schedule import BEAT_SCHEDULE
from clinic.secret_files import read_secret_files

BASE_DIR = Path(__file__).resolve().parent.parent
# A secret may stand in a file, as containers are handed them: SECRET_KEY_FILE instead of SECRET_KEY.
SECRETS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "ANYMAIL_*"),
    "SENTRY_DSN",
)
env = environ.Env()
env.ENVIRON = read_secret_files(os.environ, names=SECRETS)

DEBUG = env.bool("DEBUG", default=True)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- Secrets and hosts ------------------------------------------------------

DEVELOPMENT_SECRET_KEY = "development-only-" + "not-a-secret-" * 4
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
IS_HTTPS = PUBLIC_URL.startswith("https://")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "testserver")
IS_LOCAL = urlsplit(PUBLIC_URL).hostname in ("localhost", "127.0.0.1", "::1")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[*LOCAL_NAMES] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if IS_HTTPS else []
# How many proxies in front of us add to X-Forwarded-For; 0 means the header is ignored.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- The practice -----------------------------------------------------------

# It reaches nobody.
DEMO_PHONE = "(212) 555-0142"
CLINIC = {
    "name": env.str("CLINIC_NAME", default="Alder Street Neurology (demo)"),
    # Stands in From, subjects and calendar entries: must not name the specialty.
    "short_name": env.str("CLINIC_SHORT_NAME", default="Alder Street"),
    "phone": env.str("CLINIC_PHONE", default=DEMO_PHONE),
    "phone_hours": env.str("CLINIC_PHONE_HOURS", default="Monday to Friday, 8 am to 5 pm"),
    # Empty: the English ones stand on Spanish pages too.
    "phone_hours_es": env.str(
        "CLINIC_PHONE_HOURS_ES",
        default="" if "CLINIC_PHONE_HOURS" in env.ENVIRON else "lunes a viernes, de 8 am a 5 pm",
    ),
    "email": env.str("CLINIC_EMAIL", default="frontdesk@clinic.example.org"),
    "address": env.str("CLINIC_ADDRESS", default="418 Alder Street, 2nd floor, New York, NY 10016"),
}
# Reminders leave between these hours of the location's day; docs/adr/0012.
REMINDERS_FROM_HOUR = env.int("REMINDERS_FROM_HOUR", default=8)
REMINDERS_UNTIL_HOUR = env.int("REMINDERS_UNTIL_HOUR", default=20)
# The link "Show on a map"; {address} becomes the clinic's. Empty: no link.
MAP_URL = env.str("MAP_URL", default="https://www.openstreetmap.org/search?query={address}")
CLINIC_TIME_ZONE = env.str("CLINIC_TIME_ZONE", default="America/New_York")
HOLD_MINUTES = env.int("HOLD_MINUTES", default=20)
MAX_HOLDS_PER_ADDRESS = env.int("MAX_HOLDS_PER_ADDRESS", default=10)
# A proposal to a patient whose clinician is away is held so long; who is silent then is called.
AWAY_ANSWER_HOURS = env.int("AWAY_ANSWER_HOURS", default=24)
# How long somebody on the waitlist may think about a time; shorter where the visit is near.
OFFER_MINUTES = env.int("OFFER_MINUTES", default=60)
MAX_UPCOMING_VISITS = env.int("MAX_UPCOMING_VISITS", default=4)
# For a household, a waiting room or a care home these are plenty.
MAX_HOLD_TRIES_PER_HOUR = env.int("MAX_HOLD_TRIES_PER_HOUR", default=60)
MAX_BOOKINGS_PER_DAY = env.int("MAX_BOOKINGS_PER_DAY", default=30)
# Of one visit by its patient: each is a mail, and more than anybody needs who looks for a time that suits.
MAX_MOVES_PER_DAY = env.int("MAX_MOVES_PER_DAY", default=10)
# Nobody fills in a form faster; 0 takes any, also one without its signed start.
MIN_FILL_SECONDS = env.int("MIN_FILL_SECONDS", default=3)

# --- Applications -----------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",  # its widget templates, for FORM_RENDERER
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "anymail",
    "auditlog",
    "audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "clinic",
    "booking",
    "simple_history",
    "education",
    "outbox",
    "staff",
]

MIDDLEWARE = [
    # Numbers the request before anything is logged about it.
    "clinic.watching.following.follow_request",
    # Around all the others, and it refuses nothing itself: no answer leaves without.
    "clinic.headers.set_headers",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "booking.views.personal.keep_visits_private",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.language.follow_address",  # around all that may answer in words
    "clinic.compression.CompressPublicPages",
    "clinic.unreadable.refuse_unreadable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "clinic.origin.name_own_origin",  # before the CSRF check, which it answers
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.current.keep_record",  # around all that may refuse a request of staff
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "staff.idle.end_idle_sessions",
    "staff.second_factor.require_second_factor",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.branding.branding",
                "staff.idle.explain_session",
            ],
        },
    },
]
# Forms render with the project's own templates where those exist.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
PHONENUMBER_DEFAULT_REGION = "US"

# --- Database ---------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'clinic.sqlite3'}")
if not DATABASE_URL.startswith(("sqlite:///", "postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgres://.")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE and a long timeout: with DEFERRED, writers that meet fail with "database is
    # locked" (6,597 times in a ten-second storm; with this, none). See docs/adr/0002.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database.setdefault("CONN_HEALTH_CHECKS", True)
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# Seconds. A new connection for each request costs more than most requests: on SQLite too, where Django
# gives each one its functions.
_database.setdefault("CONN_MAX_AGE", 60)
# Never ATOMIC_REQUESTS: it takes SQLite's write lock for every page view.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Language and time ------------------------------------------------------

LANGUAGE_CODE = "en"
# Each by its own name, as its readers know it.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = CLINIC_TIME_ZONE
USE_TZ = True
USE_I18N = True

# --- Static files -----------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- The audit trail --------------------------------------------------------

AUDITLOG_LOGENTRY_MODEL = "audit.Entry"
# Its migrations would make a table that nobody uses and that points at users all the same.
MIGRATION_MODULES = {"auditlog": None}

# --- Sign-in of staff -------------------------------------------------------
# What each of these keeps out: docs/adr/0018.

# Off only in the demo, whose password everybody knows.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEBUG)
# A session that nobody uses ends; 0: it does not.
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=15)
# How long ago somebody may have shown who they are, to change roles; 0: whenever.
STAFF_FRESH_MINUTES = env.int("STAFF_FRESH_MINUTES", default=10)

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "staff.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# Theirs count in a cache, which each process has for itself. Ours: staff/limits.py.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "staff.forms.SignInForm",
    "reset_password": "staff.forms.NewPasswordWish",
    "change_password": "staff.forms.OwnPasswordForm",
}
MFA_ADAPTER = "staff.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# A browser's "localhost" is safe without TLS, but no https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
# Whoever was invited by mail has that address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
# Clocks of phones are off by some seconds.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "staff.forms.CodeForm",
    "reauthenticate": "staff.forms.CodeAgainForm",
    "activate_totp": "staff.forms.AppSetUpForm",
    "add_webauthn": "staff.forms.PasskeyForm",
}
PASSWORD_RESET_TIMEOUT = 60 * 60

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Sessions, cookies, headers ---------------------------------------------

SESSION_ENGINE = "clinic.sessions"
# In a cookie, messages of the admin would carry patients' names.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# With __Host- a browser takes a cookie only over TLS and from this very host: no neighbour can plant one.
COOKIE_PREFIX = "__Host-" if IS_HTTPS and not DEBUG else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if not DEBUG:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_HTTPS)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # The first for browsers that know the Reporting-Endpoints header, the second for the others.
        "report-to": "csp",
        "report-uri": "/reports/csp/",
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
}
# What is longer is refused before it is read. The longest form of ours, an article, has a tenth of it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# No form takes a file.
DATA_UPLOAD_MAX_NUMBER_FILES = 0

# --- Mail -------------------------------------------------------------------

# A provider by its API, as Anymail calls it ("postmark"); everything else about it in ANYMAIL_….
MAIL_PROVIDER = env.str("MAIL_PROVIDER", default="")
if MAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
elif "EMAIL_URL" in env.ENVIRON:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "outbox.inbox.InboxBackend" if DEBUG else "django.core.mail.backends.smtp.EmailBackend"
# Below the outbox's lease by far: a lease shorter than the SMTP time sent 16 copies of 4 mails.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str(
    # With quotation marks where the name wants them: "Alder, Birch & Partners" would be two addresses.
    "DEFAULT_FROM_EMAIL",
    default=formataddr((CLINIC["short_name"], "appointments@clinic.example.org")),
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# user:password, as the provider sends it with its news of bounces. Without it nobody may tell us any.
MAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")
ANYMAIL = {
    **{
        name.removeprefix("ANYMAIL_"): value
        for name, value in env.ENVIRON.items()
        if name.startswith("ANYMAIL_") and value
    },
    "REQUESTS_TIMEOUT": EMAIL_TIMEOUT,
    # Tracking would lead every visit link over the provider's servers.
    "SEND_DEFAULTS": {"track_clicks": False, "track_opens": False},
    # Few of them take a calendar as an alternative: there the attached file has to do.
    "IGNORE_UNSUPPORTED_FEATURES": True,
}
# Mails that may leave in a minute, overall and to one domain; 0: as many as there are.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
MAIL_PER_MINUTE_PER_DOMAIN = env.int("MAIL_PER_MINUTE_PER_DOMAIN", default=0)
# How long the outbox remembers what it has sent. Failed messages stay.
OUTBOX_RETENTION_DAYS = env.int("OUTBOX_RETENTION_DAYS", default=800)

# --- Cache ------------------------------------------------------------------
# Holds answers about free time, by version, and nothing about patients: docs/adr/0026. Not through
# environ's cache_url, which would want django-redis.

CACHE_URL = env.str("CACHE_URL", default=env.str("REDIS_URL", default=""))
CACHES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if not CACHE_URL
    else {
        "BACKEND": "clinic.cache.ForgivingRedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {
            "serializer": "clinic.cache.JsonSerializer",
            # Seconds. A page without it takes less than a wait for it.
            "socket_connect_timeout": 0.2,
            "socket_timeout": 0.2,
        },
    },
    # Whole pages, of each process alone: it knows its own templates and files, and whoever can write to Redis
    # must not write what patients read.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
}

# For how long a process that lists open times goes by the versions it has read last: docs/adr/0032. Whoever
# holds or books is judged by the rows themselves.
VERSIONS_KNOWN_SECONDS = 0.5

# --- Backups ----------------------------------------------------------------

BACKUP_DIR = Path(env.str("BACKUP_DIR", default=str(DATA_DIR / "backups"))).resolve()
# A public key. Without it a backup is readable by whoever gets hold of it.
BACKUP_ENCRYPT_TO = env.str("BACKUP_ENCRYPT_TO", default="").replace(" ", "")

# --- How long the rest is kept ----------------------------------------------
# `manage.py purge --dry-run` lists all of it, with what is due.

LINK_RETENTION_DAYS = env.int("LINK_RETENTION_DAYS", default=30)
WAITLIST_RETENTION_DAYS = env.int("WAITLIST_RETENTION_DAYS", default=365)
# After so many years without a visit a patient is erased; 0: only by hand, as the law of the place may want.
PATIENT_RETENTION_YEARS = env.int("PATIENT_RETENTION_YEARS", default=0)

# --- Celery -----------------------------------------------------------------
# Publishing must never hold up a patient: short timeouts, no retries; the beat sweep is
# what makes sure. Measured traps: docs/adr/0003.

CELERY_BROKER_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Logs -------------------------------------------------------------------

# "json" is one object a line, with the number of the request; "text" is for people.
LOG_FORMAT = env.str("LOG_FORMAT", default="text" if DEBUG else "json")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"hide_visit_links": {"()": "clinic.logs.HideVisitLinks"}},
    "formatters": {
        "text": {
            "()": "clinic.logs.QuietFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "clinic.logs.JsonFormatter"},
    },
    # At the handler, so that no logger can go round it.
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["hide_visit_links"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # Django's own handler for these would write past ours.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": True},
        # A line for each answer, and for the tasks it asked for; who reads the text sees the site beside it.
        # Levels of their own: Celery's worker sets the root's to WARNING.
        "clinic.requests": {"level": LOG_LEVEL if LOG_FORMAT == "json" else "WARNING"},
        "clinic.tasks": {"level": LOG_LEVEL if LOG_FORMAT == "json" else "WARNING"},
    },
}

# Where clinic.watching.server shows the figures for Prometheus. gunicorn.conf.py reads it too.
METRICS_BIND = env.str("METRICS_BIND", default="")
# Errors, without anybody's data, to a Sentry of the practice's choice. Empty: nowhere.
SENTRY_DSN = env.str("SENTRY_DSN", default="")

# --- What production refuses ------------------------------------------------

if DEBUG and not (IS_LOCAL and {*ALLOWED_HOSTS} <= {*LOCAL_NAMES}):
    # A page that fails would show the settings and what somebody typed; and the demo's passwords are known.
    raise ImproperlyConfigured("Set DEBUG=false where others reach the site.")
if METRICS_BIND and not re.fullmatch(r"(\S+:)?\d{1,5}", METRICS_BIND):
    raise ImproperlyConfigured("Set METRICS_BIND to a host and a port, such as 127.0.0.1:9180.")
if LOG_FORMAT not in ("json", "text"):
    raise ImproperlyConfigured("Set LOG_FORMAT to json or text.")
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("Set TRUSTED_PROXIES to the number of proxies in front, 0 or more.")
if MAIL_PROVIDER and (
    MAIL_PROVIDER in ("base", "base_requests", "console", "test")
    or not MAIL_PROVIDER.isidentifier()
    or find_spec(f"anymail.backends.{MAIL_PROVIDER}") is None
):
    # Found out only when a mail leaves, every mail would be a dead letter.
    raise ImproperlyConfigured("Set MAIL_PROVIDER to a mail provider that Anymail knows.")
_own_addresses = {"DEFAULT_FROM_EMAIL": DEFAULT_FROM_EMAIL, "CLINIC_EMAIL": CLINIC["email"]}
for _name, _text in _own_addresses.items():
    # Read as Django reads it when a mail leaves: then every mail would be a dead letter.
    _groups = policy.default.header_factory("From", _text).groups
    _is_one = len(_groups) == 1 and _groups[0].display_name is None
    if not _is_one or not _groups[0].addresses[0].domain:
        raise ImproperlyConfigured(
            f"Set {_name} to one address. With a name before it: "
            '"Alder, Birch & Partners" <appointments@clinic.example.org>, with the quotation marks.'
        )
if MAIL_WEBHOOK_SECRET and not (":" in MAIL_WEBHOOK_SECRET and len(MAIL_WEBHOOK_SECRET) >= 20):
    raise ImproperlyConfigured("Set ANYMAIL_WEBHOOK_SECRET to user:password, of at least 20 characters.")
if not re.fullmatch(r"|age1[0-9a-z]{20,}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}", BACKUP_ENCRYPT_TO):
    raise ImproperlyConfigured(
        "Set BACKUP_ENCRYPT_TO to a public key: age1… of age, or the whole fingerprint of a key of GnuPG."
    )
if not 0 <= REMINDERS_FROM_HOUR < REMINDERS_UNTIL_HOUR <= 23:
    raise ImproperlyConfigured(
        "Set REMINDERS_FROM_HOUR and REMINDERS_UNTIL_HOUR to hours of one day, the first below the second."
    )
if MAX_MOVES_PER_DAY < 1:
    raise ImproperlyConfigured("Set MAX_MOVES_PER_DAY to 1 or more.")
if STAFF_IDLE_MINUTES < 0 or STAFF_FRESH_MINUTES < 0:
    raise ImproperlyConfigured("Set STAFF_IDLE_MINUTES and STAFF_FRESH_MINUTES to 0 or more.")
if LINK_RETENTION_DAYS < 2 or WAITLIST_RETENTION_DAYS < 1 or PATIENT_RETENTION_YEARS < 0:
    # A link opens its visit until the day after.
    raise ImproperlyConfigured(
        "Set LINK_RETENTION_DAYS to 2 or more, WAITLIST_RETENTION_DAYS to 1 or more, "
        "PATIENT_RETENTION_YEARS to 0 or more."
    )
if not DEBUG:
    for _name, _key in [
        ("SECRET_KEY", SECRET_KEY),
        *(("SECRET_KEY_FALLBACKS", key) for key in SECRET_KEY_FALLBACKS),
    ]:
        _is_weak = len(_key) < 50 or len(set(_key)) < 5 or _key.startswith("django-insecure-")
        if _key == DEVELOPMENT_SECRET_KEY or _is_weak:
            raise ImproperlyConfigured(f"Set {_name} to a random text of at least 50 characters.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "Set ALLOWED_HOSTS to the names this site answers to, separated by commas."
        )
    if not MAIL_PROVIDER and EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        raise ImproperlyConfigured(
            "Set EMAIL_URL to the mail server, for example smtp+tls://user:password@host:587."
        )
    for _name, _text in _own_addresses.items():
        # The defaults: nobody reads what patients answer there, and mail from there is thrown away.
        if not IS_LOCAL and "@clinic.example.org" in _text:
            raise ImproperlyConfigured(f"Set {_name} to an address of your own.")
    if not IS_HTTPS and not IS_LOCAL:
        raise ImproperlyConfigured("Set PUBLIC_URL to the address of the site, beginning with https://.")
    # The proxy takes it as it stands (deploy/Caddyfile), and would serve that one path.
    if urlsplit(env.str("PUBLIC_URL", default="")).path:
        raise ImproperlyConfigured("Set PUBLIC_URL without anything after the name, not even a slash.")
    if not STAFF_SECOND_FACTOR:
        raise ImproperlyConfigured("Leave STAFF_SECOND_FACTOR on: only the demo may do without.")
    if not 1 <= STAFF_IDLE_MINUTES <= 60 or not 1 <= STAFF_FRESH_MINUTES <= 60:
        raise ImproperlyConfigured("Set STAFF_IDLE_MINUTES and STAFF_FRESH_MINUTES to 1 to 60 minutes.")
