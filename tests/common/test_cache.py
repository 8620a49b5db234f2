"""The cache without its server: nothing found, nothing kept, nobody refused."""

import socket

import pytest

from common.cache import CacheAway, ForgivingCache, demanded


@pytest.fixture
def nowhere() -> ForgivingCache:
    """A cache whose server is not there: a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return ForgivingCache(f"redis://127.0.0.1:{port}/0", {"OPTIONS": {"socket_connect_timeout": 1}})


def test_nothing_is_found_and_nothing_fails(nowhere: ForgivingCache) -> None:
    assert nowhere.get("key") is None
    assert nowhere.get("key", "default") == "default"
    assert nowhere.get_many(["key"]) == {}
    assert nowhere.set("key", 1) is None
    assert nowhere.add("key", 1) is True
    assert nowhere.incr("key") == 1
    assert nowhere.has_key("key") is False
    assert nowhere.delete("key") is False
    assert nowhere.get_or_set("key", 5) == 5


def test_where_it_is_demanded_nothing_goes_on_without_it(nowhere: ForgivingCache) -> None:
    with demanded(), pytest.raises(CacheAway):
        nowhere.get("key")
    with demanded(), pytest.raises(CacheAway):
        nowhere.add("key", 1)
    with demanded(), pytest.raises(CacheAway):
        nowhere.incr("key")
    assert nowhere.get("key") is None  # outside, it forgives again
