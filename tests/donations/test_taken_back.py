"""A gift whose money turned out to be another's: its receipt, its giver's page and statement say so, with the day."""

import io
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override
from pypdf import PdfReader

from common.clock import day_of
from common.formats import date_long
from funds.donations.actions import bank_lines, publish_due
from funds.donations.actions.hand_returns import book_returns_due
from funds.donations.actions.wrong_lines import ask_to_take_back
from funds.donations.models import Gift
from funds.donations.queries.statements import Statement, statement_of
from funds.ledger.models import Transaction
from tests.banking import booking, reverse, said
from tests.donations.test_back_once import asked, back, came
from tests.donations.test_line_pages import entered, text
from tests.donations.test_wrong_lines import UNNAMED
from tests.thread import Thread

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def page(gift: Gift) -> str:
    return text(Client().get(f"/en/give/gift/{gift.receipt_code}/"))


def paper(gift: Gift) -> bytes:
    answer = Client().get(f"/en/give/gift/{gift.receipt_code}/receipt.pdf")
    assert answer.status_code == 200
    return answer.content


def statement(thread: Thread) -> Statement:
    with override("en"):
        return statement_of(Gift.objects.all(), since=date(2020, 1, 1), until=day_of(thread.now + timedelta(days=30)))


def test_a_reversed_gift_is_no_arrived_one_anywhere(thread: Thread) -> None:
    gift, line = came(thread, 10_000)
    giver = thread.somebody()
    Gift.objects.filter(pk=gift.pk).update(donor=giver)
    before = paper(gift)
    assert "Your gift has arrived" in page(gift)
    asked(thread, gift)  # a refund that waits for its approver pays nothing any more
    reverse(thread, booking(gift.transaction_id))
    mirror = Transaction.objects.get(reverses=gift.transaction_id)
    day = date_long(mirror.booked_at, "en")
    seen = page(gift)
    assert f"This gift was taken back Since {day} it does not count as a gift any more" in seen
    assert f"Gift taken back {day}: 10 000 ₸, gift taken back" in seen
    assert "Your gift has arrived" not in seen
    told = paper(gift)
    words = " ".join(PdfReader(io.BytesIO(told)).pages[0].extract_text().split())
    assert f"This gift was taken back on {day}. It does not count as a gift any more." in words
    assert f"Reversed by line {thread.town.slug}-{mirror.seq}" in words
    assert told != before
    mine = text(entered(giver).get("/en/me/gifts/"))
    assert (f"gift taken back {day}" in mine, "Payments of the fund" in mine) == (True, False)
    period = statement(thread)
    assert [(given.minor, gone.minor) for given, gone in period.sums] == [(10_000_00, 10_000_00)]
    assert [(one.day, one.words) for one in period.returned] == [(day_of(mirror.booked_at), "gift taken back")]
    # That its bank line is explained anew later is nothing new for the giver: the same facts, the same bytes.
    bank_lines.open_again(**said(thread, line) | {"now": thread.now + timedelta(days=2)})
    assert (paper(gift), page(gift), statement(thread).sums) == (told, seen, period.sums)


def test_a_gift_that_leaves_a_common_line_was_not_given_back(thread: Thread) -> None:
    (gift, line), *_others = (came(thread, amount, UNNAMED) for amount in (7_000, 8_000, 9_000))
    giver = thread.somebody()
    Gift.objects.filter(pk=gift.pk).update(donor=giver)
    publish_due(now=thread.now)
    standing = page(gift)
    refund = ask_to_take_back(**said(thread, line))
    assert page(gift) == standing  # asked for is not done
    back(thread, refund)
    book_returns_due(now=thread.now + timedelta(days=8))
    day = date_long(refund.created_at, "en")
    assert f"Gift taken back {day}: 7 000 ₸, gift taken back" in page(gift)
    assert "given back" not in page(gift)
    assert [one.words for one in statement(thread).returned] == ["gift taken back"]
    assert f"gift taken back {day}" in text(entered(giver).get("/en/me/gifts/"))


def test_a_refund_whose_line_is_reversed_takes_nothing_back(thread: Thread) -> None:
    came(thread, 50_000)
    gift, _line = came(thread, 10_000)
    refund = back(thread, asked(thread, gift))
    reverse(thread, booking(refund.transaction_id))
    assert "came back to the fund" in page(gift)
    assert "aken back" not in page(gift)
