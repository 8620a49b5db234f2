"""Settings of a worker whose letters a test reads: they go into files of the folder that MAIL_SPOOL names."""

from config.settings.base import env
from config.settings.test import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env("MAIL_SPOOL")
