"""Tests: the development settings, quiet and quick, on a database of their own. `make test` provides the servers."""

from tempfile import TemporaryDirectory

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, MIDDLEWARE, env

# No folder of collected files here, and the tests read none over HTTP.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise")]
SECRET_KEY = "tests-only"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DEMO = True
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="sk_test_tests")
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", default="whsec_tests")
STRIPE_API_BASE = env("STRIPE_API_BASE", default="http://127.0.0.1:9")
LOGGING = {"version": 1, "disable_existing_loggers": False}

# One folder a process, gone with it: databases of a whole run keep their open waves' keys in it.
_keys = TemporaryDirectory(prefix="asar-survey-keys-")
SURVEY_KEYS_DIR = env("SURVEY_KEYS_DIR", default=_keys.name)
