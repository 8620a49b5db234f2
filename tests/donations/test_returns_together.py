"""Refunds of gifts without a public name: booked together, so that no line tells the sum of one of them."""

from datetime import datetime, timedelta

import pytest

from funds.donations.actions import publish_due
from funds.donations.actions.refunds import returnable
from funds.donations.models import Batch, Dispute, Gift, Refund
from funds.donations.queries import standing_of, unexplained_payments
from funds.donations.states import Standing
from funds.ledger.models import Entry
from funds.ledger.states import Kind
from funds.payments.actions import book_movement
from funds.payments.models import Movement
from funds.payments.queries import waiting_movements
from funds.payments.states import MovementState
from funds.reports import queries
from tests.donations.test_returns import KZT, equals_the_card_account, lines, received, tell
from tests.payments.stage import Stage, make_fund, make_project

pytestmark = pytest.mark.django_db


def test_refunds_of_unnamed_gifts_are_booked_together_and_name_a_batch_alone(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    gifts = [received(stage, now, fund, project=project, donor_name="", name_public=False) for _number in range(3)]
    assert Batch.objects.get().gifts_count == 3
    for number, gift in enumerate(gifts):
        stage.stand_in.control("refund", {"session": gift.checkout_session, "amount": 100 + number})
        tell(stage, gift)
        # Until there are three of them nothing of it is public, and what may still go back is less all the same.
        assert lines(Kind.REFUND) == (
            [] if number < 2 else [("gifts", 303, "KZT", True), ("stripe", -303, "KZT", False)]
        )
        assert returnable(gift).minor == KZT - 100 - number
        assert unexplained_payments() == []
    subjects = set(Entry.objects.values_list("transaction__kind", "transaction__subject_id"))
    gifts[0].refresh_from_db()
    assert subjects == {(kind, gifts[0].batch_id) for kind in (Kind.GIFT, Kind.FEE, Kind.REFUND)}
    assert [one.refunded_minor for one in Gift.objects.order_by("refunded_minor")] == [100, 101, 102]
    assert Refund.objects.values("transaction").distinct().count() == 1
    assert set(Movement.objects.values_list("state", flat=True)) == {MovementState.BOOKED}
    assert equals_the_card_account()


def test_a_refund_that_waits_shows_in_no_comparison_and_is_booked_when_it_has_waited(
    stage: Stage, now: datetime
) -> None:
    gift = received(stage, now, donor_name="", name_public=False)
    stage.stand_in.control("refund", {"session": gift.checkout_session, "amount": 777})
    tell(stage, gift)
    assert (gift.batch_id, Entry.objects.count(), standing_of(gift)) == (None, 0, Standing.REFUNDED_PART)
    later = now + timedelta(days=8)
    assert publish_due(now=later) == 1
    moved, hidden = queries.movement_sums(), queries.unpublished_sums()
    assert (hidden, moved["KZT"] - hidden["KZT"]) == ({"KZT": -777}, queries.card_ledger_sums()["KZT"])
    assert queries.waiting_movements() == {}
    for movement in Movement.objects.filter(state=MovementState.WAITING):
        assert book_movement(movement_pk=movement.pk, now=later) is True
    assert queries.unpublished_sums() == {}
    assert equals_the_card_account()


def test_disputes_of_unnamed_gifts_are_booked_together_and_come_back_together(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    gifts = [received(stage, now, fund, project=project, donor_name="", name_public=False) for _number in range(3)]
    made = []
    for number, gift in enumerate(gifts):
        made.append(stage.stand_in.control("dispute", {"session": gift.checkout_session}))
        tell(stage, gift)
        assert bool(lines(Kind.DISPUTE)) == (number == 2)
        assert (returnable(gift).minor, unexplained_payments()) == (0, [])
    for number, (gift, dispute) in enumerate(zip(gifts, made, strict=True)):
        stage.stand_in.control("close_dispute", {"dispute": dispute["id"], "as": "won"})
        tell(stage, gift)
        assert bool(lines(Kind.DISPUTE_WON)) == (number == 2)
    assert set(Gift.objects.values_list("disputed_minor", flat=True)) == {0}
    assert Dispute.objects.values("taken_transaction", "returned_transaction").distinct().count() == 1
    subjects = set(Entry.objects.values_list("transaction__subject_id", flat=True))
    assert subjects == {Batch.objects.get().pk}
    assert equals_the_card_account()


def test_a_dispute_of_a_lone_unnamed_gift_publishes_nothing_before_its_time(stage: Stage, now: datetime) -> None:
    gift = received(stage, now, donor_name="", name_public=False)
    made = stage.stand_in.control("dispute", {"session": gift.checkout_session})
    stage.stand_in.control("close_dispute", {"dispute": made["id"], "as": "won"})
    tell(stage, gift)
    assert (Entry.objects.count(), queries.waiting_movements(), Dispute.objects.get().state) == (0, {}, "won")
    later = now + timedelta(days=8)
    assert publish_due(now=later) == 1
    for movement in waiting_movements():
        assert book_movement(movement_pk=movement, now=later) is True
    assert [bool(lines(kind)) for kind in (Kind.GIFT, Kind.DISPUTE, Kind.DISPUTE_WON)] == [True] * 3
    assert equals_the_card_account()


def test_refunds_that_failed_come_back_together(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    gifts = [received(stage, now, fund, project=project, donor_name="", name_public=False) for _number in range(3)]
    made = [stage.stand_in.control("refund", {"session": gift.checkout_session, "amount": 500}) for gift in gifts]
    for gift in gifts:
        tell(stage, gift)
    for number, (gift, refund) in enumerate(zip(gifts, made, strict=True)):
        stage.stand_in.control("fail_refund", {"refund": refund["id"]})
        tell(stage, gift)
        assert bool(lines(Kind.REFUND_FAILED)) == (number == 2)
    assert set(Refund.objects.values_list("state", flat=True)) == {"failed"}
    assert set(Gift.objects.values_list("refunded_minor", flat=True)) == {0}
    assert equals_the_card_account()
