"""Lines of statements: what they may be and why, each explained once, each booked once, and taken back by reversal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import day_of
from common.errors import DomainError, Forbidden
from common.ids import random_id
from common.money import Money
from funds.donations.actions import bank_lines, line_gifts
from funds.donations.actions.publishing import publish_due
from funds.donations.actions.transfers import expire_expected
from funds.donations.models import Batch, Gift, Pledge
from funds.donations.queries import raised_by_fund
from funds.donations.queries.bank_lines import lines_of_fund, suggestions_for, unexplained
from funds.donations.rules.explaining import What
from funds.donations.states import GiftState, MatchReason
from funds.ledger.actions import answer_correction, ask_for_correction, post
from funds.ledger.models import Correction, Entry, Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankLine, Payout, PayoutShare
from funds.payments.rules.payouts import sent_posting
from funds.payments.states import LineState, PayoutState
from tests.banking import a_line, an_account, announced
from tests.thread import BIN, Thread
from users.states import Role

pytestmark = pytest.mark.django_db


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def said(thread: Thread, line: BankLine) -> dict[str, Any]:
    return {"actor": thread.the(Role.TREASURER), "line_id": line.pk, "now": thread.now}


def legs(booked: Transaction | UUID | None) -> list[tuple[str, str, int, UUID | None]]:
    rows = Entry.objects.filter(transaction=booked).select_related("account").order_by("line")
    return [(one.account.code, one.currency, one.amount_minor, one.account.earmark_id) for one in rows]


def booking(booked: UUID | None) -> Transaction:
    assert booked is not None
    return Transaction.objects.get(pk=booked)


def bank(thread: Thread, currency: str = "KZT") -> int:
    return balance_of(fund=thread.fund, code=AccountCode.BANK, currency=currency).minor


def suspense(thread: Thread) -> int:
    return balance_of(fund=thread.fund, code=AccountCode.SUSPENSE, currency="KZT").minor


def reverse(thread: Thread, booked: Transaction) -> None:
    wished = Correction(id=random_id(), fund=thread.fund, kind="reversal", reason="Wrong line", reverses=booked)
    ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)
    answer_correction(actor=thread.the(Role.APPROVER), correction_id=wished.pk, accepted=True, now=thread.now)


def test_an_announced_gift_comes_with_its_code(thread: Thread) -> None:
    project = thread.project()
    gift = announced(thread, project=project)
    line = a_line(thread, "25000,00", f"Көмек {gift.reference_code}".lower())
    [best, *_others] = suggestions_for(line=line)
    assert (best.candidate.id, best.sure, best.reasons) == (gift.pk, True, (MatchReason.CODE, MatchReason.AMOUNT))
    line_gifts.match_expected(gift_id=gift.pk, **said(thread, line))
    gift.refresh_from_db()
    line.refresh_from_db()
    assert (gift.state, gift.amount_minor, gift.transaction_id) == (GiftState.SUCCEEDED, 25_000_00, line.transaction_id)
    assert day_of(gift.succeeded_at or thread.now) == line.booked_date
    booked = booking(line.transaction_id)
    assert (booked.key, booked.kind, booked.effective_date) == (f"bank:{line.pk}", Kind.GIFT, line.booked_date)
    assert legs(booked) == [("bank", "KZT", 25_000_00, None), ("gifts", "KZT", -25_000_00, project.pk)]
    assert (line.state, line.subject_id, line.explained_by) == (LineState.MATCHED, gift.pk, thread.the(Role.TREASURER))


def test_the_gift_is_what_the_bank_says_came(thread: Thread) -> None:
    gift = announced(thread, 25_000)
    line = a_line(thread, "24800,00", str(gift.reference_code))
    assert [(one.sure, one.reasons) for one in suggestions_for(line=line)] == [(False, (MatchReason.CODE,))]
    line_gifts.match_expected(gift_id=gift.pk, **said(thread, line))
    gift.refresh_from_db()
    assert (gift.amount_minor, gift.expected_minor, bank(thread)) == (24_800_00, 25_000_00, 24_800_00)


def test_an_announced_gift_is_never_counted_as_money(thread: Thread) -> None:
    project = thread.project()
    gift = announced(thread, 25_000, project=project)
    assert raised_by_fund(fund_id=thread.fund.pk).gifts == 0
    assert Entry.objects.filter(account__fund=thread.fund).count() == 0
    assert (gift.transaction_id, gift.succeeded_at) == (None, None)
    assert expire_expected(now=thread.now + timedelta(days=79)) == 0
    assert expire_expected(now=thread.now + timedelta(days=81)) == 1
    gift.refresh_from_db()
    assert gift.state == GiftState.EXPIRED
    # It comes all the same.
    line = a_line(thread, "25000,00", str(gift.reference_code))
    line_gifts.match_expected(gift_id=gift.pk, **said(thread, line))
    gift.refresh_from_db()
    assert gift.state == GiftState.SUCCEEDED


def test_the_same_form_announces_once_and_needs_an_account(thread: Thread) -> None:
    key = uuid4()
    first, second = announced(thread, submission_key=key), announced(thread, submission_key=key)
    assert (first.pk, Gift.objects.count()) == (second.pk, 1)
    assert refusal(lambda: announced(thread, method="kaspi")) == "no_account"
    assert refusal(lambda: announced(thread, 0)) == "amount_not_positive"


def test_name_and_amount_suggest_without_being_sure(thread: Thread) -> None:
    gift = announced(thread, 25_000)
    line = a_line(thread, "25000,00", "Pomoshch", name="AIGUL SERIKKYZY")
    [best] = suggestions_for(line=line)
    assert (best.candidate.id, best.sure, best.reasons) == (gift.pk, False, (MatchReason.AMOUNT, MatchReason.NAME))


def test_everything_sure_is_accepted_at_once_and_nothing_else(thread: Thread) -> None:
    sure, other_sum, twin = (announced(thread, amount) for amount in (10_000, 20_000, 30_000))
    first = a_line(thread, "10000,00", str(sure.reference_code))
    unsure = a_line(thread, "19000,00", str(other_sum.reference_code))
    both = a_line(thread, "30000,00", f"{twin.reference_code} {sure.reference_code}")
    accepted = bank_lines.accept_sure(actor=thread.the(Role.TREASURER), fund=thread.fund, now=thread.now)
    assert {one.pk for one in accepted} == {sure.pk, twin.pk}
    states = dict(BankLine.objects.values_list("pk", "state"))
    assert (states[first.pk], states[unsure.pk], states[both.pk]) == ("matched", "open", "matched")
    with pytest.raises(Forbidden):
        bank_lines.accept_sure(actor=thread.the(Role.APPROVER), fund=thread.fund, now=thread.now)


def test_nobody_but_the_treasurer_explains(thread: Thread) -> None:
    line = a_line(thread, "100,00")
    for role in (Role.APPROVER, Role.AUDITOR, Role.CHAIR):
        with pytest.raises(Forbidden):
            bank_lines.hold_unexplained(actor=thread.the(role), line_id=line.pk, now=thread.now)


def test_a_line_is_explained_once_and_a_gift_comes_once(thread: Thread) -> None:
    gift = announced(thread)
    first, second = a_line(thread, "25000,00"), a_line(thread, "25000,00")
    line_gifts.match_expected(gift_id=gift.pk, **said(thread, first))
    assert refusal(lambda: line_gifts.match_expected(gift_id=gift.pk, **said(thread, second))) == "gift_has_come"
    assert refusal(lambda: bank_lines.hold_unexplained(**said(thread, first))) == "line_explained"
    out = a_line(thread, "-10,00")
    assert refusal(lambda: line_gifts.match_expected(gift_id=gift.pk, **said(thread, out))) == "line_went_out"
    assert bank(thread) == 25_000_00


def test_unnamed_gifts_wait_and_are_booked_together(thread: Thread) -> None:
    lines = [a_line(thread, f"{amount},00") for amount in (1000, 2000, 3000)]
    for line in lines[:2]:
        line_gifts.gift_from_line(new=line_gifts.NewGift(donor_name="Hidden"), **said(thread, line))
    assert (publish_due(now=thread.now), bank(thread)) == (0, 0)
    assert BankLine.objects.filter(state="matched", transaction=None).count() == 2
    line_gifts.gift_from_line(new=line_gifts.NewGift(), **said(thread, lines[2]))
    assert publish_due(now=thread.now) == 1
    batch = Batch.objects.get()
    assert legs(batch.transaction_id) == [("bank", "KZT", 6_000_00, None), ("gifts", "KZT", -6_000_00, None)]
    assert set(BankLine.objects.values_list("transaction", flat=True)) == {batch.transaction_id}
    assert set(Gift.objects.values_list("batch", flat=True)) == {batch.pk}
    assert refusal(lambda: bank_lines.open_again(**said(thread, lines[0]))) == "line_stands"


def test_card_and_bank_gifts_are_not_booked_in_one_line(thread: Thread) -> None:
    """One card gift among bank gifts would show by the account on which it lies."""
    thread.gift(None, 500)
    for amount in (1000, 2000, 3000):
        line_gifts.gift_from_line(new=line_gifts.NewGift(), **said(thread, a_line(thread, f"{amount},00")))
    publish_due(now=thread.now)
    assert sorted(Batch.objects.values_list("gifts_count", flat=True)) == [1, 3]


def test_a_gift_that_nobody_announced_is_named_or_not(thread: Thread) -> None:
    project = thread.project()
    line = a_line(thread, "5000,00")
    new = line_gifts.NewGift(donor_name="Нұрлан", name_public=True, project=project)
    gift = line_gifts.gift_from_line(new=new, **said(thread, line))
    assert legs(gift.transaction_id) == [("bank", "KZT", 5_000_00, None), ("gifts", "KZT", -5_000_00, project.pk)]
    nameless = line_gifts.NewGift(name_public=True)
    other = a_line(thread, "1,00")
    assert refusal(lambda: line_gifts.gift_from_line(new=nameless, **said(thread, other))) == "name_missing"


def test_an_enterprise_pays_its_promise_under_its_own_code(thread: Thread) -> None:
    pledge = Pledge.objects.create(
        fund=thread.fund,
        enterprise="Demo Su LLP",
        enterprise_bin=BIN,
        cap_minor=100_00,
        starts_date=thread.now.date(),
        ends_date=thread.now.date(),
        pledged_by=thread.the(Role.ENTERPRISE),
        pledged_at=thread.now,
        reference_code="ASAR-7K3M9H",
    )
    line = a_line(thread, "70,00", "ASAR 7K3M9H")
    [best] = suggestions_for(line=line)
    assert (best.candidate.what, best.sure) == (What.PLEDGE, False)
    gift = line_gifts.gift_of_pledge(pledge_id=pledge.pk, **said(thread, line))
    assert (gift.donor_name, gift.company_bin, gift.name_public, gift.amount_minor) == ("Demo Su LLP", BIN, True, 70_00)


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
    bank_lines.match_payout(share_id=share.pk, **said(thread, line))
    line.refresh_from_db()
    assert (line.payout_share_id, line.subject_id) == (share.pk, share.pk)
    assert legs(line.transaction_id) == [("bank", "KZT", 79_500_00, None), ("transit", "KZT", -79_500_00, None)]
    fee = Transaction.objects.get(key=f"bank:{line.pk}:fee")
    assert legs(fee) == [("fees", "KZT", 500_00, None), ("transit", "KZT", -500_00, None)]
    assert balance_of(fund=thread.fund, code=AccountCode.TRANSIT, currency="KZT").minor == 0
    again = a_line(thread, "79500,00", "STRIPE PAYOUT")
    assert refusal(lambda: bank_lines.match_payout(share_id=share.pk, **said(thread, again))) == "payout_has_come"


def test_more_than_was_sent_is_another_transfer(thread: Thread) -> None:
    thread.gift(None, 90_000, name="Somebody")
    share = sent(thread, 80_000, "KZT")
    line = a_line(thread, "80000,01", "STRIPE")
    assert refusal(lambda: bank_lines.match_payout(share_id=share.pk, **said(thread, line))) == "more_than_sent"


def test_a_transfer_in_another_currency_is_an_exchange_and_purposes_follow(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 200, "EUR", name="Somebody")
    thread.gift(None, 100, "EUR", name="Somebody else")
    share = sent(thread, 300, "EUR")
    line = a_line(thread, "166666,67", "STRIPE PAYOUT")
    bank_lines.match_payout(share_id=share.pk, **said(thread, line))
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
