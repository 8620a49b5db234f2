"""The API's short way: everything that guards an answer, nothing that pages need."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

pytestmark = pytest.mark.django_db


def asked(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers=headers)


def test_an_answer_has_its_guards_and_no_cookie() -> None:
    answer = asked("/api/v1/towns/", **{"accept-language": "ru"})
    assert answer.status_code == HTTPStatus.OK
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"].split("; ")
    assert (answer["Content-Language"], answer["Content-Type"]) == ("ru", "application/json")
    assert "Accept-Language" in answer["Vary"]
    assert answer.cookies.output() == ""


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "kk"), ("de-AT,en;q=0.5", "de"), ("fr,en;q=0.5", "en"), ("*", "kk"), ("x" * 600, "kk")],
)
def test_the_language_is_the_one_that_is_asked_for(header: str, language: str) -> None:
    assert asked("/api/v1/towns/", **{"accept-language": header})["Content-Language"] == language


def test_an_address_that_is_none_is_told_as_json() -> None:
    answer = asked("/api/v1/nothing/", **{"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.NOT_FOUND, "not_found")


@pytest.mark.parametrize("path", ["/api/v1/towns/", "/ru/towns/"])
def test_another_host_is_refused(path: str) -> None:
    with override_settings(ALLOWED_HOSTS=["asar.example"]):
        assert asked(path).status_code == HTTPStatus.BAD_REQUEST


def test_the_slash_at_the_end_is_added() -> None:
    answer = asked("/api/v1/towns")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.MOVED_PERMANENTLY, "/api/v1/towns/")
