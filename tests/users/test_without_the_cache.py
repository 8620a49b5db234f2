"""While Valkey is away, nobody counts how many codes were sent or tried: so none is, and everything else goes on."""

from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import gettext, override
from pytest_django.fixtures import Settings

from users.models import User

pytestmark = pytest.mark.django_db

SIGN_IN = "/en/account/"
CODE = "/en/account/code/"


def take_away(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "common.cache.ForgivingCache",
            "LOCATION": "redis://127.0.0.1:9/0",
            "OPTIONS": {"socket_connect_timeout": 1},
        }
    }


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_no_code_is_sent_uncounted(settings: Settings, language: str) -> None:
    take_away(settings)
    answer = Client().post(f"/{language}/account/", {"email": "a@example.org"})
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
    with override(language):
        assert f"<h1>{gettext('One moment, please')}</h1>" in answer.content.decode()
    assert (mail.outbox, User.objects.count()) == ([], 0)


def test_no_code_is_tried_uncounted_and_it_still_enters_afterwards(settings: Settings) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": "a@example.org"})
    [code] = [line for line in str(mail.outbox[0].body).splitlines() if line.isdigit()]
    before = settings.CACHES
    take_away(settings)
    answer = client.post(CODE, {"code": code})
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
    assert client.get("/en/me/").status_code == HTTPStatus.FOUND
    settings.CACHES = before
    assert client.post(CODE, {"code": code})["Location"] == "/en/me/"


@pytest.mark.parametrize(
    "address", ["/en/", "/en/towns/", "/en/towns/temirtau/", "/en/account/", "/api/v1/towns/", "/health/"]
)
def test_what_only_reads_goes_on(settings: Settings, address: str) -> None:
    take_away(settings)
    assert Client().get(address).status_code == HTTPStatus.OK


def test_who_is_signed_in_stays_so(settings: Settings) -> None:
    client = Client()
    client.force_login(User.objects.create_user("a@example.org"))
    take_away(settings)
    assert client.get("/en/me/").status_code == HTTPStatus.OK
