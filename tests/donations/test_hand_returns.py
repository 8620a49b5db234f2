"""What the fund pays back by hand of gifts without a public name: booked together, once the bank has told of it."""

from datetime import timedelta

import pytest

from common.clock import day_of
from funds.donations.actions import bank_lines, publish_due
from funds.donations.actions.hand_returns import book_returns_due, match_given_back
from funds.donations.actions.refunds import answer_refund, returnable
from funds.donations.models import Gift, Refund
from funds.donations.queries.bank_lines import suggestions_for
from funds.donations.queries.standings import standing_of
from funds.donations.rules.explaining import What
from funds.donations.states import Standing
from funds.ledger.models import Transaction
from funds.ledger.states import Kind
from funds.payments.models import BankLine, Statement
from funds.reports.queries import bank_comparisons
from tests.banking import a_line, bank, legs, refusal, reverse, said
from tests.donations.test_back_once import asked, back, came
from tests.donations.test_line_pages import entered, text
from tests.donations.test_wrong_lines import UNNAMED, booked_together
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db
SUMS = (7_000, 8_000, 9_000)


def confirmed(thread: Thread) -> list[Refund]:
    """All three gifts of a common line are to go back whole, and an approver has said yes."""
    booked_together(thread)
    return [back(thread, asked(thread, gift)) for gift in Gift.objects.order_by("amount_minor")]


def paid_back(thread: Thread, refund: Refund) -> BankLine:
    line = a_line(thread, f"-{refund.amount_minor // 100},00")
    match_given_back(refund_id=refund.pk, **said(thread, line))
    line.refresh_from_db()
    return line


def refunds_booked() -> int:
    return Transaction.objects.filter(kind=Kind.REFUND).count()


def test_three_that_went_back_stand_in_one_line_that_names_their_batch(thread: Thread) -> None:
    refunds = confirmed(thread)
    assert [standing_of(one.gift) for one in refunds] == [Standing.REFUNDED] * 3
    assert [returnable(one.gift).minor for one in refunds] == [0, 0, 0]
    assert (book_returns_due(now=thread.now), refunds_booked(), bank(thread)) == (0, 0, 24_000_00)
    lines = []
    for number, refund in enumerate(refunds):
        assert book_returns_due(now=thread.now) == 0
        lines.append(paid_back(thread, refund))
        assert (lines[number].transaction, lines[number].subject_id) == (None, refund.pk)
    assert (book_returns_due(now=thread.now), book_returns_due(now=thread.now)) == (1, 0)
    booked = Transaction.objects.get(kind=Kind.REFUND)
    assert legs(booked) == [("gifts", "KZT", 24_000_00, None), ("bank", "KZT", -24_000_00, None)]
    assert booked.subject_id == Gift.objects.values_list("batch", flat=True).distinct().get()
    assert {one.transaction_id for one in BankLine.objects.filter(pk__in=[one.pk for one in lines])} == {booked.pk}
    assert [gift.refunded_minor for gift in Gift.objects.order_by("amount_minor")] == [one * 100 for one in SUMS]
    assert bank(thread) == 0


def test_a_lone_one_is_booked_when_it_has_waited_and_the_comparison_agrees_all_the_while(thread: Thread) -> None:
    refund = confirmed(thread)[0]
    Statement.objects.update(last_date=day_of(thread.now - timedelta(days=3)), closing_minor=24_000_00)
    before = [(one.outside, one.ours) for one in bank_comparisons(now=thread.now)]
    paid_back(thread, refund)
    Statement.objects.update(last_date=day_of(thread.now - timedelta(days=3)), closing_minor=17_000_00)
    assert [(one.outside, one.ours) for one in bank_comparisons(now=thread.now)] == before
    later = thread.now + timedelta(days=7)
    assert (book_returns_due(now=later - timedelta(seconds=1)), book_returns_due(now=later)) == (0, 1)
    assert [(one.outside, one.ours) for one in bank_comparisons(now=thread.now)] == before
    assert bank(thread) == 17_000_00


def test_a_gift_that_waits_itself_goes_back_after_its_own_line(thread: Thread) -> None:
    gift, _line = came(thread, 7_000, UNNAMED)
    paid_back(thread, back(thread, asked(thread, gift)))
    later = thread.now + timedelta(days=8)
    assert (book_returns_due(now=later), refunds_booked()) == (0, 0)
    assert (publish_due(now=later), book_returns_due(now=later), bank(thread)) == (1, 1, 0)


def test_the_treasurer_is_told_of_it_and_may_open_the_line_anew(thread: Thread) -> None:
    refund = confirmed(thread)[0]
    line, other = a_line(thread, "-7000,00"), a_line(thread, "-7000,00")
    [told] = [one.candidate for one in suggestions_for(line=line) if one.candidate.what == What.GIVEN_BACK]
    assert told.id == refund.pk
    client, page = entered(thread.the(Role.TREASURER)), f"/en/treasury/line/{line.pk}/"
    assert "to be booked with others" in text(client.get(page))
    assert client.post(page, {"what": "given_back", "id": str(refund.pk)})["Location"] == page
    assert "this is booked together with others" in text(client.get(page))
    assert refusal(lambda: match_given_back(refund_id=refund.pk, **said(thread, other))) == "no_such_refund"
    bank_lines.open_again(**said(thread, line))
    match_given_back(refund_id=refund.pk, **said(thread, other))


def test_the_common_line_is_not_reversed_and_nothing_goes_back_twice(thread: Thread) -> None:
    refunds = confirmed(thread)
    for refund in refunds:
        paid_back(thread, refund)
    book_returns_due(now=thread.now)
    assert refusal(lambda: reverse(thread, Transaction.objects.get(kind=Kind.REFUND))) == "returned_together"
    assert refusal(lambda: asked(thread, refunds[0].gift)) == "too_much"


def test_the_approver_confirms_no_more_than_the_gift_was(thread: Thread) -> None:
    refund = confirmed(thread)[0]
    twice = Refund.objects.create(
        gift=refund.gift, amount_minor=1, asked_by=thread.the(Role.TREASURER), created_at=thread.now
    )
    who = thread.the(Role.APPROVER)
    assert refusal(lambda: answer_refund(actor=who, refund_id=twice.pk, accepted=True, now=thread.now)) == "too_much"
