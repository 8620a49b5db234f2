"""Lines of statements that are no gifts: transfers, cash, fees, what was booked before; and taking a match back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common.clock import day_of
from common.money import Money
from funds.donations.actions import arrivals, bank_lines, line_gifts
from funds.donations.queries.bank_lines import lines_of_fund, suggestions_for, unexplained
from funds.donations.rules.explaining import What
from funds.donations.states import MatchReason
from funds.ledger.actions import post
from funds.ledger.models import Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import Payout, PayoutShare
from funds.payments.rules.payouts import sent_posting
from funds.payments.states import LineState, PayoutState
from tests.banking import a_line, an_account, announced, bank, booking, legs, refusal, reverse, said, suspense
from tests.thread import Thread

pytestmark = pytest.mark.django_db


def sent(thread: Thread, amount: int, currency: str) -> PayoutShare:
    """A transfer from the card account that is on its way; whole units."""
    payout = Payout.objects.create(
        payout_id=f"po_{uuid4().hex}",
        amount_minor=amount * 100,
        currency=currency,
        state=PayoutState.PAID,
        automatic=True,
        arrival_date=day_of(thread.now - timedelta(days=4)),
        created_at=thread.now - timedelta(days=6),
    )
    money = Money(amount * 100, currency)
    posting = sent_posting(
        fund=thread.fund.pk, movement_id=payout.payout_id, share=money, payout=payout.pk, day=thread.now.date()
    )
    [booked] = post(postings=[posting], now=thread.now)
    return PayoutShare.objects.create(
        payout=payout, fund=thread.fund, amount_minor=money.minor, transaction_id=booked.transaction_id
    )


def test_a_transfer_arrives_and_the_bank_keeps_its_fee(thread: Thread) -> None:
    thread.gift(None, 90_000, name="Somebody")
    share = sent(thread, 80_000, "KZT")
    line = a_line(thread, "79500,00", "STRIPE PAYOUT")
    [best] = suggestions_for(line=line)
    assert (best.candidate.what, best.reasons) == (What.PAYOUT, (MatchReason.PROCESSOR, MatchReason.NEAR))
    arrivals.match_payout(share_id=share.pk, **said(thread, line))
    line.refresh_from_db()
    assert (line.payout_share_id, line.subject_id) == (share.pk, share.pk)
    assert legs(line.transaction_id) == [("bank", "KZT", 79_500_00, None), ("transit", "KZT", -79_500_00, None)]
    fee = Transaction.objects.get(key=f"bank:{line.pk}:fee")
    assert legs(fee) == [("fees", "KZT", 500_00, None), ("transit", "KZT", -500_00, None)]
    assert balance_of(fund=thread.fund, code=AccountCode.TRANSIT, currency="KZT").minor == 0
    again = a_line(thread, "79500,00", "STRIPE PAYOUT")
    assert refusal(lambda: arrivals.match_payout(share_id=share.pk, **said(thread, again))) == "payout_has_come"


def test_more_than_was_sent_is_another_transfer(thread: Thread) -> None:
    thread.gift(None, 90_000, name="Somebody")
    share = sent(thread, 80_000, "KZT")
    line = a_line(thread, "80000,01", "STRIPE")
    assert refusal(lambda: arrivals.match_payout(share_id=share.pk, **said(thread, line))) == "more_than_sent"


def test_a_transfer_in_another_currency_is_an_exchange_and_purposes_follow(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 200, "EUR", name="Somebody")
    thread.gift(None, 100, "EUR", name="Somebody else")
    share = sent(thread, 300, "EUR")
    line = a_line(thread, "166666,67", "STRIPE PAYOUT")
    arrivals.match_payout(share_id=share.pk, **said(thread, line))
    line.refresh_from_db()
    found = legs(line.transaction_id)
    assert booking(line.transaction_id).kind == Kind.EXCHANGE
    assert sorted(found, key=str) == sorted(
        [
            ("transit", "EUR", -300_00, None),
            ("bank", "KZT", 166_666_67, None),
            ("moved", "EUR", 200_00, project.pk),
            ("moved", "KZT", -111_111_11, project.pk),
            ("moved", "EUR", 100_00, None),
            ("moved", "KZT", -55_555_56, None),
        ],
        key=str,
    )


def test_a_payment_that_was_recorded_by_hand_gets_its_line(thread: Thread) -> None:
    project = thread.funded(200_000)
    thread.paid(project, 100_000)
    line = a_line(thread, "-100000,00", "Оплата по счету 14")
    payment = Transaction.objects.get(kind=Kind.PAYMENT)
    best = suggestions_for(line=line)[0]
    assert (best.candidate.what, best.candidate.id) == (What.BOOKED, payment.pk)
    before = bank(thread)
    bank_lines.match_booked(transaction_id=payment.pk, **said(thread, line))
    line.refresh_from_db()
    assert (line.transaction_id, line.state, bank(thread)) == (payment.pk, LineState.MATCHED, before)
    twin = a_line(thread, "-100000,00", "Оплата")
    assert (
        refusal(lambda: bank_lines.match_booked(transaction_id=payment.pk, **said(thread, twin))) == "not_booked_before"
    )
    # What was said of it can be taken back: nothing was booked by it.
    bank_lines.open_again(**said(thread, line))
    line.refresh_from_db()
    assert (line.state, line.transaction_id) == (LineState.OPEN, None)


def test_a_line_set_aside_needs_a_note(thread: Thread) -> None:
    line = a_line(thread, "-70,00")
    assert refusal(lambda: bank_lines.set_aside(note=" ", **said(thread, line))) == "note_missing"
    bank_lines.set_aside(note="Lines 4 and 5", **said(thread, line))
    line.refresh_from_db()
    assert (line.state, line.note, line.transaction_id) == (LineState.ASIDE, "Lines 4 and 5", None)
    bank_lines.open_again(**said(thread, line))
    line.refresh_from_db()
    assert (line.state, line.note) == (LineState.OPEN, "")


def test_the_banks_own_fee_goes_by_way_of_suspense(thread: Thread) -> None:
    line_gifts.gift_from_line(
        new=line_gifts.NewGift(donor_name="N", name_public=True), **said(thread, a_line(thread, "9000,00"))
    )
    line = a_line(thread, "-350,00", "Комиссия банка за перевод")
    [best] = suggestions_for(line=line)
    assert (best.candidate.what, best.reasons) == (What.FEE, (MatchReason.WORDS,))
    bank_lines.match_fee(**said(thread, line))
    assert (bank(thread), suspense(thread)) == (8_650_00, 0)
    assert balance_of(fund=thread.fund, code=AccountCode.FEES, currency="KZT").minor == 350_00
    came = a_line(thread, "10,00")
    assert refusal(lambda: bank_lines.match_fee(**said(thread, came))) == "line_came_in"


def test_what_nobody_knows_stands_as_not_yet_explained_and_is_explained_later(thread: Thread) -> None:
    line = a_line(thread, "4000,00")
    assert unexplained(fund=thread.fund).sums == (Money(4_000_00, "KZT"),)
    assert bank_lines.hold_old_lines(now=thread.now + timedelta(days=27)) == 0
    assert bank_lines.hold_old_lines(now=thread.now + timedelta(days=29)) == 1
    assert (bank(thread), suspense(thread)) == (4_000_00, -4_000_00)
    assert [one.pk for one in lines_of_fund(fund=thread.fund, shown="suspense")] == [line.pk]
    gift = line_gifts.gift_from_line(
        new=line_gifts.NewGift(donor_name="Нұрлан", name_public=True), **said(thread, line)
    )
    assert (bank(thread), suspense(thread)) == (4_000_00, 0)
    assert legs(gift.transaction_id) == [("suspense", "KZT", 4_000_00, None), ("gifts", "KZT", -4_000_00, None)]
    assert booking(gift.transaction_id).kind == Kind.CLEARING


def test_a_wrong_match_is_taken_back_by_a_reversal_of_two_people(thread: Thread) -> None:
    gift = announced(thread)
    line = a_line(thread, "25000,00", str(gift.reference_code))
    line_gifts.match_expected(gift_id=gift.pk, **said(thread, line))
    assert refusal(lambda: bank_lines.open_again(**said(thread, line))) == "line_stands"
    line.refresh_from_db()
    assert line.transaction is not None
    reverse(thread, line.transaction)
    bank_lines.open_again(**said(thread, line))
    gift.refresh_from_db()
    line.refresh_from_db()
    assert (line.state, gift.state, gift.refunded_minor, bank(thread)) == ("open", "succeeded", 25_000_00, 0)
    # The right giver's gift comes with the same line, under a new key.
    right = announced(thread)
    line_gifts.match_expected(gift_id=right.pk, **said(thread, line))
    line.refresh_from_db()
    assert line.transaction is not None
    assert (line.transaction.key, bank(thread)) == (f"bank:{line.pk}:2", 25_000_00)


def test_a_wrong_clearing_leaves_the_line_not_yet_explained(thread: Thread) -> None:
    line = a_line(thread, "4000,00")
    bank_lines.hold_unexplained(**said(thread, line))
    new = line_gifts.NewGift(donor_name="N", name_public=True)
    gift = line_gifts.gift_from_line(new=new, **said(thread, line))
    reverse(thread, booking(gift.transaction_id))
    bank_lines.open_again(**said(thread, line))
    assert [one.pk for one in lines_of_fund(fund=thread.fund, shown="suspense")] == [line.pk]
    line_gifts.gift_from_line(new=new, **said(thread, line))
    assert suspense(thread) == 0


def test_cash_comes_to_the_bank_only_as_far_as_the_box_holds_it(thread: Thread) -> None:
    line = a_line(thread, "1000,00", "Взнос наличными")
    assert refusal(lambda: bank_lines.match_deposit(**said(thread, line))) == "not_enough_money"
    assert an_account(thread, number="KZ1").fund == thread.fund
