"""People of one town and needs in every state."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.utils.translation import override
from PIL import Image

from common.uploads import Photo
from councils.needs import actions
from councils.needs.models import Need
from councils.needs.states import Category, RefusalReason
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import Role

MakePerson = Callable[..., User]
MakeNeed = Callable[..., Need]

_numbers = count(1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(town: Town, now: datetime) -> MakePerson:
    """A signed-up person; with a role, they have held it for a month in the town (in all towns: everywhere=True)."""

    def make(role: Role | None = None, *, everywhere: bool = False, where: Town | None = None) -> User:
        user = User.objects.create_user(f"person{next(_numbers)}@example.org")
        if role is not None:
            appoint(
                actor=None,
                user=user,
                role=role,
                town=None if everywhere else where or town,
                starts_date=(now - timedelta(days=30)).date(),
                ends_date=None,
                now=now,
            )
        return user

    return make


@pytest.fixture
def photo() -> Photo:
    out = BytesIO()
    Image.new("RGB", (30, 20), "green").save(out, "JPEG")
    return Photo(bytes=out.getvalue(), width=30, height=20)


@pytest.fixture
def file_need(town: Town, now: datetime) -> MakeNeed:
    """Files a need a day before `now`; facts may be given."""

    def make(
        text: str = "The street lamps beside school 12 are dark since October.",
        *,
        where: Town | None = None,
        category: Category = Category.LIGHTING,
        quarter: str = "Microdistrict 5",
        photo: Photo | None = None,
        author: User | None = None,
        helper: User | None = None,
        submission: UUID | None = None,
        at: datetime | None = None,
    ) -> Need:
        return actions.file_need(
            town=where or town,
            text=text,
            page_language="en",
            category=category,
            quarter=quarter,
            photo=photo,
            author=author,
            helper=helper,
            submission=submission or uuid4(),
            now=at or now - timedelta(days=1),
        )

    return make


@pytest.fixture
def secretary(person: MakePerson) -> User:
    return person(Role.SECRETARY)


@pytest.fixture
def waiting(file_need: MakeNeed) -> Need:
    return file_need("Waiting: the pump house smells of gas.")


@pytest.fixture
def accepted(file_need: MakeNeed, secretary: User, now: datetime) -> Need:
    need = file_need("Accepted: the street lamps are dark.")
    return actions.accept_need(actor=secretary, need=need, answer="We put it on the agenda.", now=now)


@pytest.fixture
def refused(file_need: MakeNeed, secretary: User, now: datetime) -> Need:
    need = file_need("Refused: build us a seaport.")
    return actions.refuse_need(
        actor=secretary, need=need, reason=RefusalReason.NOT_LOCAL, answer="The town has no sea.", now=now
    )


@pytest.fixture
def hidden(file_need: MakeNeed, secretary: User, photo: Photo, now: datetime) -> Need:
    need = file_need("Hidden: my neighbour Askar drinks.", quarter="Abai street 7", photo=photo)
    return actions.refuse_need(
        actor=secretary, need=need, reason=RefusalReason.PERSONAL, answer="Please do not name neighbours.", now=now
    )
