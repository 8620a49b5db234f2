"""The site without the card processor: every page answers, gifts come by bank, Kaspi and in cash alone."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils.translation import override
from pytest_django.fixtures import Settings

from common import clock
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.payments.models import BankAccount, BankLine
from portal.demo import bank
from tests.addresses import ROWS, VISITOR, address_of
from tests.things_of_the_town import person
from towns.models import Town

# What only a running card service can answer, and answers in words without it.
_SAYS_SO = {HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.UNPROCESSABLE_ENTITY}
PAGES = sorted(name for name, row in ROWS.items() if row.method == "GET")


@pytest.fixture(autouse=True)
def no_cards(settings: Settings) -> Iterator[None]:
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_WEBHOOK_SECRET = ""
    cache.clear()
    with override("en"):
        yield
    cache.clear()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers(demo: Town, name: str) -> None:
    row = ROWS[name]
    client = Client()
    role = next((role for role in sorted(row.allowed) if role != VISITOR), VISITOR)
    if VISITOR not in row.allowed:
        client.force_login(person(role))
    with transaction.atomic():
        answer = client.get(address_of(row, demo))
        transaction.set_rollback(True)
    usual = {row.status} if row.status else {HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
    assert answer.status_code in usual | _SAYS_SO


def test_one_can_still_give_by_transfer(demo: Town) -> None:
    form = Client().get(f"/en/give/{demo.slug}/").content.decode()
    assert ('value="kaspi"' in form, 'value="bank"' in form, 'value="card"' in form) == (True, True, False)


def test_a_transfer_comes_from_the_bank_to_the_ledger(demo: Town) -> None:
    """The demo's own statement: the file, its columns, the lines, and what is sure."""
    treasurer = Client()
    treasurer.force_login(person("treasurer"))
    account = BankAccount.objects.get(kind="kaspi")
    address = f"/en/treasury/{demo.slug}/import/{account.pk}/"
    file = SimpleUploadedFile("kaspi.csv", bank.statement(now=clock.now()))
    page = treasurer.post(address, {"step": "file", "file": file}).content.decode()
    token = page.split('name="file" value="')[1].split('"')[0]
    told = {"header": 3, "date_format": "%d.%m.%Y", "booked": 0, "reference": 1, "debit": 2, "credit": 3}
    told |= {"counterparty": 4, "number": 5, "purpose": 6, "amount": -1, "currency": -1, "balance": -1}
    assert treasurer.post(address, {"step": "import", "file": token, **told}).status_code == HTTPStatus.FOUND
    assert BankLine.objects.filter(account=account, state="open").count() == 4
    treasurer.post(f"/en/treasury/{demo.slug}/lines/accept/")
    gift = Gift.objects.get(fund__town=demo, donor_name="Сәуле Нұрланқызы", state=GiftState.SUCCEEDED)
    assert (gift.amount_minor, BankLine.objects.filter(account=account, state="open").count()) == (25_000_00, 3)
    public = Client().get(f"/en/ledger/{demo.slug}/").content.decode()
    assert "25\xa0000\xa0₸" in public
