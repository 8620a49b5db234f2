"""Where an announced transfer is to be sent, as its giver needs it: account, amount, code, and text to copy.

It is the page of the gift's secret address until the money arrives. Nothing here counts as money.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from markupsafe import Markup
from segno import helpers

from funds.donations import queries
from funds.donations.models import Gift
from funds.donations.rules.transfers import EXPECTED_FOR
from funds.donations.states import GiftState, Method
from funds.payments.models import BankAccount
from funds.payments.states import AccountKind

KINDS: Final = {Method.BANK: AccountKind.BANK, Method.KASPI: AccountKind.KASPI}


@dataclass(frozen=True, slots=True)
class Place:
    """An account to send to. `text` is what a person copies whole; `qr` the code that European banking apps read."""

    account: BankAccount
    text: str
    qr: Markup | str


def waits_for_transfer(gift: Gift) -> bool:
    """Whether a gift's address shows where to send the money: until a bank line has brought it."""
    return gift.method in KINDS and gift.state != GiftState.SUCCEEDED


def sending_page(request: HttpRequest, gift: Gift) -> HttpResponse:
    """The page of an announced transfer, accounts in the gift's currency first."""
    kind = KINDS[Method(gift.method)]
    accounts = [one for one in queries.accounts_for_givers(fund=gift.fund) if one.kind == kind]
    accounts.sort(key=lambda one: one.currency != gift.currency)
    context = {
        "gift": gift,
        "town": gift.fund.town,
        "purpose": queries.purpose_words(project=gift.project, need=gift.need),
        "accounts": [Place(one, _text(one, gift), _qr(one, gift)) for one in accounts],
        "until": gift.created_at + EXPECTED_FOR,
        "over": gift.state == GiftState.EXPIRED,
    }
    return render(request, "donations/sending.html", context)


def _text(account: BankAccount, gift: Gift) -> str:
    lines = [account.holder, account.number, account.bic, account.bank_name, gift.reference_code or ""]
    return "\n".join(line for line in lines if line)


def _qr(account: BankAccount, gift: Gift) -> Markup | str:
    """The code of the European Payments Council for an account in euro; "" for every other."""
    if account.currency != "EUR" or gift.currency != "EUR" or account.kind != AccountKind.BANK:
        return ""
    try:
        code: segno.QRCode = helpers.make_epc_qr(
            name=account.holder[:70],
            iban=account.number,
            amount=Decimal(gift.amount_minor) / 100,
            text=gift.reference_code,
            bic=account.bic or None,
        )
    except ValueError:
        # What the standard cannot carry (a number that is no IBAN, a sum above its bound) is typed by hand.
        return ""
    return Markup(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None))  # noqa: S704
