"""One gift never goes back twice: not by a refund and a reversal, not before it is booked, not at the same moment."""

from functools import partial
from uuid import uuid4

import pytest

from common.ids import random_id
from common.money import Money
from funds.donations.actions import bank_lines, line_gifts
from funds.donations.actions.line_gifts import NewGift
from funds.donations.actions.refunds import answer_refund, ask_for_refund, returnable
from funds.donations.models import Gift, Pledge, Refund
from funds.donations.queries.matching import pledges_of_fund
from funds.ledger.actions import answer_correction, ask_for_correction
from funds.ledger.models import Correction, Fund
from funds.payments.models import BankLine
from funds.payments.states import LineState
from tests.banking import a_line, bank, booking, refusal, reverse, said
from tests.donations.test_matching import promised
from tests.spending.test_concurrency import outcomes
from tests.thread import Thread
from towns.models import Town
from users.states import Role

TENGE = 100
NAMED = NewGift(donor_name="Marat", name_public=True)


def came(thread: Thread, amount: int, new: NewGift = NAMED) -> tuple[Gift, BankLine]:
    line = a_line(thread, f"{amount},00")
    gift = line_gifts.gift_from_line(new=new, **said(thread, line))
    line.refresh_from_db()
    return gift, line


def asked(thread: Thread, gift: Gift) -> Refund:
    return ask_for_refund(
        actor=thread.the(Role.TREASURER),
        gift_id=gift.pk,
        amount=Money(gift.amount_minor, gift.currency),
        reason="Sent twice",
        submission=uuid4(),
        now=thread.now,
    )


def back(thread: Thread, refund: Refund) -> Refund:
    return answer_refund(actor=thread.the(Role.APPROVER), refund_id=refund.pk, accepted=True, now=thread.now)


@pytest.mark.django_db
def test_what_was_reversed_is_not_given_back(thread: Thread) -> None:
    came(thread, 50_000)
    gift, line = came(thread, 10_000)
    waits = asked(thread, gift)
    reverse(thread, booking(gift.transaction_id))
    assert returnable(gift).minor == 0
    assert refusal(lambda: asked(thread, gift)) == "too_much"
    assert refusal(lambda: back(thread, waits)) == "too_much"
    bank_lines.open_again(**said(thread, line))
    assert refusal(lambda: back(thread, waits)) == "too_much"
    assert bank(thread) == 50_000 * TENGE


@pytest.mark.django_db
def test_what_was_given_back_is_not_reversed(thread: Thread) -> None:
    came(thread, 50_000)
    gift, line = came(thread, 10_000)
    refund = back(thread, asked(thread, gift))
    assert refusal(lambda: reverse(thread, booking(gift.transaction_id))) == "given_back"
    assert bank(thread) == 50_000 * TENGE
    # Once the refund's own line is reversed, so may be the gift's; then the line can be explained anew.
    reverse(thread, booking(refund.transaction_id))
    reverse(thread, booking(gift.transaction_id))
    bank_lines.open_again(**said(thread, line))
    line.refresh_from_db()
    assert (line.state, bank(thread)) == (LineState.OPEN, 50_000 * TENGE)


@pytest.mark.usefixtures("committed_db")
def test_a_refund_and_a_reversal_at_the_same_moment(thread: Thread) -> None:
    came(thread, 50_000)
    gift, _line = came(thread, 10_000)
    refund = asked(thread, gift)
    wished = Correction(
        id=random_id(), fund=thread.fund, kind="reversal", reason="Wrong line", reverses=booking(gift.transaction_id)
    )
    ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)
    who = thread.the(Role.APPROVER)
    found = outcomes(
        [
            partial(answer_refund, actor=who, refund_id=refund.pk, accepted=True, now=thread.now),
            partial(answer_correction, actor=who, correction_id=wished.pk, accepted=True, now=thread.now),
        ]
    )
    assert found in (["done", "too_much"], ["done", "given_back"])
    assert bank(thread) == 50_000 * TENGE


@pytest.mark.django_db
def test_what_an_enterprise_pays_counts_for_its_promise(thread: Thread) -> None:
    promise = promised(thread)
    line = a_line(thread, "10000,00")
    line_gifts.gift_of_pledge(pledge_id=promise.pk, **said(thread, line))
    [meter] = pledges_of_fund(fund_id=thread.fund.pk, on=thread.now.date())
    assert meter.paid == Money(10_000 * TENGE, "KZT")


@pytest.mark.django_db
def test_a_promise_to_another_fund_is_unknown_here(thread: Thread) -> None:
    town = Town.objects.exclude(pk=thread.town.pk)[0]
    fund = Fund.objects.create(town=town, legal_entity="Others e.V.", founded_date=thread.fund.founded_date)
    theirs = promised(Thread(town=town, fund=fund, now=thread.now))
    line = a_line(thread, "10000,00")
    with pytest.raises(Pledge.DoesNotExist):
        line_gifts.gift_of_pledge(pledge_id=theirs.pk, **said(thread, line))
    assert not Gift.objects.exists()
