"""What tests of bank accounts do: open one, bring a line, announce a transfer."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from common.clock import day_of
from common.money import Money
from funds.donations.actions.transfers import expect_transfer
from funds.donations.models import Gift
from funds.donations.rules import UNKNOWN_GIVER
from funds.donations.states import Method
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
