"""Programs get the API's error shape wherever below /api/ they knock, and every moment in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.test import Client, RequestFactory
from rest_framework.serializers import DateTimeField

from common.http import server_error

NOTHING = {"code": "not_found", "message": "There is no such thing here. Check the address."}
ENGLISH = {"accept-language": "en"}


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/nix/", "/api/v1/nix", "/api/v1/needs/nix/", "/api/v2/x"])
def test_an_unknown_address_is_a_problem(address: str, method: str) -> None:
    answer = getattr(Client(), method)(address, headers=ENGLISH)
    assert (answer.status_code, answer["Content-Type"], answer.json()) == (404, "application/json", NOTHING)


def test_an_address_without_its_last_stroke_still_leads_on() -> None:
    answer = Client().get("/api/v1/towns", headers=ENGLISH)
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/towns/")


def test_unknown_pages_stay_pages() -> None:
    answer = Client().get("/en/apis/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_our_own_fault_is_a_problem_too() -> None:
    answer = server_error(RequestFactory().get("/api/v1/towns/"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")


def test_moments_are_told_in_utc() -> None:
    almaty = datetime(2026, 11, 22, 14, 0, tzinfo=timezone(timedelta(hours=5)))
    assert DateTimeField().to_representation(almaty) == "2026-11-22T09:00:00Z"
    assert DateTimeField(source="x").to_representation(almaty.astimezone(UTC)) == "2026-11-22T09:00:00Z"
