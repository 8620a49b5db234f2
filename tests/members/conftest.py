"""People who hold council roles in Temirtau."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from django.utils.translation import override

from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import Role

_numbers = count(1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def seat(town: Town, now: datetime) -> Callable[..., Appointment]:
    """Appoint somebody, a new person unless one is given, from 30 days ago."""

    def make(
        role: Role,
        *,
        name: str = "",
        user: User | None = None,
        where: Town | None = None,
        starts: date | None = None,
        ends: date | None = None,
    ) -> Appointment:
        if user is None:
            user = User.objects.create_user(f"member{next(_numbers)}@example.org", display_name=name)
        return appoint(
            actor=None,
            user=user,
            role=role,
            town=where or town,
            starts_date=starts or (now - timedelta(days=30)).date(),
            ends_date=ends,
            now=now,
        )

    return make
