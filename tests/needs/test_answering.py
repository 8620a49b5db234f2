"""Triage: who may answer, how an answer stands, and what stays hidden."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from audit.models import Record
from common.errors import DomainError, Forbidden
from councils.needs import actions, queries
from councils.needs.models import Need
from councils.needs.permissions import can_answer, can_read, can_triage
from councils.needs.states import NeedState, RefusalReason
from towns.models import Town
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def test_accepting(waiting: Need, secretary: User, now: datetime) -> None:
    actions.accept_need(actor=secretary, need=waiting, answer=" We look\r\nat it. ", now=now)
    need = Need.objects.get(pk=waiting.pk)
    assert (need.state, need.refusal_reason, need.answer) == (NeedState.ACCEPTED, "", "We look\nat it.")
    assert (need.answered_at, need.answered_by) == (now, secretary)
    record = Record.objects.get(action="needs.accept")
    assert (record.actor_id, record.object_id, record.detail) == (secretary.pk, str(need.pk), {})


def test_refusing(waiting: Need, secretary: User, now: datetime) -> None:
    actions.refuse_need(
        actor=secretary, need=waiting, reason=RefusalReason.UNCLEAR, answer="Which pump house?", now=now
    )
    need = Need.objects.get(pk=waiting.pk)
    assert (need.state, need.refusal_reason, need.answer) == (NeedState.REFUSED, "unclear", "Which pump house?")
    assert Record.objects.get(action="needs.refuse").detail == {"reason": "unclear"}


@pytest.mark.parametrize("answer", ["", " \n "])
def test_a_refusal_needs_words(waiting: Need, secretary: User, now: datetime, answer: str) -> None:
    with pytest.raises(DomainError) as caught:
        actions.refuse_need(actor=secretary, need=waiting, reason=RefusalReason.OTHER, answer=answer, now=now)
    assert (caught.value.code, caught.value.field) == ("answer_missing", "answer")
    assert Need.objects.get(pk=waiting.pk).state == NeedState.SUBMITTED


def test_an_answer_stands(accepted: Need, person: Callable[..., User], now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        actions.refuse_need(
            actor=person(Role.CHAIR), need=accepted, reason=RefusalReason.OTHER, answer="Changed our mind.", now=now
        )
    assert caught.value.code == "already_answered"
    need = Need.objects.get(pk=accepted.pk)
    assert (need.state, need.answer) == (NeedState.ACCEPTED, "We put it on the agenda.")


def test_who_may_answer(waiting: Need, person: Callable[..., User], now: datetime) -> None:
    allowed = {role for role in Role if can_answer(person(role), waiting, on=now.date())}
    assert allowed == {Role.COUNCILLOR, Role.CHAIR, Role.SECRETARY, Role.MODERATOR}
    assert can_triage(person(Role.MODERATOR, everywhere=True), waiting.town, on=now.date())


def test_only_in_ones_own_town_and_term(waiting: Need, person: Callable[..., User], now: datetime) -> None:
    elsewhere = person(Role.CHAIR, where=Town.objects.get(slug="ridder"))
    assert not can_answer(elsewhere, waiting, on=now.date())
    assert not can_answer(person(Role.CHAIR), waiting, on=(now - timedelta(days=31)).date())
    with pytest.raises(Forbidden):
        actions.accept_need(actor=elsewhere, need=waiting, now=now)


def test_nobody_judges_their_own_need(
    file_need: Callable[..., Need], person: Callable[..., User], now: datetime
) -> None:
    councillor = person(Role.COUNCILLOR)
    need = file_need(author=councillor)
    with pytest.raises(Forbidden):
        actions.accept_need(actor=councillor, need=need, now=now)
    assert can_answer(person(Role.COUNCILLOR), need, on=now.date())


def test_only_one_door_to_the_public(waiting: Need, accepted: Need, refused: Need, hidden: Need, town: Town) -> None:
    assert set(queries.public_needs()) == {accepted, refused}
    assert set(queries.page_of_needs(town=town).items) == {accepted, refused}
    assert queries.page_of_needs(town=town, state="accepted").items == [accepted]
    assert queries.page_of_needs(town=town, category="water").items == []
    assert queries.counts(town=town) == queries.NeedCounts(waiting=1, accepted=1, refused=1, hidden=1)
    assert queries.waiting_needs(town=town).items == [waiting]
    assert list(queries.accepted_needs(town=town)) == [accepted]


def test_who_reads_what_is_not_public(
    waiting: Need, hidden: Need, accepted: Need, person: Callable[..., User], now: datetime
) -> None:
    day = now.date()
    for need in (waiting, hidden):
        assert not can_read(None, need, ticket="", on=day)
        assert not can_read(None, need, ticket=accepted.ticket, on=day)
        assert not can_read(person(Role.AKIMAT), need, ticket="", on=day)
        assert can_read(None, need, ticket=need.ticket, on=day)
        assert can_read(person(Role.COUNCILLOR), need, ticket="", on=day)
    assert can_read(None, accepted, ticket="", on=day)


def test_pages_follow_each_other_without_gaps_or_twins(
    file_need: Callable[..., Need], secretary: User, town: Town, now: datetime
) -> None:
    same_moment = now - timedelta(days=3)
    filed = [file_need(f"Need number {i} of the town", at=same_moment) for i in range(5)]
    filed += [file_need(f"Later need number {i} of the town") for i in range(2)]
    for need in filed:
        actions.accept_need(actor=secretary, need=need, now=now)
    seen: list[Need] = []
    after = None
    while True:
        page = queries.page_of_needs(town=town, after=after, limit=2)
        seen += page.items
        after = page.next_after
        if after is None:
            break
    assert len(seen) == 7
    assert seen == sorted(filed, key=lambda need: (need.filed_at, need.pk), reverse=True)


def test_the_longest_waiting_come_first(file_need: Callable[..., Need], town: Town, now: datetime) -> None:
    needs = [file_need(f"Need number {i} of the town", at=now - timedelta(days=i)) for i in (1, 3, 2)]
    first = queries.waiting_needs(town=town, limit=2)
    rest = queries.waiting_needs(town=town, limit=2, after=first.next_after)
    assert [*first.items, *rest.items] == [needs[1], needs[2], needs[0]]
    assert rest.next_after is None
