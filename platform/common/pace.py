"""How often one network, or one account, may do something within a time. Slows down programs, not people.

A network's address is never kept: only a keyed mark of it, in the cache, for as long as it is counted. While the cache
is away nobody is counted; what must not happen uncounted belongs under `common.cache.demanded`.
"""

import hashlib
from functools import lru_cache
from time import monotonic
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from common.cache import counted

HOUR = 3600
FREE_SHARE: Final = 8  # the first eighth of what is allowed is counted here alone
_MOST_KEYS: Final = 20_000  # some four megabytes; then counting here begins anew
_here: dict[str, tuple[float, dict[str, int]]] = {}


def mark(purpose: str, who: str) -> str:
    """A keyed name for a network or an account, another one for each purpose: 32 hex digits."""
    asked = f"{purpose}\0{who}".encode()
    return hashlib.blake2b(asked, digest_size=16, key=_key_of_marks(settings.SECRET_KEY)).hexdigest()


@lru_cache(maxsize=1)
def _key_of_marks(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode(), person=b"pace").digest()


def network_of(request: HttpRequest) -> str:
    """The address that a request came from, behind as many proxies as are trusted. To be marked, never to be kept."""
    number = settings.REST_FRAMEWORK["NUM_PROXIES"]
    passed = request.META.get("HTTP_X_FORWARDED_FOR")
    if not number or passed is None:
        return str(request.META.get("REMOTE_ADDR"))
    addresses = passed.split(",")
    return str(addresses[-min(number, len(addresses))]).strip()


def may_go_on(request: HttpRequest, *, purpose: str, at_most: int, seconds: int, account: object = None) -> bool:
    """Count one more try for `purpose`; True for the first `at_most` of them within `seconds` since the first.

    With `account` (its id) the account is counted instead of the network: people who share a network do not share that.
    """
    return _counted(_key(request, purpose, account), seconds) <= at_most


def may_go_on_about(request: HttpRequest, *, purpose: str, at_most: int, seconds: int, account: object = None) -> bool:
    """As `may_go_on`, for what thousands ask at once, a few times each: each process lets the first eighth of `at_most`
    pass by its own count and asks the cache about the others.

    Never for what protects somebody: guesses, codes, letters.
    """
    key, moment = _key(request, purpose, account), monotonic()
    begun, numbers = _here.get(purpose, (moment, {}))
    if moment - begun >= seconds or len(numbers) >= _MOST_KEYS or not numbers:
        numbers = {}
        _here[purpose] = (moment, numbers)
    number = numbers.get(key, 0)
    if number < at_most // FREE_SHARE:
        numbers[key] = number + 1
        return True
    return _counted(key, seconds) + number <= at_most


def _key(request: HttpRequest, purpose: str, account: object) -> str:
    return f"pace:{purpose}:{mark(purpose, f'account {account}' if account else network_of(request))}"


def _counted(key: str, seconds: int) -> int:
    try:
        return counted(key, seconds=seconds)
    except RedisError:  # it is there, and cannot count
        return 1
