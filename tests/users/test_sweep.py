"""Addresses that were typed once and never proven are forgotten; everybody else stays."""

from datetime import timedelta
from uuid import uuid4

import pytest

from audit.actions import record
from audit.models import Record
from common import clock
from tests.users.conftest import MakePerson
from towns.models import Town
from users.models import User
from users.states import Role
from users.tasks import delete_unentered_accounts


def aged(user: User, *, hours: float, entered: bool = False) -> User:
    joined = clock.now() - timedelta(hours=hours)
    User.objects.filter(pk=user.pk).update(joined_at=joined, last_login=joined if entered else None)
    return user


@pytest.mark.django_db
def test_only_old_addresses_that_nobody_entered_go(person: MakePerson, town: Town) -> None:
    typed_today = aged(person(), hours=23)
    entered = aged(person(), hours=999, entered=True)
    appointed = aged(person(Role.CHAIR), hours=999)
    for number in range(3):
        aged(person(), hours=25 + number)
    assert delete_unentered_accounts() == 3
    assert set(User.objects.all()) == {typed_today, entered, appointed}
    assert delete_unentered_accounts() == 0


@pytest.mark.django_db
def test_whoever_appears_in_the_record_stays(person: MakePerson) -> None:
    acted = aged(person(), hours=999)
    record(now=clock.now(), actor_id=acted.pk, town_slug="", action="x", object_type="x", object_id=uuid4())
    gone = aged(person(), hours=999)
    assert delete_unentered_accounts() == 1
    assert (User.objects.filter(pk=acted.pk).exists(), User.objects.filter(pk=gone.pk).exists()) == (True, False)
    assert Record.objects.get(action="x").actor == acted


def test_nobody_of_the_demo_world_is_forgotten(demo: Town) -> None:
    User.objects.update(joined_at=clock.now() - timedelta(days=30))
    before = User.objects.count()
    assert delete_unentered_accounts() == 0
    assert User.objects.count() == before
