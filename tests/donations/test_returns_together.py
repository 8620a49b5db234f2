"""Refunds of gifts without a public name: booked together, so that no line tells the sum of one of them."""

from datetime import datetime, timedelta

import pytest

from funds.donations.actions import publish_due
from funds.donations.actions.refunds import returnable
from funds.donations.models import Batch, Gift, Refund
from funds.donations.queries import standing_of, unexplained_payments
from funds.donations.states import Standing
from funds.ledger.models import Entry
from funds.ledger.states import Kind
from funds.payments.actions import book_movement
from funds.payments.models import Movement
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
