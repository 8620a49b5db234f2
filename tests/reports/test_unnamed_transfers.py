"""A gift without a public name shows in no comparison, neither while it waits nor in the days of its booking. What
transfers to the bank would tell of one stands in tests/donations/test_told_transfers.py."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from common.clock import day_of
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.actions.publishing import publish_due
from funds.payments.models import Statement
from funds.reports.actions import reconcile
from funds.reports.queries import bank_comparisons
from tests.banking import a_line, said
from tests.thread import Thread

pytestmark = pytest.mark.django_db


def compared(thread: Thread) -> list[tuple[int, int]]:
    return [(one.outside, one.ours) for one in bank_comparisons(now=thread.now)]


def opened(thread: Thread) -> list[int]:
    return [one.items_open for one in bank_comparisons(now=thread.now)]


def test_what_waits_for_others_is_not_told(thread: Thread) -> None:
    named, hidden = a_line(thread, "1000,00"), a_line(thread, "777,00")
    day = day_of(thread.now - timedelta(days=3))
    Statement.objects.update(last_date=day, closing_minor=1_777_00)
    gift_from_line(new=NewGift(donor_name="N", name_public=True), **said(thread, named))
    # Nobody has explained the other line yet, and it may be of somebody without a public name: it is counted, untold.
    assert (compared(thread), opened(thread)) == ([(1_000_00, 1_000_00)], [1])
    gift_from_line(new=NewGift(), **said(thread, hidden))
    assert (compared(thread), opened(thread)) == ([(1_000_00, 1_000_00)], [0])
    assert publish_due(now=thread.now + timedelta(days=8)) == 1
    assert compared(thread) == [(1_000_00, 1_000_00)]


def test_a_line_that_nobody_explains_is_red_at_once_and_has_its_sum_a_week_later(
    thread: Thread, client: Client, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    named = a_line(thread, "1000,00")
    a_line(thread, "777,00")
    Statement.objects.update(closing_minor=1_777_00)
    gift_from_line(new=NewGift(donor_name="N", name_public=True), **said(thread, named))
    for days, tells in ((4, False), (5, True)):  # the lines came two days ago
        reconcile(now=thread.now + timedelta(days=days))
        page = client.get("/en/reconciliation/").content.decode().replace("\u00a0", " ")
        assert ("777 ₸" in page, "<strong>items: 1</strong>" in page) == (tells, not tells)
        assert ('<tr class="off">' in page, "Everything fits" in page) == (True, False)
        assert page.count("with a difference") == page.count("/en/reconciliation/2")
    assert "sum is left out above for so many days: 7" in page


def test_a_line_after_the_compared_day_is_counted_too(thread: Thread) -> None:
    a_line(thread, "777,00")
    Statement.objects.update(last_date=day_of(thread.now - timedelta(days=9)), closing_minor=0)
    assert (compared(thread), opened(thread)) == ([(0, 0)], [1])
