"""The same amount everywhere: form, Stripe's page, Stripe's charge, ledger, public pages, receipt."""

import re
from contextlib import nullcontext
from datetime import datetime
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from common.formats import money
from common.money import Money
from funds.donations import actions
from funds.donations.models import Gift
from funds.donations.queries import gifts_of_project, raised_by_projects
from funds.ledger.models import Entry
from funds.payments.rules import from_stripe
from tests.payments.stage import Stage, make_fund, make_project, text_of
from tests.standins.stripe.running import fetch

TABLE = [
    # currency, as typed, language, as shown by us, as shown by Stripe's page, our minor units, what Stripe counts
    ("KZT", "500", "kk", "500 ₸", "500,00 ₸", 500_00, 500_00),
    ("KZT", "12 500,50", "ru", "12 500,50 ₸", "12 500,50 ₸", 12_500_50, 12_500_50),
    ("KZT", "999 999,99", "ru", "999 999,99 ₸", "999 999,99 ₸", 999_999_99, 999_999_99),
    ("EUR", "1", "de", "1 €", "1,00 €", 1_00, 1_00),
    ("EUR", "1.234,56", "de", "1 234,56 €", "1.234,56 €", 1_234_56, 1_234_56),
    ("USD", "10,000", "en", "10 000 $", "10,000.00 $", 10_000_00, 10_000_00),
    ("JPY", "1,500", "en", "", "1,500", 1_500, 1_500),
    ("KRW", "9 900", "ru", "", "9 900", 9_900, 9_900),
    ("UGX", "40,000", "en", "", "40,000", 40_000, 4_000_000),
    ("ISK", "1.490", "de", "", "1.490", 1_490, 149_000),
    ("KWD", "5.12", "en", "", "5.120", 5_120, 5_120),
    ("HUF", "4.500,50", "de", "", "4.500,50", 4_500_50, 4_500_50),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "typed", "language", "shown", "at_stripe", "minor", "sent"), TABLE)
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
    sent: int,
) -> None:
    cache.clear()
    fund = make_fund(now)
    project = make_project(fund, now)
    gift = begun(client, language, currency=currency, own_amount=typed, purpose=str(project.pk))
    assert (gift.amount_minor, gift.currency) == (minor, currency)
    page = actions.open_checkout(gift=gift).url
    assert at_stripe in " ".join(fetch(page).text.split()).replace("\u00a0", " ").replace("\u202f", " ")
    # The card account holds no krónur: they are exchanged, and the gift stays what it was.
    with stage.settling_in("EUR") if currency == "ISK" else nullcontext():
        stage.stand_in.pay(page)
        stage.fee_arrives(gift)
    for event in stage.events_of(gift):
        stage.deliver(event)
    gift.refresh_from_db()
    charge = stage.sdk().v1.charges.retrieve(stage.charge_of(gift), {"expand": ["balance_transaction"]})
    assert (charge.amount, charge.currency) == (sent, currency.lower())
    assert not isinstance(charge.balance_transaction, str)
    assert charge.balance_transaction is not None
    kept = from_stripe(charge.balance_transaction.fee, charge.balance_transaction.currency)
    assert (gift.fee_minor, gift.settled_currency) == (kept.minor, kept.currency)
    booked = Entry.objects.filter(transaction=gift.transaction_id).order_by("id")
    assert list(booked.values_list("account__code", "amount_minor", "currency")) == [
        ("stripe", minor, currency),
        ("gifts", -minor, currency),
    ]
    assert [public.amount for public in gifts_of_project(project_id=project.pk)] == [Money(minor, currency)]
    assert raised_by_projects(project_ids=[project.pk])[project.pk].amounts == (Money(minor, currency),)
    told = shown or money(minor, currency).replace("\u00a0", " ")
    assert gift.transaction is not None
    receipt = text_of(client.get(f"/{language}/give/gift/{gift.receipt_code}/").content)
    assert told in receipt
    assert f"temirtau-{gift.transaction.seq}" in receipt
    line = text_of(client.get(f"/{language}/ledger/temirtau/{gift.transaction.seq}/").content)
    assert line.count(told) >= 2
    assert f"+{told}" in text_of(client.get(f"/{language}/ledger/temirtau/").content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "typed"), [("JPY", "1500,5"), ("UGX", "40000,50"), ("ISK", "1490,1"), ("KWD", "5.124"), ("KRW", "1")]
)
def test_what_cards_cannot_carry_is_refused_in_words(
    client: Client, stage: Stage, now: datetime, currency: str, typed: str
) -> None:
    cache.clear()
    make_fund(now)
    sent = _form(client, "en", currency=currency, own_amount=typed)
    answer = client.post("/en/give/temirtau/", sent)
    assert (answer.status_code, Gift.objects.count()) == (422, 0)
    assert "Error:" in text_of(answer.content)


def _form(client: Client, language: str, **typed: str) -> dict[str, str]:
    """The give form as it stands in the page, filled in by name."""
    page = client.get(f"/{language}/give/temirtau/?currency={typed['currency']}").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    hidden.pop("csrfmiddlewaretoken", None)
    chosen = {"way": "card", "choice": "own", "purpose": "fund", "donor_name": "Aigul", "name_public": "on"}
    return {**hidden, "submission": str(uuid4()), **chosen, **typed}


def begun(client: Client, language: str, **typed: str) -> Gift:
    """A gift begun on the page."""
    answer = client.post(f"/{language}/give/temirtau/", _form(client, language, **typed))
    assert answer.status_code in {302, 303}, text_of(answer.content)
    return Gift.objects.get()
