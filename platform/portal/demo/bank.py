"""The demo fund's accounts, one transfer that somebody announced, and a statement to try the import with.

Its sums follow those of the world: whoever imports it finds that everything still agrees.
"""

from datetime import datetime, timedelta
from typing import Final

from common.clock import day_of
from common.ids import random_id
from common.money import Money
from funds.donations.actions import expect_transfer
from funds.donations.models import Gift
from funds.donations.rules import UNKNOWN_GIVER
from funds.donations.states import GiftState, Method
from funds.ledger.models import Fund
from funds.payments.models import BankAccount
from funds.payments.states import AccountKind
from portal.demo import transfers
from portal.demo.projects import Story
from users.models import User

_BEFORE: Final = 12_000_00  # what the first Kaspi gift brought


def accounts(people: dict[str, User], fund: Fund, now: datetime) -> Story:
    """Accounts in three currencies and one at Kaspi, to which somebody gave; three days ago another one announced a
    gift there."""
    began, keeper = now - timedelta(days=150), people["treasurer"]
    yield began
    for currency in ("KZT", "EUR", "USD"):
        transfers.opened(keeper, fund, currency=currency, now=began)
    kaspi = transfers.opened(keeper, fund, currency="KZT", kaspi=True, now=began)
    yield now - timedelta(days=14)
    transfers.gift(keeper, kaspi, Money(_BEFORE, "KZT"), name="Болат Есенов", now=now - timedelta(days=14))
    yield now - timedelta(days=5)
    account = BankAccount.objects.select_related("fund__town").get(fund=fund, currency="KZT", kind="bank")
    transfers.fee(keeper, account, Money(350_00, "KZT"), now=now - timedelta(days=5))
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
    account = BankAccount.objects.filter(kind=AccountKind.KASPI, bank_name__endswith="(demo)").first()
    announced = (
        Gift.objects.filter(fund=account.fund, method=Method.KASPI, state=GiftState.PENDING) if account else None
    )
    gift = announced.order_by("created_at").first() if announced else None
    code, number = gift.reference_code if gift else "", account.number if account else ""
    day = day_of(now - timedelta(days=1)).strftime("%d.%m.%Y")
    rows = (
        f"{day};100451;;25 000,00;Сәуле Нұрланқызы Ә.;KZ86125KZT1001300335;Көмек {code}\r\n"
        f"{day};100502;;5 000,00;Нұрлан Өтегенұлы;KZ76125KZT5004100100;Туған жерге көмек\r\n"
        f"{day};100503;;5 000,00;Нұрлан Өтегенұлы;KZ76125KZT5004100100;Туған жерге көмек\r\n"
        f"{day};100611;350,00;;АО «Kaspi Bank»;;Комиссия за ведение счёта\r\n"
        "Исходящий остаток: 46 650,00 ₸;;;;;;\r\n"
    )
    head = (
        "Выписка по счету Kaspi Pay;;;;;;\r\n"
        f"Счет: {number};;;;;;\r\n"
        "Входящий остаток: 12 000,00 ₸;;;;;;\r\n"
        "Дата операции;№ док.;Дебет;Кредит;Наименование контрагента;ИИК контрагента;Назначение платежа\r\n"
    )
    return b"\xef\xbb\xbf" + (head + rows).encode()
