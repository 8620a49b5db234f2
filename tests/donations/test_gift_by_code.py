"""A giver reads a number or an address from the receipt; the treasurer finds the gift by it, and no other fund's."""

import pytest

from funds.donations.queries.receipts import number_of
from funds.donations.queries.returns import gift_by_code
from tests.thread import Thread


@pytest.mark.django_db
def test_a_gift_is_found_by_what_its_receipt_shows(thread: Thread) -> None:
    named, unnamed = thread.gift(None, 1_000, name="Marat"), thread.gift(None, 2_000)
    waiting = thread.gift(None, 3_000, publish=False)
    for gift in (named, unnamed, waiting):
        number = number_of(gift)
        for typed in (
            number,
            f" {number.upper()} ",
            gift.receipt_code,
            f"https://asar.example/ru/give/gift/{gift.receipt_code}/",
        ):
            assert gift_by_code(fund_id=thread.fund.pk, code=typed) == gift
    for wrong in ("", "-", "temirtau-", "temirtau-99", "ridder-1", "temirtau-ZZZZZZZZ", "temirtau-" + "9" * 40):
        assert gift_by_code(fund_id=thread.fund.pk, code=wrong) is None
