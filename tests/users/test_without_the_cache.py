"""While Valkey is away, nobody counts how many codes were sent or tried: so none is, and everything else goes on."""

from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils.translation import gettext, override

from users.models import User

pytestmark = pytest.mark.django_db

SIGN_IN = "/en/account/"
CODE = "/en/account/code/"


AWAY = {
    "default": {
        "BACKEND": "common.cache.ForgivingCache",
        "LOCATION": "redis://127.0.0.1:9/0",
        "OPTIONS": {"socket_connect_timeout": 1},
    }
}


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_no_code_is_sent_uncounted(language: str) -> None:
    with override_settings(CACHES=AWAY):
        answer = Client().post(f"/{language}/account/", {"email": "a@example.org"})
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
    with override(language):
        assert f"<h1>{gettext('One moment, please')}</h1>" in answer.content.decode()
    assert (mail.outbox, User.objects.count()) == ([], 0)


def test_no_code_is_tried_uncounted_and_it_still_enters_afterwards() -> None:
    client = Client()
    client.post(SIGN_IN, {"email": "a@example.org"})
    [code] = [line for line in str(mail.outbox[0].body).splitlines() if line.isdigit()]
    with override_settings(CACHES=AWAY):
        answer = client.post(CODE, {"code": code})
        assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
        assert client.get("/en/me/").status_code == HTTPStatus.FOUND
    assert client.post(CODE, {"code": code})["Location"] == "/en/me/"


@pytest.mark.parametrize(
    "address", ["/en/", "/en/towns/", "/en/towns/temirtau/", "/en/account/", "/api/v1/towns/", "/health/"]
)
def test_what_only_reads_goes_on(address: str) -> None:
    with override_settings(CACHES=AWAY):
        assert Client().get(address).status_code == HTTPStatus.OK


def test_who_is_signed_in_stays_so() -> None:
    client = Client()
    client.force_login(User.objects.create_user("a@example.org"))
    with override_settings(CACHES=AWAY):
        assert client.get("/en/me/").status_code == HTTPStatus.OK
