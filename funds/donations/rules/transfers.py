"""Which accounts money from banks and cash boxes posts to. Pure; every amount is one that a bank line or a count tells.

Money that lay as "not yet explained" is explained by clearing it: then `source` is the account of suspense.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.rules.payouts import divided

TOGETHER_BACK: Final = "refund:together:"
"""How keys of lines begin that book what went back by hand of several gifts without a public name."""
TOGETHER_CAME: Final = "arrived:together:"
"""The same for transfers from the card account that were told together and have arrived."""
# An announced transfer is waited for this long. Our rule, no law's: a bank's transfer takes days, a person's weeks.
EXPECTED_FOR: Final = timedelta(days=90)
# A line that nobody explained is booked as "not yet explained" after this long: the books hold what the bank has.
OPEN_FOR: Final = timedelta(days=30)


def line_key(line: UUID, attempt: int, what: str = "") -> str:
    """Names what a bank line is booked as; `attempt` counts on when it was reversed and opened again."""
    return f"bank:{line}" + (f":{attempt}" if attempt > 1 else "") + (f":{what}" if what else "")


def bank_gift_posting(
    *,
    fund: UUID,
    gift: UUID,
    earmark: UUID | None,
    amount: Money,
    key: str,
    day: date,
    donor: str = "",
    source: AccountCode = AccountCode.BANK,
) -> Posting:
    """A gift that a bank line brought: debit the bank account (or what was not yet explained), credit gifts."""
    return Posting(
        fund=fund,
        kind=Kind.CLEARING if source == AccountCode.SUSPENSE else Kind.GIFT,
        effective_date=day,
        key=key,
        lines=(Line(source, amount), Line(AccountCode.GIFTS, -amount, earmark=earmark)),
        subject=gift,
        personal=(("donor", donor),) if donor else (),
        late=True,
    )


def cash_gift_posting(
    *, fund: UUID, count: UUID, gift: UUID, earmark: UUID | None, amount: Money, day: date, slip_sha256: str
) -> Posting:
    """Cash that two people have counted. The slip's hash stands in the public log."""
    return Posting(
        fund=fund,
        kind=Kind.GIFT,
        effective_date=day,
        key=f"cash:{count}",
        lines=(Line(AccountCode.CASH, amount), Line(AccountCode.GIFTS, -amount, earmark=earmark)),
        memo=f"Slip sha256:{slip_sha256}",
        subject=gift,
        late=True,
    )


def deposit_posting(*, fund: UUID, amount: Money, key: str, day: date) -> Posting:
    """Cash that was brought to the bank. The cash box first: it cannot give what it does not hold."""
    return Posting(
        fund=fund,
        kind=Kind.DEPOSIT,
        effective_date=day,
        key=key,
        lines=(Line(AccountCode.CASH, -amount), Line(AccountCode.BANK, amount)),
        late=True,
    )


def suspense_posting(*, fund: UUID, amount: Money, key: str, day: date) -> Posting:
    """A line that nobody has explained yet; `amount` below zero went out."""
    return Posting(
        fund=fund,
        kind=Kind.SUSPENSE,
        effective_date=day,
        key=key,
        lines=(Line(AccountCode.BANK, amount), Line(AccountCode.SUSPENSE, -amount)),
        late=True,
    )


def bank_fee_posting(*, fund: UUID, amount: Money, key: str, day: date) -> Posting:
    """What a bank took for itself, out of suspense: the fund as a whole bears it. `amount` above zero."""
    return Posting(
        fund=fund,
        kind=Kind.CLEARING,
        effective_date=day,
        key=key,
        lines=(Line(AccountCode.FEES, amount), Line(AccountCode.SUSPENSE, -amount)),
        late=True,
    )


def arrival_postings(
    *,
    fund: UUID,
    payout: UUID,
    sent: Money,
    arrived: Money,
    purposes: Mapping[UUID, int],
    key: str,
    day: date,
) -> list[Posting]:
    """A transfer from the card account that arrived: all that was sent has left transit.

    In one currency what did not arrive is the bank's fee. In two, the bank's own sums are booked as an exchange, and
    what the money is for follows it: `purposes` (the fund as a whole under its own id) says what each has in the
    currency that was sent, and both sums are divided by it. Refuses (ValueError) more than was sent in one currency.
    """
    if sent.currency != arrived.currency:
        return [_exchange(fund, payout, sent, arrived, purposes, key, day)]
    kept = sent - arrived
    if kept.minor < 0:
        raise ValueError("more arrived than was sent")
    lines = (Line(AccountCode.BANK, arrived), Line(AccountCode.TRANSIT, -arrived))
    postings = [Posting(fund, Kind.PAYOUT, day, key, lines, subject=payout, late=True)]
    if kept.minor:
        lines = (Line(AccountCode.FEES, kept), Line(AccountCode.TRANSIT, -kept))
        postings.append(Posting(fund, Kind.FEE, day, f"{key}:fee", lines, subject=payout, late=True))
    return postings


def _exchange(
    fund: UUID, payout: UUID, sent: Money, arrived: Money, purposes: Mapping[UUID, int], key: str, day: date
) -> Posting:
    weights = {purpose: left for purpose, left in purposes.items() if left > 0} or {fund: 1}
    gone, come = (divided(one.minor, weights) for one in (sent, arrived))
    lines = [Line(AccountCode.TRANSIT, -sent), Line(AccountCode.BANK, arrived)]
    for purpose in sorted(weights):
        earmark = None if purpose == fund else purpose
        if gone.get(purpose):
            lines.append(Line(AccountCode.MOVED, Money(gone[purpose], sent.currency), earmark))
        if come.get(purpose):
            lines.append(Line(AccountCode.MOVED, Money(-come[purpose], arrived.currency), earmark))
    return Posting(fund, Kind.EXCHANGE, day, key, tuple(lines), subject=payout, late=True)
