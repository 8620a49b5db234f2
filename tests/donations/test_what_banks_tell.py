"""What a bank tells of people stays with the treasurer: no public page, file or API holds a counterparty, a purpose, an
announced gift, or the sum of a gift that waits to be published with others."""

from http import HTTPStatus
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from common import clock
from funds.donations.actions.line_gifts import NewGift, gift_from_line
from funds.donations.models import Gift
from funds.donations.states import GiftState, Method
from funds.ledger.models import Fund
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount
from funds.payments.statements import Table, guessed, open_file
from tests.addresses import ROWS, VISITOR, address_of
from tests.things_of_the_town import person
from towns.models import Town

SECRETS = ("ТАЙНОЕ ИМЯ", "Тайная причина", "KZ999000999000", "31\xa0337", "31 337", "31337", "3133700")
FILE = "date;amount;purpose;name;iban\n01.11.2026;31337,00;Тайная причина;ТАЙНОЕ ИМЯ;KZ999000999000\n".encode()
PUBLIC = sorted(
    name
    for name, row in ROWS.items()
    if row.method == "GET"
    and not name.startswith("demo:")
    and VISITOR in row.allowed
    and row.object in ("", "town", "project", "need", "decision")
)


@pytest.fixture
def waiting(demo: Town) -> Town:
    """The demo town, where a gift without a public name has just come by bank and waits for others."""
    cache.clear()
    fund, opened = Fund.objects.get(town=demo), open_file(FILE)
    assert isinstance(opened, Table)
    account = BankAccount.objects.get(fund=fund, kind="kaspi")
    statement = import_statement(
        actor=person("treasurer"),
        account=account,
        data=FILE,
        file_name="x.csv",
        columns=guessed(opened.rows),
        now=clock.now(),
    )
    line = statement.lines.get()
    new = NewGift(donor_name="ТАЙНОЕ ИМЯ")
    gift_from_line(actor=person("treasurer"), line_id=line.pk, new=new, now=clock.now())
    return demo


def _all(answer: Any) -> str:
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", errors="replace")


def test_no_public_page_tells_what_the_bank_told(waiting: Town) -> None:
    announced = Gift.objects.get(fund__town=waiting, method=Method.KASPI, state=GiftState.PENDING)
    secrets = (*SECRETS, announced.donor_name, str(announced.reference_code))
    found, read = [], 0
    with override("en"):
        for name in PUBLIC:
            answer = Client().get(address_of(ROWS[name], waiting))
            if answer.status_code == HTTPStatus.OK:
                read += 1
                text = _all(answer)
                found += [(name, secret) for secret in secrets if secret in text]
    assert found == []
    assert read >= 30
