"""A received gift in raw SQL as the application's own role: neither changed nor deleted."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common.money import Money
from funds.donations.models import Gift
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def gift(fund: Fund, now: datetime) -> Gift:
    """A gift that was received and booked."""
    money = Money(5000, "KZT")
    lines = (Line(AccountCode.STRIPE, money), Line(AccountCode.GIFTS, -money))
    posting = Posting(fund=fund.pk, kind=Kind.GIFT, effective_date=now.date(), key=str(uuid4()), lines=lines)
    return Gift.objects.create(
        receipt_code="received",
        submission_key=uuid4(),
        fund=fund,
        amount_minor=5000,
        currency="KZT",
        language="kk",
        state="succeeded",
        created_at=now,
        succeeded_at=now,
        transaction_id=post(postings=[posting], now=now)[0].transaction_id,
    )


@pytest.mark.parametrize(
    "change", ["amount_minor = amount_minor + 1", "currency = 'EUR'", "state = 'pending'", "succeeded_at = NULL"]
)
def test_what_was_received_never_changes(gift: Gift, change: str) -> None:
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE donations_gift SET {change}")  # noqa: S608 - our own words
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        Gift.objects.filter(pk=gift.pk).delete()


def test_its_thanks_may_still_be_noted(gift: Gift, now: datetime) -> None:
    assert Gift.objects.filter(pk=gift.pk).update(receipt_sent_at=now, donor_name="") == 1
