"""Settings shared by every environment.

Nothing secret has a default here, and nothing in this file may depend on the machine: what differs comes from
the environment (docs/operations.md, .env.example).
"""

from decimal import Decimal
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
ROOT = Path(__file__).resolve().parents[3]

DEBUG = False
SECRET_KEY = env("DJANGO_SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "common",
    "audit",
    "transparency",
    "towns",
    "users",
    "councils.members",
    "councils.surveys",
    "councils.indicators",
    "councils.priorities",
    "councils.needs",
    "councils.meetings",
    "funds.ledger",
    "funds.payments",
    "funds.projects",
    "funds.donations",
    "funds.spending",
    "funds.reports",
    "portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
]

# LocaleMiddleware takes the language from the address alone, so that public pages never vary by cookie.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "common.policy.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "common.programs.ProgramsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.tongues.AddressLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "common.http.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "common.jinja.Environments"},
    },
    {
        # Only for what third-party apps bring along.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    },
]

# The site connects as a role that owns nothing; migrations run as the owner (docs/decisions/0002).
DATABASES = {
    "default": {
        **env.db("DATABASE_URL", default="postgres:///asar"),
        "ENGINE": "common.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
DATABASE_OWNER = env.db("DATABASE_OWNER_URL", default=None) if env("DATABASE_OWNER_URL", default="") else None
MIGRATE_NEEDS_OWNER = False  # production: tables belong to a role that the site does not know
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "common.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING holds for tasks too
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_TASK_TIME_LIMIT = 900
CELERY_TIMEZONE = "Asia/Almaty"

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "users:me"
LOGOUT_REDIRECT_URL = "portal:home"

ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code itself proves the address: nobody signs in without it
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
# Five guesses a code: 20 codes a day leave a stranger one chance in ten thousand to enter somebody's account that day.
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,3/m/key,10/h/key,20/d/key"}
ACCOUNT_FORMS = {"request_login_code": "users.forms.SignInForm", "confirm_login_code": "users.forms.CodeForm"}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 10
vars().update(env.email_url_config(env("EMAIL_URL", default="") or "smtp://127.0.0.1:25"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="asar@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", _("Kazakh")), ("ru", _("Russian")), ("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["common.l10n"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Almaty"  # all of Kazakhstan is UTC+5

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(ROOT / ".run" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "common.assets.HashedFiles"},
}
# Uploads are never served from a folder by the web server: each passes a view that knows who may see it.
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(ROOT / ".run" / "media")))
MEDIA_URL = "/media/"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

CSRF_FAILURE_VIEW = "common.http.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *env.list("CSP_FORM_ACTION", default=["https://checkout.stripe.com"])],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    # How many proxies stand in front and write X-Forwarded-For: with 0 the address of the connection counts.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "DEFAULT_THROTTLE_RATES": {"anon": env("API_RATE", default="120/min")},
    "EXCEPTION_HANDLER": "common.http.api_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Asar API",
    "DESCRIPTION": "Towns, needs, figures and ledgers to read, survey responses to send. Amounts are in minor units.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "ENUM_NAME_OVERRIDES": {"ConfidenceEnum": "towns.states.Confidence"},
}

# Stripe: the site runs whole without it. Only the base address differs between the stand-in and production.
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_LIVEMODE = env.bool("STRIPE_LIVEMODE", default=False)
STRIPE_TIMEOUT_SECONDS = 10
# The town whose fund bears what concerns the card account as a whole (its monthly fees, what nobody explains yet);
# empty: the fund that was founded first.
CARD_ACCOUNT_FUND = env("CARD_ACCOUNT_FUND", default="")
# Gifts without a public name are booked together: as soon as so many wait for one purpose and currency, or the oldest
# has waited so many days.
ANONYMOUS_BATCH = env.int("ANONYMOUS_BATCH", default=3)
ANONYMOUS_BATCH_DAYS = env.int("ANONYMOUS_BATCH_DAYS", default=7)

# What the card service is expected to keep, for the words "about" in the form; what it really kept is booked.
# The share of a payment, and fixed parts that differ from funds/donations/rules/fees.py: {"EUR": 35} in minor units.
CARD_FEE_RATE = Decimal(env("CARD_FEE_RATE", default="0.029"))
CARD_FEE_FIXED: dict[str, int] = env.json("CARD_FEE_FIXED", default={})

# After so many months without a payment, monthly givers are told that their fund spends nothing.
IDLE_FUND_MONTHS = env.int("IDLE_FUND_MONTHS", default=3)

# Receipts: who received the card payment for the fund, where that is another; and what may be promised about taxes.
RECEIPT_ISSUER = env("RECEIPT_ISSUER", default="")
RECEIPT_TAX_NOTE = env("RECEIPT_TAX_NOTE", default="")

# Working days after which the tax authority must have been told of a gift from abroad.
FOREIGN_NOTICE_DAYS = env.int("FOREIGN_NOTICE_DAYS", default=10)
# A file of names to compare givers with (CSV or a name a line), how many letters of a word may differ, and whole
# amounts from which a person looks at a gift in any case: KZT=5000000,EUR=10000.
SCREENING_LIST_FILE = env("SCREENING_LIST_FILE", default="")
SCREENING_DISTANCE = env.int("SCREENING_DISTANCE", default=1)
SCREENING_THRESHOLDS: dict[str, str] = env.dict("SCREENING_THRESHOLDS", default={})

# Payment pages an hour from one network and with one e-mail address; refused cards after which an hour is paused; and
# how many pages in ten minutes are a burst. GIFT_CHALLENGE: off, on, or burst: a question before the payment page.
GIFT_LIMIT_NETWORK = env.int("GIFT_LIMIT_NETWORK", default=20)
GIFT_LIMIT_EMAIL = env.int("GIFT_LIMIT_EMAIL", default=10)
GIFT_LIMIT_DECLINES = env.int("GIFT_LIMIT_DECLINES", default=5)
GIFT_BURST = env.int("GIFT_BURST", default=60)
GIFT_CHALLENGE = env("GIFT_CHALLENGE", default="burst")
if GIFT_CHALLENGE not in {"off", "on", "burst"}:
    raise ImproperlyConfigured("GIFT_CHALLENGE is off, on or burst")

# Rules that law or a council sets; each is shown with its source (docs/glossary.md).
QUORUM_SHARE = env.float("QUORUM_SHARE", default=2 / 3)
APPROVALS_REQUIRED = env.int("APPROVALS_REQUIRED", default=2)
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024

# The public log (docs/log.md). Its name is signed into every checkpoint: once logs are open it must not change.
LOG_ORIGIN = env("LOG_ORIGIN", default=SITE_URL.partition("://")[2])
LOG_URL = env("LOG_URL", default="").rstrip("/") or SITE_URL
# The seed of all keys, and beside it what was signed last: both outside the database and its backups.
LOG_SEED_FILE = env("LOG_SEED_FILE", default=str(ROOT / ".run" / "transparency" / "seed"))
# Keys of open surveys, one file each, in no backup: a key that comes back undoes the promise (docs/operations.md).
SURVEY_KEYS_DIR = env("SURVEY_KEYS_DIR", default=str(ROOT / ".run" / "surveys" / "keys"))
LOG_STATE_DIR = env("LOG_STATE_DIR", default=str(Path(LOG_SEED_FILE).parent / "signed"))
# Empty: the towns of this site watch over one another.
LOG_POLICY_FILE = env("LOG_POLICY_FILE", default="")
LOG_WITNESSED_FILE = env("LOG_WITNESSED_FILE", default="")

DEMO = False  # the demo world, one-click sign-in and the mail page exist in development alone

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "common.logs.Discreet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # Request lines carry addresses; with survey answers in the same second they would tell who said what.
    # The Stripe SDK names payment pages at INFO: whoever has such a name can look the donor up.
    "loggers": {
        "django.server": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "stripe": {"level": "WARNING"},
    },
}
