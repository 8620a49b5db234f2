"""People who sign in, and a fresh count of their attempts."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import Role

MakePerson = Callable[..., User]
Enter = Callable[[User], Client]

_numbers = count(1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """allauth counts attempts in the cache."""
    cache.clear()
    yield
    cache.clear()


def hold(user: User, role: Role, town: Town | None, now: datetime, *, ends: date | None = None) -> Appointment:
    """A role held for a month."""
    starts = (now - timedelta(days=30)).date()
    return appoint(actor=None, user=user, role=role, town=town, starts_date=starts, ends_date=ends, now=now)


@pytest.fixture
def person(town: Town, now: datetime) -> MakePerson:
    """Somebody with a role in Temirtau, in another town (where=) or in all towns (everywhere=True)."""

    def make(role: Role | None = None, *, where: Town | None = None, everywhere: bool = False) -> User:
        user = User.objects.create_user(f"person{next(_numbers)}@example.org")
        if role is not None:
            hold(user, role, None if everywhere else where or town, now)
        return user

    return make


@pytest.fixture
def ridder(town: Town) -> Town:
    """Another town."""
    return Town.objects.get(slug="ridder")


@pytest.fixture
def entered() -> Enter:
    """A browser in which somebody is signed in."""

    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter
