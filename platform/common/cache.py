"""The cache, forgiving: when Valkey is away, nothing is found in it and nothing is kept, and pages go on.

It holds rate limits and nothing that must not be lost. Never keep a truth here.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import TimeoutError as ValkeyTimeoutError

logger = logging.getLogger(__name__)


def _forgiving(method: Callable[..., Any], answer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (ValkeyConnectionError, ValkeyTimeoutError):
            logger.warning("the cache is away; going on without it")
            return answer(*args, **kwargs)

    return call


class ForgivingCache(RedisCache):
    """Django's Redis cache that answers "not there" instead of failing the page."""

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
