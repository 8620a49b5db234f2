"""What tests of bank accounts do: open one, bring a line, announce a transfer, explain and take back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id
from common.money import Money
from funds.donations.actions.transfers import expect_transfer
from funds.donations.models import Gift
from funds.donations.rules import UNKNOWN_GIVER
from funds.donations.states import Method
from funds.ledger.actions import answer_correction, ask_for_correction
from funds.ledger.models import Correction, Entry, Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode
from funds.payments.actions.accounts import open_account
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount, BankLine
from funds.payments.statements import Table, guessed, open_file
from funds.payments.states import AccountKind
from tests.thread import Thread
from users.states import Role

_numbers = count(1)


def an_account(thread: Thread, **change: Any) -> BankAccount:
    facts: dict[str, Any] = {
        "kind": AccountKind.BANK,
        "bank_name": "Halyk",
        "holder": "Tests e.V.",
        "number": f"KZ{next(_numbers):018d}",
        "bic": "HSBKKZKX",
        "currency": "KZT",
        "public": True,
    }
    who = thread.the(Role.TREASURER)
    return open_account(actor=who, fund=thread.fund, now=thread.now - timedelta(days=60), **{**facts, **change})


def a_line(
    thread: Thread, amount: str, purpose: str = "Help", *, name: str = "", account: BankAccount | None = None
) -> BankLine:
    """A statement of one line, imported two days ago; `amount` as in a CSV, such as `-1500,00`."""
    account = account or BankAccount.objects.filter(fund=thread.fund).first() or an_account(thread)
    day = day_of(thread.now - timedelta(days=3)).strftime("%d.%m.%Y")
    table = f"date;amount;purpose;name;reference\n{day};{amount};{purpose};{name};{next(_numbers)}\n"
    data = table.encode()
    opened = open_file(data)
    assert isinstance(opened, Table)
    statement = import_statement(
        actor=thread.the(Role.TREASURER),
        account=account,
        data=data,
        file_name="statement.csv",
        columns=guessed(opened.rows),
        now=thread.now - timedelta(days=2),
    )
    return statement.lines.get()


def announced(thread: Thread, amount: int = 25_000, currency: str = "KZT", **change: Any) -> Gift:
    """A transfer that somebody announced ten days ago, in whole units."""
    if not BankAccount.objects.filter(fund=thread.fund).exists():
        an_account(thread)
    facts: dict[str, Any] = {
        "project": None,
        "need": None,
        "amount": Money(amount * 100, currency),
        "giver": UNKNOWN_GIVER,
        "donor_name": "Айгүл Серікқызы",
        "donor_email": "",
        "name_public": True,
        "message": "",
        "tie_to_town": "",
        "language": "kk",
        "donor": None,
        "submission_key": uuid4(),
        "method": Method.BANK,
        "now": thread.now - timedelta(days=10),
    }
    return expect_transfer(fund=thread.fund, **{**facts, **change})


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def said(thread: Thread, line: BankLine) -> dict[str, Any]:
    return {"actor": thread.the(Role.TREASURER), "line_id": line.pk, "now": thread.now}


def legs(booked: Transaction | UUID | None) -> list[tuple[str, str, int, UUID | None]]:
    rows = Entry.objects.filter(transaction=booked).select_related("account").order_by("line")
    return [(one.account.code, one.currency, one.amount_minor, one.account.earmark_id) for one in rows]


def booking(booked: UUID | None) -> Transaction:
    assert booked is not None
    return Transaction.objects.get(pk=booked)


def bank(thread: Thread, currency: str = "KZT") -> int:
    return balance_of(fund=thread.fund, code=AccountCode.BANK, currency=currency).minor


def suspense(thread: Thread) -> int:
    return balance_of(fund=thread.fund, code=AccountCode.SUSPENSE, currency="KZT").minor


def reverse(thread: Thread, booked: Transaction) -> None:
    wished = Correction(id=random_id(), fund=thread.fund, kind="reversal", reason="Wrong line", reverses=booked)
    ask_for_correction(actor=thread.the(Role.TREASURER), correction=wished, now=thread.now)
    answer_correction(actor=thread.the(Role.APPROVER), correction_id=wished.pk, accepted=True, now=thread.now)
