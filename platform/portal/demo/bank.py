"""The demo fund's accounts, one transfer that somebody announced, and a statement to try the import with."""

from datetime import datetime, timedelta
from typing import Final

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from funds.donations.actions import expect_transfer
from funds.donations.models import Gift
from funds.donations.rules import UNKNOWN_GIVER
from funds.donations.states import Method
from funds.ledger.models import Fund
from funds.payments.actions.accounts import open_account
from funds.payments.models import BankAccount
from funds.payments.states import AccountKind
from portal.demo.projects import Story
from users.models import User

KASPI_NUMBER: Final = "KZ53722S000012345678"
_HALYK_NUMBER: Final = "KZ366010111000123456"
_HEAD: Final = (
    "Выписка по счету Kaspi Pay;;;;;;\r\n"
    f"Счет: {KASPI_NUMBER};;;;;;\r\n"
    "Входящий остаток: 0,00 ₸;;;;;;\r\n"
    "Дата операции;№ док.;Дебет;Кредит;Наименование контрагента;ИИК контрагента;Назначение платежа\r\n"
)


def accounts(people: dict[str, User], fund: Fund, now: datetime) -> Story:
    """A bank account and a Kaspi account; three days ago somebody announced a transfer to the second one."""
    opened = now - timedelta(days=150)
    yield opened
    for kind, bank, number, bic in (
        (AccountKind.BANK, "Halyk Bank (demo)", _HALYK_NUMBER, "HSBKKZKX"),
        (AccountKind.KASPI, "Kaspi Bank (demo)", KASPI_NUMBER, "CASPKZKA"),
    ):
        open_account(
            actor=people["treasurer"],
            fund=fund,
            kind=kind,
            bank_name=bank,
            holder=fund.legal_entity,
            number=number,
            bic=bic,
            currency="KZT",
            public=True,
            now=opened,
        )
    yield now - timedelta(days=3)
    expect_transfer(
        fund=fund,
        project=None,
        need=None,
        amount=Money(25_000_00, "KZT"),
        giver=UNKNOWN_GIVER,
        donor_name="Сәуле Нұрланқызы",
        donor_email="",
        name_public=True,
        message="Туған қалама",
        tie_to_town="born",
        language="kk",
        donor=None,
        submission_key=random_id(),
        method=Method.KASPI,
        now=now - timedelta(days=3),
    )


def statement(*, now: datetime) -> bytes:
    """A statement of the Kaspi account up to yesterday: the announced gift, two more gifts and the bank's fee."""
    account = BankAccount.objects.filter(number=KASPI_NUMBER).first()
    gift = (
        Gift.objects.filter(fund=account.fund, method=Method.KASPI).order_by("created_at").first() if account else None
    )
    code = gift.reference_code if gift else ""
    day = day_of(now - timedelta(days=1)).strftime("%d.%m.%Y")
    rows = (
        f"{day};100451;;25 000,00;Сәуле Нұрланқызы Ә.;KZ86125KZT1001300335;Көмек {code}\r\n"
        f"{day};100502;;5 000,00;Нұрлан Өтегенұлы;KZ76125KZT5004100100;Туған жерге көмек\r\n"
        f"{day};100503;;5 000,00;Нұрлан Өтегенұлы;KZ76125KZT5004100100;Туған жерге көмек\r\n"
        f"{day};100611;350,00;;АО «Kaspi Bank»;;Комиссия за ведение счёта\r\n"
        "Исходящий остаток: 34 650,00 ₸;;;;;;\r\n"
    )
    return b"\xef\xbb\xbf" + (_HEAD + rows).encode()
