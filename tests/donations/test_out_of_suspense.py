"""Gifts without a public name whose bank lines were booked as not yet explained before anybody knew what they were."""

from datetime import timedelta

import pytest

from funds.donations.actions import bank_lines, line_gifts, publish_due
from funds.donations.actions.hand_returns import book_returns_due
from funds.donations.models import Batch, Gift, Refund
from funds.donations.queries.bank_lines import lines_of_fund
from funds.donations.queries.standings import standing_of
from funds.donations.states import Standing
from funds.ledger.models import Transaction
from funds.ledger.states import Kind
from funds.payments.models import BankLine
from funds.reports.queries import bank_comparisons
from tests.banking import a_line, bank, legs, refusal, said, suspense
from tests.donations.test_back_once import asked, back
from tests.thread import Thread

pytestmark = pytest.mark.django_db
UNNAMED = line_gifts.NewGift(donor_name="Hidden")


def held(thread: Thread, amount: int) -> tuple[Gift, BankLine]:
    """Nobody knew what a line is; now it is known to be a gift."""
    line = a_line(thread, f"{amount},00")
    bank_lines.hold_unexplained(**said(thread, line))
    gift = line_gifts.gift_from_line(new=UNNAMED, **said(thread, line))
    line.refresh_from_db()
    return gift, line


def test_they_clear_it_together_and_go_back_together(thread: Thread) -> None:
    found = [held(thread, amount) for amount in (7_000, 8_000, 9_000)]
    assert (bank(thread), suspense(thread), Transaction.objects.filter(kind=Kind.CLEARING).count()) == (
        24_000_00,
        -24_000_00,
        0,
    )
    assert [len(lines_of_fund(fund=thread.fund, shown=shown)) for shown in ("suspense", "matched")] == [0, 3]
    assert refusal(lambda: bank_lines.match_fee(**said(thread, found[0][1]))) == "line_explained"
    assert publish_due(now=thread.now) == 1
    assert legs(Batch.objects.get().transaction_id) == [
        ("suspense", "KZT", 24_000_00, None),
        ("gifts", "KZT", -24_000_00, None),
    ]
    assert {one.remainder for one in bank_comparisons(now=thread.now)} <= {0}
    gift, line = found[0]
    gift.refresh_from_db()
    refund = back(thread, asked(thread, gift))
    assert (Transaction.objects.filter(kind=Kind.REFUND).count(), refund.transaction_id) == (0, None)
    paid = a_line(thread, "-7000,00")
    assert refusal(lambda: bank_lines.open_again(**said(thread, line))) == "line_stands"
    assert book_returns_due(now=thread.now + timedelta(days=8)) == 0  # the bank has not told of it
    bank_lines.hold_unexplained(**said(thread, paid))


def test_while_one_waits_its_line_is_what_it_was_at_once(thread: Thread) -> None:
    gift, line = held(thread, 7_000)
    bank_lines.open_again(**said(thread, line))
    gift.refresh_from_db()
    line.refresh_from_db()
    assert (line.subject_id, standing_of(gift), suspense(thread)) == (None, Standing.REFUNDED, -7_000_00)
    assert [one.pk for one in lines_of_fund(fund=thread.fund, shown="suspense")] == [line.pk]
    assert Refund.objects.count() == 1
    assert publish_due(now=thread.now + timedelta(days=8)) == 0
    named = line_gifts.NewGift(donor_name="Marat", name_public=True)
    other = line_gifts.gift_from_line(new=named, **said(thread, line))
    assert (other.transaction_id is not None, bank(thread), suspense(thread)) == (True, 7_000_00, 0)
