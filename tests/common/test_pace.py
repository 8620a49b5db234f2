"""How often one network may do something: counted to the last, or about."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.throttling import BaseThrottle

from common import pace


@pytest.fixture(autouse=True)
def nobody_counted() -> Iterator[None]:
    cache.clear()
    pace._here.clear()
    yield
    cache.clear()
    pace._here.clear()


def asked(network: str) -> HttpRequest:
    return RequestFactory().get("/", REMOTE_ADDR=network)


def passed(network: str, *, tries: int, at_most: int, account: object = None) -> int:
    return sum(
        pace.may_go_on_about(asked(network), purpose="trial", at_most=at_most, seconds=60, account=account)
        for _try in range(tries)
    )


def test_only_so_many_pass() -> None:
    tries = [pace.may_go_on(asked("192.0.2.1"), purpose="trial", at_most=3, seconds=60) for _try in range(5)]
    assert tries == [True, True, True, False, False]
    assert pace.may_go_on(asked("192.0.2.2"), purpose="trial", at_most=3, seconds=60)


def test_one_process_lets_no_more_pass_by_counting_about() -> None:
    assert passed("192.0.2.1", tries=100, at_most=40) == 40
    assert passed("192.0.2.2", tries=100, at_most=3) == 3
    assert passed("192.0.2.1", tries=100, at_most=40, account="a") == 40


def test_another_process_lets_its_own_eighth_pass_besides() -> None:
    assert passed("192.0.2.1", tries=100, at_most=40) == 40
    pace._here.clear()
    assert passed("192.0.2.1", tries=100, at_most=40) == 5


def test_a_few_tries_of_many_networks_ask_the_cache_nothing() -> None:
    assert [passed(f"192.0.2.{number}", tries=2, at_most=16) for number in range(50)] == [2] * 50
    assert list(cache._cache) == []  # type: ignore[attr-defined]


def test_what_is_counted_here_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    assert passed("192.0.2.1", tries=3, at_most=16) == 3
    monkeypatch.setattr(pace, "_MOST_KEYS", 1)
    assert passed("192.0.2.2", tries=2, at_most=16) == 2
    assert len(pace._here["trial"][1]) == 1
    assert "192.0.2.2" not in str(pace._here)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("passed", [None, "", "192.0.2.9", "192.0.2.9, 192.0.2.8", "a,192.0.2.9 ,192.0.2.8, 192.0.2.7"])
def test_a_network_is_the_one_that_rest_framework_means(settings: Settings, number: int, passed: str | None) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": number}
    headers = {} if passed is None else {"x-forwarded-for": passed}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)
    assert pace.network_of(request) == BaseThrottle().get_ident(request)  # type: ignore[arg-type]
