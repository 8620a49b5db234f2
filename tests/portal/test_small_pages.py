"""Health, the schema of the API and its guide, and how it works: pages without data of a town."""

import json
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.api_guide import guide

pytestmark = pytest.mark.django_db


def test_health_is_one_question_and_is_never_kept() -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/health/")
    assert (answer.status_code, answer.json(), len(queries)) == (HTTPStatus.OK, {"status": "ok"}, 1)
    assert "no-store" in answer["Cache-Control"]


def test_the_schema_names_every_address_and_its_errors() -> None:
    answer = Client().get("/api/v1/schema/?format=json")
    assert answer.status_code == HTTPStatus.OK
    schema = json.loads(answer.content)
    assert sorted(schema["paths"]) == [
        "/api/v1/indicators/",
        "/api/v1/ledger/",
        "/api/v1/needs/",
        "/api/v1/needs/{need_id}/",
        "/api/v1/priorities/",
        "/api/v1/surveys/waves/{wave_id}/responses/",
        "/api/v1/towns/",
        "/api/v1/towns/{slug}/",
    ]
    for address, methods in schema["paths"].items():
        method = "post" if address.endswith("/responses/") else "get"
        assert list(methods) == [method], address
        assert {"429"} <= set(methods[method]["responses"]), address
        assert methods[method]["description"], address


def test_the_guide_draws_what_the_schema_says() -> None:
    page = Client().get("/en/api/").content.decode()
    assert len(guide()) == 8
    for path in guide():
        assert f"{path.method} {path.address}" in page
        assert path.summary
        for parameter in path.parameters:
            assert parameter.name in page


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
def test_how_it_works_is_told_in_every_language(language: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get(f"/{language}/how-it-works/")
    assert (answer.status_code, len(queries)) == (HTTPStatus.OK, 0)
