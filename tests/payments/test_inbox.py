"""The inbox: one worker per event, patience that grows, nothing lost, nothing done twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine

from common.errors import DomainError
from funds.payments.actions import HANDLERS, claim_event, fail_event, finish_event, handle_with, receive_event
from funds.payments.models import StripeEvent
from funds.payments.queries import due_events
from funds.payments.rules import LEASE, Event, UnexpectedFactError, next_attempt
from funds.payments.states import EventState
from funds.payments.tasks import handle_event, sweep_inbox
from tests.payments.stage import at_once

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Desk:
    """A room above that handles events of one type and remembers them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.trouble: Exception | None = None

    def __call__(self, event: StripeEvent, moment: datetime) -> EventState:
        assert moment.tzinfo is not None
        self.seen.append(event.event_id)
        if self.trouble is not None:
            raise self.trouble
        return EventState.HANDLED


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    handle_with(found, ["test.event"])
    yield found
    del HANDLERS["test.event"]


def told(name: str = "", type_: str = "test.event") -> Event:
    return Event(name or f"evt_{uuid4().hex}", type_, "obj_1", "thing", "", 1, "v")


def received(now: datetime = NOW) -> UUID:
    event_pk = receive_event(event=told(), now=now)
    assert event_pk is not None
    return event_pk


def test_each_type_has_one_handler(desk: Desk) -> None:
    handle_with(desk, ["test.event"])
    with pytest.raises(ValueError, match="has a handler already"):
        handle_with(Desk(), ["test.event"])


@pytest.mark.django_db
def test_an_event_is_taken_in_once(desk: Desk) -> None:
    first = receive_event(event=told("evt_1"), now=NOW)
    assert (first, receive_event(event=told("evt_1"), now=NOW)) == (StripeEvent.objects.get().pk, None)


@pytest.mark.django_db
def test_an_event_is_in_one_pair_of_hands_until_the_lease_ends(desk: Desk) -> None:
    event_pk = received()
    first = claim_event(event_pk=event_pk, now=NOW)
    assert first is not None
    assert first.attempts == 1
    assert claim_event(event_pk=event_pk, now=NOW) is None
    assert due_events(now=NOW + LEASE - timedelta(seconds=1)) == []
    assert due_events(now=NOW + LEASE) == [event_pk]
    again = claim_event(event_pk=event_pk, now=NOW + LEASE)
    assert again is not None
    assert again.attempts == 2


@pytest.mark.django_db
def test_a_handled_event_is_never_taken_again_and_never_falls_back(desk: Desk) -> None:
    event_pk = received()
    event = claim_event(event_pk=event_pk, now=NOW)
    assert event is not None
    finish_event(event=event, state=EventState.HANDLED, now=NOW)
    fail_event(event=event, error="late trouble of a second worker", now=NOW)
    stored = StripeEvent.objects.get()
    assert (stored.state, stored.error, stored.handled_at) == (EventState.HANDLED, "", NOW)
    assert claim_event(event_pk=event_pk, now=NOW + timedelta(days=1)) is None


def test_patience_grows_to_an_hour() -> None:
    waits = [(next_attempt(n, NOW) - NOW).total_seconds() for n in (1, 2, 3, 5, 10, 11, 1000)]
    assert waits == [5, 10, 20, 80, 2560, 3600, 3600]


@pytest.mark.django_db
def test_the_task_handles_an_event_once(desk: Desk) -> None:
    with time_machine.travel(NOW, tick=False):
        event_pk = received()
        handle_event(str(event_pk))
        handle_event(str(event_pk))
    stored = StripeEvent.objects.get()
    assert desk.seen == [stored.event_id]
    assert (stored.state, stored.attempts, stored.handled_at) == (EventState.HANDLED, 1, NOW)


@pytest.mark.django_db
def test_an_event_that_nobody_knows_any_more_is_ignored(desk: Desk) -> None:
    event_pk = received()
    StripeEvent.objects.update(type="test.forgotten")
    with time_machine.travel(NOW, tick=False):
        handle_event(str(event_pk))
    assert StripeEvent.objects.get().state == EventState.IGNORED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (UnexpectedFactError("Stripe settled pi_1 in EUR"), "Stripe settled pi_1 in EUR"),
        (DomainError("unavailable", "Stripe is away"), "unavailable: Stripe is away"),
        (RuntimeError("a row with donor@example.com in it"), "RuntimeError"),
    ],
)
def test_a_failed_event_says_why_keeps_no_personal_data_and_is_tried_again(
    desk: Desk, trouble: Exception, words: str
) -> None:
    desk.trouble = trouble
    with time_machine.travel(NOW, tick=False):
        event_pk = received()
        handle_event(str(event_pk))
    stored = StripeEvent.objects.get()
    assert (stored.state, stored.error, stored.attempts) == (EventState.FAILED, words, 1)
    assert stored.next_attempt_at == NOW + timedelta(seconds=5)
    desk.trouble = None
    with time_machine.travel(NOW + timedelta(seconds=4), tick=False):
        assert sweep_inbox() == 0
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        assert sweep_inbox() == 1
    stored.refresh_from_db()
    assert (stored.state, stored.error, stored.attempts) == (EventState.HANDLED, "", 2)


@pytest.mark.django_db
def test_the_sweep_finds_what_the_broker_and_killed_workers_lost(desk: Desk) -> None:
    with time_machine.travel(NOW, tick=False):
        lost = received(NOW - timedelta(minutes=1))
        killed = received(NOW - timedelta(minutes=2))
        claim_event(event_pk=killed, now=NOW - timedelta(minutes=2))
        in_hands = received()
        claim_event(event_pk=in_hands, now=NOW)
        assert sweep_inbox() == 2
    states = dict(StripeEvent.objects.values_list("pk", "state"))
    assert states == {lost: EventState.HANDLED, killed: EventState.HANDLED, in_hands: EventState.RECEIVED}


@pytest.mark.django_db
def test_the_sweep_does_not_knock_on_a_closed_door_a_hundred_times(desk: Desk) -> None:
    desk.trouble = DomainError("unavailable", "Stripe is away")
    with time_machine.travel(NOW, tick=False):
        for _ in range(3):
            received()
        assert sweep_inbox() == 1
    assert len(desk.seen) == 1


@pytest.mark.usefixtures("committed_db")
def test_the_same_event_delivered_five_times_at_once_is_one_row_and_one_piece_of_work(desk: Desk) -> None:
    event = told("evt_twin")
    stored = at_once(lambda: receive_event(event=event, now=NOW), 5)
    [event_pk] = [found for found in stored if found is not None]
    assert StripeEvent.objects.count() == 1
    claims = at_once(lambda: claim_event(event_pk=event_pk, now=NOW), 5)
    assert [claim.attempts for claim in claims if claim is not None] == [1]
