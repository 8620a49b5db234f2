"""Many people in many windows at once, while they are counted or the wave closes: nothing is lost or doubled."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from common.clock import day_of
from common.errors import DomainError
from councils.surveys import actions
from councils.surveys.models import Envelope, OpenAnswer, Participation, Response
from tests.surveys.crowd import World, answer, crowd
from towns.models import Town


@pytest.fixture
def world(committed_db: str, town: Town, now: datetime) -> World:
    return crowd(town, now)


def test_answering_twice_and_being_counted_at_the_same_time_lose_nothing(world: World, now: datetime) -> None:
    """Forty people, each in two tabs at once, while those who were heard are being counted."""

    def submit(number: int) -> str:
        try:
            answer(world, number, now)
        finally:
            connection.close()
        return "taken"

    def cover(_number: int) -> str:
        try:
            actions.count_coverage(wave_id=world.wave.pk, on=day_of(now))
        finally:
            connection.close()
        return "counted"

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(submit, number) for number in range(40) for _tab in range(2)]
        jobs += [pool.submit(cover, number) for number in range(4)]
        told = Counter(job.result() for job in jobs)
    assert told == {"taken": 80, "counted": 4}
    actions.close_wave(actor=None, wave=world.wave, now=now)
    wishes = OpenAnswer.objects.filter(question="wish").values_list("text", flat=True)
    assert sorted(wishes) == sorted(world.secret(number) for number in range(40))
    people = Participation.objects.values_list("user", flat=True)
    assert set(people) == {user.pk for user in world.people[:40]}
    assert len(people) == Response.objects.count() == 40


def test_closing_and_answering_at_the_same_time(world: World, now: datetime) -> None:
    """Whoever was taken before the closing is counted; nobody is taken after it."""

    def submit(number: int) -> str:
        try:
            answer(world, number, now)
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "taken"

    def close() -> str:
        try:
            actions.close_wave(actor=None, wave=world.wave, now=now)
        finally:
            connection.close()
        return "closed"

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(submit, number) for number in range(20)]
        jobs.append(pool.submit(close))
        jobs += [pool.submit(submit, number) for number in range(20, 60)]
        told = Counter(job.result() for job in jobs)
    assert told["taken"] + told["not_open"] == 60
    assert Response.objects.count() == Participation.objects.count() == told["taken"]
    assert not Envelope.objects.exists()
