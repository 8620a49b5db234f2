"""A gift without a public name shows in no comparison, neither while it waits nor in the days of its booking, nor alone
in a transfer to the bank."""

from datetime import timedelta

import pytest
from django.test import Client

from common.clock import day_of
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.actions.publishing import publish_due
from funds.payments.models import Movement, Payout, Statement
from funds.reports.queries import bank_comparisons, payout_comparisons, ways
from tests.banking import a_line, said
from tests.thread import Thread

pytestmark = pytest.mark.django_db


def compared(thread: Thread) -> list[tuple[int, int]]:
    return [(one.outside, one.ours) for one in bank_comparisons()]


def test_what_waits_for_others_is_not_told(thread: Thread) -> None:
    named, hidden = a_line(thread, "1000,00"), a_line(thread, "777,00")
    day = day_of(thread.now - timedelta(days=3))
    Statement.objects.update(last_date=day, closing_minor=1_777_00)
    gift_from_line(new=NewGift(donor_name="N", name_public=True), **said(thread, named))
    assert compared(thread) == [(1_777_00, 1_000_00)]  # nobody has explained the other line yet
    gift_from_line(new=NewGift(), **said(thread, hidden))
    assert compared(thread) == [(1_000_00, 1_000_00)]
    assert publish_due(now=thread.now + timedelta(days=8)) == 1
    assert compared(thread) == [(1_000_00, 1_000_00)]


def sent(thread: Thread, *gifts: int, names: int = 0) -> Payout:
    """A transfer that carries gifts of these sums, the first of them by people with a name."""
    made = Payout.objects.create(
        payout_id=f"po_{gifts[0]}",
        amount_minor=100 * sum(gifts),
        currency="KZT",
        state="paid",
        automatic=True,
        arrival_date=day_of(thread.now),
        created_at=thread.now,
        members_known_at=thread.now,
    )
    for number, amount in enumerate(gifts):
        gift = thread.gift(None, amount, name="Marat" if number < names else "", publish=False)
        Movement.objects.filter(payment_id=gift.payment_intent).update(payout=made)
    return made


def test_a_transfer_that_would_tell_a_gift_tells_no_sums(thread: Thread, client: Client) -> None:
    sent(thread, 5_000, 77_731, names=1)
    sent(thread, 6_111, 6_222, 6_333)
    since = day_of(thread.now - timedelta(days=2))
    assert [(one.outside, one.ours) for one in payout_comparisons(since=since)] == [
        (5_000_00, 5_000_00),
        (18_666_00, 18_666_00),
    ]
    assert [(one.told, one.gross) for one in ways()] == [(True, 18_666_00), (False, 82_731_00)]
    page = client.get("/en/reconciliation/").content.decode()
    assert [sum_ in page for sum_ in ("18\u00a0666", "82\u00a0731", "77\u00a0731", "would tell a gift")] == [
        True,
        False,
        False,
        True,
    ]
