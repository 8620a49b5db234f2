"""Production. It refuses to start with a missing, short or well-known secret, and it never serves the demo world."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, SECRET_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, env

_MIN_SECRET, _MIN_SIGNS = 50, 10
_KNOWN = ("development-only", "tests-only", "change-me", "changeme", "secret", "insecure")


def _refuse(name: str, what_to_do: str) -> None:
    raise ImproperlyConfigured(f"{name}: {what_to_do}")


_poor = len(SECRET_KEY) < _MIN_SECRET or len(set(SECRET_KEY)) < _MIN_SIGNS
if _poor or any(word in SECRET_KEY.lower() for word in _KNOWN):
    _refuse("DJANGO_SECRET_KEY", f"set a random value of at least {_MIN_SECRET} characters (see .env.example)")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    _refuse("ALLOWED_HOSTS", "name the hosts that this site answers for, separated by commas")
# Without mail nobody could sign in, and a sender that mail servers refuse is no better than none.
for _name in ("DATABASE_URL", "REDIS_URL", "SITE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL"):
    if not env(_name, default=""):
        _refuse(_name, "is missing; see .env.example")
# DATABASE_OWNER_URL is for `migrate` alone: whoever serves pages must not be able to switch the ledger's rules off.
for _name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
    _parts = urlsplit(env(_name, default="").lower())
    _known_here = (_parts.username, "postgres", "password", "asar", *_KNOWN)
    if _parts.scheme and (not _parts.password or _parts.password in _known_here):
        _refuse(_name, "holds no password or a well-known one; choose a random one")
if urlsplit(env("DATABASE_URL")).username == urlsplit(env("DATABASE_OWNER_URL", default="")).username:
    _refuse("DATABASE_URL", "must name another role than DATABASE_OWNER_URL: an owner can switch its rules off")
MIGRATE_NEEDS_OWNER = True
if STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRET:
    _refuse("STRIPE_WEBHOOK_SECRET", "is needed as soon as STRIPE_SECRET_KEY is set: forged webhooks must be refused")

for _name in ("LOG_ORIGIN", "LOG_SEED_FILE"):
    if not env(_name, default=""):
        _refuse(_name, "is missing; the public log signs with it (see .env.example and docs/log.md)")
if not env("SURVEY_KEYS_DIR", default=""):
    _refuse("SURVEY_KEYS_DIR", "is missing; keys of open surveys lie there, in no backup (see docs/operations.md)")
if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9.-]+)*", env("LOG_ORIGIN")):
    _refuse("LOG_ORIGIN", "is a host, or a host with a path, without scheme and without a slash at the end")

DEMO = False
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith("sk_live_")
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
