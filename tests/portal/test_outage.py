"""While PostgreSQL is away: 503 and a calm page in the reader's language on every address, JSON for programs.

A fault of our own code stays a 500: nobody may take it for an outage.
"""

import socket
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus

import pytest
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path, reverse
from django.utils.translation import gettext, override
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from common.http import server_error
from tests.addresses import PATTERNS, ROWS, VISITOR

KNOWN = {
    "SlugConverter": "temirtau",
    "UUIDConverter": "01900000-0000-7000-8000-000000000000",
    "IntConverter": "1",
    "DayConverter": date(2026, 11, 22),
    "StringConverter": "7KD-4XM-2TF",
}
PUBLIC = sorted(name for name, row in ROWS.items() if VISITOR in row.allowed and row.method == "GET")
# Drawn, or leading on, without asking the database for anything.
WITHOUT_DATA = {
    "portal:check",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_request_login_code",
    "account_reset_password",
    "account_signup",
    "account_confirm_login_code",
    "api:schema",
    "demo:mail",
    "needs:follow",
    "portal:how",
    "portal:openapi",
    "root",
    "surveys:resume",
}


# A device says who it is before anything is asked of the database.
ASKED_WHO = {"odk:form", "odk:form_list", "odk:manifest", "odk:media", "odk:submission"}
# Who stands behind the secret is found before anything is asked of the database: this one is nobody's.
SIGNED = {name for name in PUBLIC if name.startswith(("donations:monthly", "donations:proven"))}


def address(name: str) -> str:
    """An address of that name, filled with things that need not be there."""
    fill = PATTERNS[name].pattern.converters
    given = ROWS[name].fill
    found = reverse(name, kwargs={key: given.get(key) or KNOWN[type(kind).__name__] for key, kind in fill.items()})
    return f"{found}?town=temirtau" if ROWS[name].query == "town" else found


@pytest.fixture
def without_database(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Every connection goes to a port where nobody listens."""
    told = connections["default"].settings_dict
    before = {name: told[name] for name in ("HOST", "PORT")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    connections.close_all()
    told.update(HOST="127.0.0.1", PORT=port)
    with django_db_blocker.unblock():
        yield
    connections.close_all()
    told.update(before)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_address_answers_calmly(without_database: None, name: str) -> None:
    answer = Client().get(address(name), headers={"accept-language": "en"})
    if name in WITHOUT_DATA:
        assert answer.status_code < HTTPStatus.BAD_REQUEST
        return
    if name in ASKED_WHO:
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        return
    if name in SIGNED:
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
        return
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer
    if name == "health":
        assert answer.json() == {"status": "database away"}
    elif name.startswith("api:"):
        assert answer.json() == {
            "code": "unavailable",
            "message": "The site cannot answer at the moment. Please try again in a minute.",
        }
    else:
        assert "<h1>One moment, please</h1>" in answer.content.decode()


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_the_page_speaks_the_language_of_the_address(without_database: None, language: str) -> None:
    answer = Client().get(f"/{language}/towns/")
    with override(language):
        heading = gettext("One moment, please")
    assert f'<html lang="{language}">' in answer.content.decode()
    assert f"<h1>{heading}</h1>" in answer.content.decode()


def test_somebody_who_is_signed_in_and_sends_a_form_gets_the_same_page(without_database: None) -> None:
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    for answer in (client.get("/en/me/"), client.post("/en/needs/temirtau/new/", {"text": "x"})):
        assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")


FAULTS = {
    "programming": ProgrammingError("relation does not exist"),
    "data": DataError("value too long"),
    "own": ValueError("ours"),
    "operational": OperationalError("the connection is lost"),
    "interface": InterfaceError("connection already closed"),
}


def fail(_request: HttpRequest, what: str) -> HttpResponse:
    raise FAULTS[what]


urlpatterns = [path("fail/<str:what>/", fail)]
handler500 = "common.http.server_error"


@pytest.mark.parametrize(
    ("what", "status"), [("programming", 500), ("data", 500), ("own", 500), ("operational", 503), ("interface", 503)]
)
def test_only_an_outage_is_called_one(settings: Settings, what: str, status: int) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["common.http.RefusalMiddleware"]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        settings.ROOT_URLCONF = "config.urls"  # the calm page names addresses
        request = RequestFactory().get("/en/")
        try:
            raise FAULTS[what]
        except (OperationalError, InterfaceError):
            assert server_error(request).status_code == status
    else:
        answer = Client(raise_request_exception=False).get(f"/fail/{what}/")
        assert answer.status_code == status
        assert "Retry-After" not in answer
