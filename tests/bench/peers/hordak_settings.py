"""A Django project with nothing but django-hordak, for the bench."""

import dj_database_url  # type: ignore[import-not-found]  # in its own environment

SECRET_KEY = "only for measuring"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "mptt", "hordak"]
DATABASES = {"default": {**dj_database_url.config(env="DATABASE_URL"), "CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
HORDAK_DEFAULT_CURRENCY = DEFAULT_CURRENCY = "EUR"
HORDAK_CURRENCIES = CURRENCIES = ["EUR"]
