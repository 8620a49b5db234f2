"""Gifts that lines of statements bring: suggested with reasons, explained once, booked once, never counted before."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common.clock import day_of
from common.errors import Forbidden
from funds.donations.actions import bank_lines, line_gifts
from funds.donations.actions.publishing import publish_due
from funds.donations.actions.transfers import expire_expected
from funds.donations.models import Batch, Gift, Pledge
from funds.donations.queries import raised_by_fund
from funds.donations.queries.bank_lines import suggestions_for
from funds.donations.rules.explaining import What
from funds.donations.states import GiftState, MatchReason
from funds.ledger.models import Entry
from funds.ledger.states import Kind
from funds.payments.models import BankLine
from funds.payments.states import LineState
from tests.banking import a_line, announced, bank, booking, legs, refusal, said
from tests.thread import BIN, Thread
from users.states import Role

pytestmark = pytest.mark.django_db


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
