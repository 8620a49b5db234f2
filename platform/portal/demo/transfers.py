"""Money that comes and goes on the demo's bank accounts, told by statements that the treasurer imports and explains.

Nothing here may reach the ledger without a line of a statement: the demo's books agree with its banks, line by line.
"""

from datetime import datetime, timedelta
from typing import Final

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from funds.donations.actions import expect_transfer
from funds.donations.actions.bank_lines import match_booked, match_fee
from funds.donations.actions.line_gifts import match_expected
from funds.donations.models import Gift
from funds.donations.rules import UNKNOWN_GIVER, Giver
from funds.donations.states import Method
from funds.ledger.models import Fund
from funds.payments.actions.accounts import open_account
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount, BankLine, Statement
from funds.payments.statements import Table, guessed, open_file
from funds.payments.states import AccountKind
from funds.projects.models import Project
from funds.spending.models import Payment
from users.models import User

_BANK: Final = "Halyk Bank (demo)"
_KASPI: Final = "Kaspi Bank (demo)"


def opened(keeper: User, fund: Fund, *, currency: str, now: datetime, kaspi: bool = False) -> BankAccount:
    """An account of the fund's, with a number of its own and right check digits."""
    own = sum(fund.town.slug.encode()) * 100_000 + sum(currency.encode())
    return open_account(
        actor=keeper,
        fund=fund,
        kind=AccountKind.KASPI if kaspi else AccountKind.BANK,
        bank_name=_KASPI if kaspi else _BANK,
        holder=fund.legal_entity,
        number=_iban("722S00" if kaspi else "601011", own),
        bic="CASPKZKA" if kaspi else "HSBKKZKX",
        currency=currency,
        public=True,
        now=now,
    )


def _iban(bank: str, own: int) -> str:
    """A number of Kazakhstan's form: check digits by ISO 7064 (mod 97), as every bank checks them."""
    rest = f"{bank}{own:012d}"
    number = int("".join(str(int(sign, 36)) for sign in f"{rest}KZ00"))
    return f"KZ{98 - number % 97:02d}{rest}"


def line(
    keeper: User, account: BankAccount, *, amount: Money, purpose: str, now: datetime, name: str = "", days: int = 0
) -> BankLine:
    """A statement of one line, dated `days` before, imported now: its balances follow those of the one before."""
    last = Statement.objects.filter(account=account).order_by("-imported_at", "-pk").first()
    before = Money((last.closing_minor or 0) if last else 0, account.currency)
    day = day_of(now - timedelta(days=days)).strftime("%d.%m.%Y")
    number = BankLine.objects.filter(account=account).count() + 100_001
    data = (
        f"Счет: {account.number};;;;;\r\n"
        f"Входящий остаток: {_typed(before)};;;;;\r\n"
        "Дата операции;№ док.;Дебет;Кредит;Наименование контрагента;Назначение платежа\r\n"
        f"{day};{number};{_typed(-amount) if amount.minor < 0 else ''};{_typed(amount) if amount.minor > 0 else ''};"
        f"{name};{purpose}\r\n"
        f"Исходящий остаток: {_typed(before + amount)};;;;;\r\n"
    ).encode()
    table = open_file(data)
    if not isinstance(table, Table):
        raise TypeError("the demo's statements are tables")
    statement = import_statement(
        actor=keeper, account=account, data=data, file_name="vypiska.csv", columns=guessed(table.rows), now=now
    )
    return statement.lines.get()


def _typed(amount: Money) -> str:
    whole, part = divmod(amount.minor, 100)
    return f"{whole},{part:02d}"


def gift(
    keeper: User,
    account: BankAccount,
    amount: Money,
    *,
    now: datetime,
    project: Project | None = None,
    name: str = "",
    donor: User | None = None,
    giver: Giver = UNKNOWN_GIVER,
    message: str = "",
) -> Gift:
    """A gift that somebody announced, and that the bank brought: by name, or without one and booked with others."""
    kaspi = account.kind == AccountKind.KASPI
    announced = expect_transfer(
        fund=account.fund,
        project=project,
        need=None,
        amount=amount,
        giver=giver,
        donor_name=name,
        donor_email="",
        name_public=bool(name),
        message=message,
        tie_to_town="born" if name else "",
        language="ru",
        donor=donor,
        submission_key=random_id(),
        method=Method.KASPI if kaspi else Method.BANK,
        now=now,
    )
    brought = line(keeper, account, amount=amount, purpose=f"Көмек {announced.reference_code}", name=name, now=now)
    return match_expected(actor=keeper, line_id=brought.pk, gift_id=announced.pk, now=now)


def paid(keeper: User, account: BankAccount, payment: Payment, *, now: datetime) -> None:
    """The bank's line of a payment that the treasurer has recorded."""
    request = payment.request
    amount = Money(-request.amount_minor, request.currency)
    told = line(keeper, account, amount=amount, purpose=request.purpose, name=request.payee_name, now=now)
    match_booked(actor=keeper, line_id=told.pk, transaction_id=payment.transaction_id, now=now)


def fee(keeper: User, account: BankAccount, amount: Money, *, now: datetime) -> None:
    """What the bank takes for keeping the account; the fund as a whole bears it."""
    told = line(keeper, account, amount=-amount, purpose="Комиссия за ведение счёта", name=account.bank_name, now=now)
    match_fee(actor=keeper, line_id=told.pk, now=now)
