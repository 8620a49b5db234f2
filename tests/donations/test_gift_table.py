"""The same amount everywhere: form, Stripe's page, Stripe's charge, ledger, public pages, receipt."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from common.money import Money
from funds.donations.models import Gift
from funds.donations.queries import gifts_of_project, raised_by_projects
from funds.ledger.models import Entry
from tests.payments.stage import Stage, make_fund, make_project, text_of
from tests.standins.stripe.running import fetch

TABLE = [
    # currency, as typed, language, as shown by us, as shown by Stripe's page, minor units, fee as really charged
    ("KZT", "500", "kk", "500 ₸", "500,00 ₸", 500_00, 164_50),
    ("KZT", "12 500,50", "ru", "12 500,50 ₸", "12 500,50 ₸", 12_500_50, 512_51),
    ("KZT", "999 999,99", "ru", "999 999,99 ₸", "999 999,99 ₸", 999_999_99, 29_150_00),
    ("EUR", "1", "de", "1 €", "1,00 €", 1_00, 28),
    ("EUR", "1.234,56", "de", "1 234,56 €", "1.234,56 €", 1_234_56, 36_05),
    ("USD", "99.99", "en", "99,99 $", "99.99 $", 99_99, 3_20),
    ("USD", "10,000", "en", "10 000 $", "10,000.00 $", 10_000_00, 290_30),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "typed", "language", "shown", "at_stripe", "minor", "fee"), TABLE)
def test_an_amount_is_the_same_from_the_form_to_the_receipt(
    client: Client,
    stage: Stage,
    now: datetime,
    currency: str,
    typed: str,
    language: str,
    shown: str,
    at_stripe: str,
    minor: int,
    fee: int,
) -> None:
    cache.clear()
    fund = make_fund(now)
    project = make_project(fund, now)
    sent = {"choice": "own", "own_amount": typed, "purpose": str(project.pk), "currency": currency}
    answer = client.post(f"/{language}/give/temirtau/", {**sent, "submission": str(uuid4())})
    gift = Gift.objects.get()
    assert (gift.amount_minor, gift.currency) == (minor, currency)
    page = answer["Location"]
    assert at_stripe in " ".join(fetch(page).text.split()).replace("\u00a0", " ")
    stage.stand_in.pay(page)
    stage_events = stage.events_of(gift)
    gift.refresh_from_db()
    stage.fee_arrives(gift)
    for event in [*stage_events, *stage.events_of(gift)]:
        stage.deliver(event)
    gift.refresh_from_db()
    charge = stage.sdk().v1.charges.retrieve(stage.charge_of(gift))
    assert (charge.amount, charge.currency) == (minor, currency.lower())
    booked = Entry.objects.filter(transaction=gift.transaction_id).order_by("id")
    assert list(booked.values_list("account__code", "amount_minor", "currency")) == [
        ("stripe", minor, currency),
        ("gifts", -minor, currency),
    ]
    assert gift.fee_minor == fee
    assert [public.amount for public in gifts_of_project(project_id=project.pk)] == [Money(minor, currency)]
    assert raised_by_projects(project_ids=[project.pk])[project.pk].amounts == (Money(minor, currency),)
    assert gift.transaction is not None
    receipt = text_of(client.get(f"/{language}/give/gift/{gift.receipt_code}/").content)
    assert shown in receipt
    assert f"temirtau-{gift.transaction.seq}" in receipt
    line = text_of(client.get(f"/{language}/ledger/temirtau/{gift.transaction.seq}/").content)
    assert line.count(shown) >= 2
    assert f"+{shown}" in text_of(client.get(f"/{language}/ledger/temirtau/").content)
