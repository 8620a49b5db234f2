"""The inbox: one worker per event, patience that grows, nothing lost, nothing done twice."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine

from common.errors import DomainError
from funds.payments.actions import (
    GROUP_HANDLERS,
    HANDLERS,
    Outcome,
    claim_event,
    fail_event,
    finish_event,
    handle_together_with,
    handle_with,
    receive_event,
    receive_events,
)
from funds.payments.models import StripeEvent
from funds.payments.queries import due_events
from funds.payments.rules import LEASE, Event, UnexpectedFactError, next_attempt, reads_on
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


class Counter:
    """A room above that handles many events at once: no more than it has time for, and never those it cannot read."""

    def __init__(self) -> None:
        self.portions: list[int] = []
        self.bad: set[str] = set()
        self.trouble: Exception = UnexpectedFactError("it cannot be read")
        self.at_most = 10_000

    def __call__(self, events: Sequence[StripeEvent], moment: datetime) -> Mapping[UUID, Outcome]:
        self.portions.append(len(events))
        if self.bad & {event.event_id for event in events}:
            raise self.trouble
        return {event.pk: Outcome(EventState.HANDLED) for event in events[: self.at_most]}


@pytest.fixture
def counter() -> Iterator[Counter]:
    found = Counter()
    handle_together_with(found, ["test.many"])
    yield found
    del GROUP_HANDLERS["test.many"]


def many_received(number: int) -> None:
    receive_events(events=[told(f"evt_{one:02}", "test.many") for one in range(number)], now=NOW)


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


@pytest.mark.django_db
def test_a_backlog_is_handled_at_once_and_a_bad_event_is_found_by_halving(counter: Counter) -> None:
    many_received(32)
    counter.bad = {"evt_19"}
    with time_machine.travel(NOW, tick=False):
        assert sweep_inbox() == 32
    failed = StripeEvent.objects.exclude(state=EventState.HANDLED)
    assert list(failed.values_list("event_id", "state", "error")) == [
        ("evt_19", EventState.FAILED, "it cannot be read")
    ]
    # 32 fail, and of each half the one without the bad event is done in one step.
    assert sorted(counter.portions) == [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32]


@pytest.mark.django_db
def test_what_there_was_no_time_for_is_taken_again_at_once_and_counts_as_untried(counter: Counter) -> None:
    many_received(7)
    counter.at_most = 3
    with time_machine.travel(NOW, tick=False):
        assert sweep_inbox() == 7
    assert set(StripeEvent.objects.values_list("state", "attempts")) == {(EventState.HANDLED, 1)}
    assert counter.portions == [7, 4, 1]


@pytest.mark.django_db
def test_a_group_does_not_knock_on_a_closed_door_once_for_each_event(counter: Counter) -> None:
    many_received(9)
    counter.bad, counter.trouble = {f"evt_{one:02}" for one in range(9)}, DomainError("unavailable", "Stripe is away")
    with time_machine.travel(NOW, tick=False):
        assert sweep_inbox() == 9
    assert counter.portions == [9, 1]
    assert set(StripeEvent.objects.values_list("state", "attempts")) == {(EventState.FAILED, 1)}


@pytest.mark.django_db
def test_a_refusal_of_the_ledger_stops_nobody_else(counter: Counter) -> None:
    many_received(4)
    counter.bad, counter.trouble = {"evt_00"}, DomainError("period_closed", "The books of that day are closed.")
    with time_machine.travel(NOW, tick=False):
        assert sweep_inbox() == 4
    assert StripeEvent.objects.filter(state=EventState.HANDLED).count() == 3


@pytest.mark.parametrize(
    ("read", "found", "wanted", "on"),
    [
        (99, 0, 4, True),  # within a page
        (100, 0, 4, False),  # one by one costs less than another page
        (100, 0, 10, True),
        (2_000, 0, 300, True),  # the oldest of a backlog stand at the end
        (3_100, 0, 300, False),
        (50, 4, 4, False),  # all is found
    ],
)
def test_a_list_is_read_on_while_it_costs_less_than_asking_one_by_one(
    read: int, found: int, wanted: int, *, on: bool
) -> None:
    assert reads_on(read=read, found=found, wanted=wanted) is on


@pytest.mark.usefixtures("committed_db")
def test_the_same_event_delivered_five_times_at_once_is_one_row_and_one_piece_of_work(desk: Desk) -> None:
    event = told("evt_twin")
    stored = at_once(lambda: receive_event(event=event, now=NOW), 5)
    [event_pk] = [found for found in stored if found is not None]
    assert StripeEvent.objects.count() == 1
    claims = at_once(lambda: claim_event(event_pk=event_pk, now=NOW), 5)
    assert [claim.attempts for claim in claims if claim is not None] == [1]
