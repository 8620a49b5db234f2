"""A gift without a public name shows in no comparison, neither while it waits nor in the days of its booking. What
transfers to the bank would tell of one stands in tests/donations/test_told_transfers.py."""

from datetime import timedelta

import pytest

from common.clock import day_of
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.actions.publishing import publish_due
from funds.payments.models import Statement
from funds.reports.queries import bank_comparisons
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
