"""Production refuses to start with what strangers know, and it never opens the doors of the demo world."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RANDOM = "m5Fv0q9Zr2LkX8cT1wYbN7dHs3GjP6aRuE4iOzQx_VtKhJnBf"
GOOD = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "DJANGO_SECRET_KEY": f"{RANDOM}{RANDOM}",
    "ALLOWED_HOSTS": "asar.example,www.asar.example",
    "SITE_URL": "https://asar.example/",
    "DATABASE_URL": f"postgres://asar_app:{RANDOM}@db:5432/asar",
    "DATABASE_OWNER_URL": f"postgres://asar_owner:{RANDOM[::-1]}@db:5432/asar",
    "REDIS_URL": f"redis://:{RANDOM}@cache:6379/0",
    "LOG_ORIGIN": "asar.example",
    "LOG_SEED_FILE": "/srv/asar/var/log/seed",
    "SURVEY_KEYS_DIR": "/srv/asar/var/surveys",
    "EMAIL_URL": "smtp+tls://asar:word@mail.example:587",
    "DEFAULT_FROM_EMAIL": "Asar <asar@asar.example>",
}
TELL = """
import json, django
django.setup()
from django.conf import settings
from django.urls import get_resolver, NoReverseMatch, reverse
def routed(name):
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
names = ("DEBUG", "DEMO", "STRIPE_LIVEMODE", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
         "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_BACKEND",
         "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "DEFAULT_FROM_EMAIL", "SERVER_EMAIL")
told = {name: getattr(settings, name) for name in names}
told["demo"] = [routed(name) for name in ("demo:people", "demo:enter", "demo:mail")]
told["home"] = routed("portal:home")
print(json.dumps(told))
"""


def start(program: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """A fresh Python with production's environment and nothing of ours."""
    told = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    env = {"PATH": os.environ["PATH"], **told}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def refusal(**changes: str | None) -> str:
    """The last line that production says when it refuses to start."""
    ran = start("import config.settings.prod", **changes)
    assert ran.returncode == 1, ran.stdout
    return ran.stderr.strip().splitlines()[-1]


def test_production_starts_with_good_secrets_and_without_the_demo() -> None:
    ran = start(TELL)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "DEBUG": False,
        "DEMO": False,
        "STRIPE_LIVEMODE": False,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SITE_URL": "https://asar.example",
        "ALLOWED_HOSTS": ["asar.example", "www.asar.example"],
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
        "DEFAULT_FROM_EMAIL": "Asar <asar@asar.example>",
        "SERVER_EMAIL": "Asar <asar@asar.example>",
        "demo": [None, None, None],
        "home": "/kk/",
    }


def test_nothing_in_the_environment_switches_the_demo_on() -> None:
    ran = start(TELL, ASAR_DEMO="1", DEMO="1", DEBUG="1")
    told = json.loads(ran.stdout)
    assert (told["DEMO"], told["DEBUG"], told["demo"]) == (False, False, [None] * 3)


def test_payments_are_real_when_the_key_says_so() -> None:
    ran = start(TELL, STRIPE_SECRET_KEY="sk_live_x", STRIPE_WEBHOOK_SECRET="whsec_x", STRIPE_LIVEMODE="false")
    assert json.loads(ran.stdout)["STRIPE_LIVEMODE"] is True


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        RANDOM,  # one sign short of fifty
        "development-only" * 5,
        "tests-only" * 9,
        f"Change-Me-{RANDOM}{RANDOM}",
        f"django-INSECURE-{RANDOM}",
        "secret" * 10,
        "a" * 60,
    ],
)
def test_a_missing_short_or_known_key_is_refused(key: str | None) -> None:
    assert "DJANGO_SECRET_KEY: set a random value of at least 50 characters" in refusal(DJANGO_SECRET_KEY=key)


@pytest.mark.parametrize("hosts", [None, "", "*", "asar.example,*"])
def test_a_site_that_answers_for_every_host_is_refused(hosts: str | None) -> None:
    assert "ALLOWED_HOSTS: name the hosts" in refusal(ALLOWED_HOSTS=hosts)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SITE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    assert f"{name}: is missing" in refusal(**{name: value})


@pytest.mark.parametrize("name", ["LOG_ORIGIN", "LOG_SEED_FILE", "SURVEY_KEYS_DIR"])
def test_a_log_without_name_or_seed_is_refused(name: str) -> None:
    assert f"{name}: is missing" in refusal(**{name: None})
    assert f"{name}: is missing" in refusal(**{name: ""})


@pytest.mark.parametrize("origin", ["https://asar.example", "asar.example/", "Asar.example", "asar example", "a+b"])
def test_a_log_origin_is_a_host_without_scheme(origin: str) -> None:
    assert "LOG_ORIGIN: is a host" in refusal(LOG_ORIGIN=origin)


@pytest.mark.parametrize(
    "word", ["postgres", "password", "Password", "asar", "changeme", "change-me", "secret", "somebody", ""]
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"])
def test_a_known_password_is_refused(name: str, word: str) -> None:
    assert f"{name}: holds no password or a well-known one" in refusal(
        **{name: f"postgres://somebody:{word}@db:5432/asar"}
    )


def test_the_site_never_owns_its_tables() -> None:
    told = refusal(DATABASE_URL=GOOD["DATABASE_OWNER_URL"])
    assert "DATABASE_URL: must name another role than DATABASE_OWNER_URL" in told


def test_the_site_runs_without_the_owners_password() -> None:
    """It is for `migrate` alone, which says so."""
    assert start(TELL, DATABASE_OWNER_URL=None).returncode == 0
    migrate = "import sys; sys.argv = ['manage.py', 'migrate', '--skip-checks']; exec(open('manage.py').read())"
    ran = start(migrate, DATABASE_OWNER_URL=None)
    assert ran.returncode == 1
    assert "DATABASE_OWNER_URL" in ran.stderr.strip().splitlines()[-1]


def test_no_log_names_a_payment_page() -> None:
    """The SDK tells the name of every page that it asks for, at INFO; an error of it is still heard."""
    told = "log = logging.getLogger('stripe'); log.info('GET /v1/checkout/sessions/cs_live_secret'); log.error('gone')"
    ran = start(f"import logging, django; django.setup(); {told}", LOG_LEVEL="INFO")
    assert (ran.returncode, "cs_live_secret" in ran.stderr, "ERROR stripe gone" in ran.stderr) == (0, False, True)


def test_payments_without_a_signed_webhook_are_refused() -> None:
    assert "STRIPE_WEBHOOK_SECRET: is needed as soon as STRIPE_SECRET_KEY is set" in refusal(
        STRIPE_SECRET_KEY="sk_live_x"
    )


def test_the_example_as_it_is_shipped_does_not_start() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    told: dict[str, str | None] = {**dict.fromkeys(GOOD), **example}
    assert "DJANGO_SECRET_KEY" in refusal(**told)


@pytest.mark.parametrize("wrong", ["", "On", "true"])
def test_a_challenge_that_is_none_of_three_words_stops_the_start(wrong: str) -> None:
    assert refusal(GIFT_CHALLENGE=wrong).endswith("GIFT_CHALLENGE is off, on or burst")
