"""Development: what `make run` serves. Never use it where strangers can reach it: anybody may enter any demo role."""

import os
from pathlib import Path

import environ

_run_dir = Path(os.environ.get("ASAR_RUN_DIR", str(Path(__file__).resolve().parents[3] / ".run")))
if "DATABASE_URL" not in os.environ and (_run_dir / "env").exists():
    environ.Env.read_env(str(_run_dir / "env"))

from config.settings.base import *  # noqa: E402, F403
from config.settings.base import SECRET_KEY as _given_key  # noqa: E402, N811
from config.settings.base import env  # noqa: E402

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _given_key or "development-only"
ALLOWED_HOSTS = ["*"]
DEMO = env.bool("ASAR_DEMO", default=True)
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(_run_dir / "mail")
STATIC_ROOT = _run_dir / "static"
MEDIA_ROOT = _run_dir / "media"
# Not the address: the port may be another one tomorrow, and a log's name must stay.
LOG_ORIGIN = env("LOG_ORIGIN", default="asar.localhost")
LOG_SEED_FILE = env("LOG_SEED_FILE", default=str(_run_dir / "transparency" / "seed"))
SURVEY_KEYS_DIR = env("SURVEY_KEYS_DIR", default=str(_run_dir / "surveys" / "keys"))
LOG_STATE_DIR = env("LOG_STATE_DIR", default=str(Path(LOG_SEED_FILE).parent / "signed"))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **CONTENT_SECURITY_POLICY["DIRECTIVES"],  # noqa: F405
        # The stand-in's payment page lives on another port of this machine.
        "form-action": ["'self'", env("STRIPE_API_BASE", default="https://checkout.stripe.com")],
    }
}
