"""Fees of nothing, movements in a currency that no ledger here holds, an address that was typed at Stripe alone."""

from datetime import datetime

import pytest
from django.core import mail

from common.money import Money
from funds.donations import actions
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.states import Kind
from funds.payments.actions import book_movement
from funds.payments.models import Movement
from funds.payments.rules import MovementFact, Payment, PaymentStatus
from funds.payments.stripe import fetch_checkout
from tests.donations.test_settling import KZT, ledger_lines
from tests.payments.stage import Stage, make_fund, make_gift, opened


@pytest.mark.django_db
def test_a_fee_of_nothing_is_known_and_not_booked(now: datetime) -> None:
    gift = make_gift(make_fund(now), now)
    moved = MovementFact("txn_1", "charge", "charge", KZT, 0, "KZT", now, now, source_id="ch_1", payment_id="pi_1")
    payment = Payment("pi_1", gift.pk, PaymentStatus.SUCCEEDED, Money(KZT, "KZT"), "ch_1", now, moved)
    for _ in range(2):
        actions.settle_gift(gift_id=gift.pk, payment=payment, now=now)
    gift.refresh_from_db()
    assert (gift.fee_minor, gift.fee_transaction, ledger_lines(gift)) == (0, None, [Kind.GIFT])


@pytest.mark.django_db
def test_a_movement_that_the_ledger_cannot_hold_is_kept_shown_and_not_booked(now: datetime) -> None:
    gift = make_gift(make_fund(now), now)
    moved = MovementFact("txn_1", "charge", "charge", 9_00, 30, "SEK", now, now, payment_id="pi_1", trouble="SEK")
    payment = Payment("pi_1", gift.pk, PaymentStatus.SUCCEEDED, Money(KZT, "KZT"), "ch_1", now, moved)
    actions.settle_gift(gift_id=gift.pk, payment=payment, now=now)
    gift.refresh_from_db()
    kept = Movement.objects.get()
    assert (gift.state, gift.settled_minor, ledger_lines(gift)) == (GiftState.SUCCEEDED, None, [Kind.GIFT])
    assert (kept.state, kept.trouble, book_movement(movement_pk=kept.pk, now=now)) == ("waiting", "SEK", False)


@pytest.mark.django_db
def test_an_address_typed_at_stripe_alone_gets_the_receipt(stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    without, with_own = (opened(make_gift(fund, now, donor_email=email)) for email in ("", "own@example.com"))
    for gift, checkout in (without, with_own):
        stage.pay(checkout)
        [event] = [one for one in stage.events_of(gift) if one["type"] == "payment_intent.succeeded"]
        stage.deliver(event)
    addresses = {gift.pk: Gift.objects.get(pk=gift.pk).donor_email for gift, _checkout in (without, with_own)}
    typed = stage.sdk().v1.charges.retrieve(stage.charge_of(without[0])).billing_details.email
    assert addresses == {without[0].pk: typed, with_own[0].pk: "own@example.com"}
    assert {letter.to[0] for letter in mail.outbox} == {typed, "own@example.com"}
    # The page of the session tells the same.
    checkout = fetch_checkout(checkout_id=without[1].id)
    assert checkout.payment is not None
    assert checkout.payment.email == typed
