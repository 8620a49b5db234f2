"""The cache, forgiving: when Valkey is away, nothing is found in it and nothing is kept, and pages go on.

It holds rate limits and nothing that must not be lost. Never keep a truth here. Where a limit protects somebody's
account, `demanded` turns the forgiving off: no code is sent or tried uncounted (503, see common.outage).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, wraps
from typing import Any, Final, cast

from django.core.cache import DEFAULT_CACHE_ALIAS, cache, caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.http import HttpRequest, HttpResponse
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import TimeoutError as ValkeyTimeoutError

logger = logging.getLogger(__name__)
_demanded: ContextVar[bool] = ContextVar("cache_demanded", default=False)
# A count and the time it is kept, set together with the first: two commands could leave a count that is kept for ever.
_COUNT: Final = """
local number = redis.call('INCR', KEYS[1])
if number == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return number
"""


class CacheAway(Exception):  # noqa: N818 - a state of the world, answered 503 by common.outage
    """The cache does not answer where work must not go on without it."""


@contextmanager
def demanded() -> Iterator[None]:
    """Inside, a cache that is away raises `CacheAway` instead of being empty."""
    token = _demanded.set(True)
    try:
        yield
    finally:
        _demanded.reset(token)


def _forgiving(method: Callable[..., Any], answer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (ValkeyConnectionError, ValkeyTimeoutError) as error:
            if _demanded.get():
                raise CacheAway from error
            logger.warning("the cache is away; going on without it")
            return answer(*args, **kwargs)

    return call


class _OneClient(RedisCacheClient):
    """Keeps its client: Django makes a new one for every command, which costs more than the command."""

    @cached_property
    def _kept(self) -> Redis:
        return super().get_client(write=True)

    def get_client(self, key: "bytes | memoryview[int] | str | None" = None, *, write: bool = False) -> Redis:
        return self._kept

    @cached_property
    def _counting(self) -> Script:
        return self._kept.register_script(_COUNT)

    def count(self, key: str, seconds: int) -> int:
        return int(self._counting(keys=[key], args=[seconds]))


class ForgivingCache(RedisCache):
    """Django's Redis cache that answers "not there" instead of failing the page."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _OneClient

    def _count(self, key: str, *, seconds: int) -> int:
        return cast("_OneClient", self._cache).count(self.make_and_validate_key(key), seconds)

    count = _forgiving(_count, lambda *_args, **_: 1)
    get = _forgiving(RedisCache.get, lambda _key, default=None, **_: default)
    get_many = _forgiving(RedisCache.get_many, lambda *_args, **_: {})
    set = _forgiving(RedisCache.set, lambda *_args, **_: None)
    set_many = _forgiving(RedisCache.set_many, lambda *_args, **_: [])
    add = _forgiving(RedisCache.add, lambda *_args, **_: True)
    incr = _forgiving(RedisCache.incr, lambda _key, delta=1, **_: delta)
    touch = _forgiving(RedisCache.touch, lambda *_args, **_: False)
    delete = _forgiving(RedisCache.delete, lambda *_args, **_: False)
    delete_many = _forgiving(RedisCache.delete_many, lambda *_args, **_: None)
    has_key = _forgiving(RedisCache.has_key, lambda *_args, **_: False)


def counted(key: str, *, seconds: int) -> int:
    """One more of `key`: how many there were since the first, which is forgotten after `seconds`.

    1 while Valkey is away. One trip to Valkey; other caches (tests) count in two steps.
    """
    kept = caches[DEFAULT_CACHE_ALIAS]
    if isinstance(kept, ForgivingCache):
        return int(kept.count(key, seconds=seconds))
    kept.add(key, 0, timeout=seconds)
    return kept.incr(key)


def counted_or_not_at_all(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view whose POST is refused while the cache, which counts the tries, is away. Its page is still shown."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return view(request)
        with demanded():
            cache.get("counted")
            return view(request)

    return asked
