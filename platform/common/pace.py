"""How often one network, or one account, may do something within a time. Slows down programs, not people.

A network's address is never kept: only a keyed mark of it, in the cache, for as long as it is counted. While the cache
is away nobody is counted; what must not happen uncounted belongs under `common.cache.demanded`.
"""

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError
from rest_framework.throttling import BaseThrottle

from common.cache import counted

HOUR = 3600


def network_of(request: HttpRequest) -> str:
    """The address that a request came from, behind as many proxies as are trusted. To be marked, never to be kept."""
    return str(BaseThrottle().get_ident(request))  # type: ignore[arg-type]


def may_go_on(request: HttpRequest, *, purpose: str, at_most: int, seconds: int, account: object = None) -> bool:
    """Count one more try for `purpose`; True for the first `at_most` of them within `seconds` since the first.

    With `account` (its id) the account is counted instead of the network: people who share a network do not share that.
    """
    who = f"account {account}" if account else network_of(request)
    key = f"pace:{purpose}:{salted_hmac(purpose, who).hexdigest()[:32]}"
    try:
        return counted(key, seconds=seconds) <= at_most
    except RedisError:  # it is there, and cannot count
        return True
