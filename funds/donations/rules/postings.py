"""Which accounts gifts post to: received, exchanged, charged with fees, given back, brought back. Pure.

Every amount is one that the card processor told; nothing here may round or convert. Where the purpose no longer has
what has to go back, the rest stands as a shortfall, in the open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind


def gift_posting(
    *, fund: UUID, gift: UUID, earmark: UUID | None, amount: Money, payment_id: str, day: date, donor: str = ""
) -> Posting:
    """Debit what the card processor owes us, credit gifts, tied to the purpose if there is one.

    `donor` is the name that was given: the public log gets a commitment to it, which only the receipt can open.
    """
    return Posting(
        fund=fund,
        kind=Kind.GIFT,
        effective_date=day,
        key=f"stripe:{payment_id}:succeeded",
        lines=(Line(AccountCode.STRIPE, amount), Line(AccountCode.GIFTS, -amount, earmark=earmark)),
        subject=gift,
        personal=(("donor", donor),) if donor else (),
        late=True,
    )


def batch_posting(
    *,
    fund: UUID,
    batch: UUID,
    earmark: UUID | None,
    amount: Money,
    day: date,
    personal: Sequence[tuple[str, str]],
    account: AccountCode = AccountCode.STRIPE,
) -> Posting:
    """Several gifts in one sum, lying on one `account`: one card gift among bank gifts would show by its account. Those
    whose lines were booked as not yet explained clear that.

    `personal` commits to each of them; only its own receipt opens it.
    """
    return Posting(
        fund=fund,
        kind=Kind.CLEARING if account == AccountCode.SUSPENSE else Kind.GIFT,
        effective_date=day,
        key=f"batch:{batch}",
        lines=(Line(account, amount), Line(AccountCode.GIFTS, -amount, earmark=earmark)),
        subject=batch,
        personal=tuple(personal),
        late=True,
    )


def exchange_posting(
    *, fund: UUID, subject: UUID, earmark: UUID | None, given: Money, settled: Money, key: str, day: date
) -> Posting:
    """What was given in one currency lies in another one; the purpose follows it, at the rate that really happened."""
    return Posting(
        fund=fund,
        kind=Kind.EXCHANGE,
        effective_date=day,
        key=f"{key}:exchange",
        lines=(
            Line(AccountCode.STRIPE, -given),
            Line(AccountCode.MOVED, given, earmark),
            Line(AccountCode.STRIPE, settled),
            Line(AccountCode.MOVED, -settled, earmark),
        ),
        subject=subject,
        late=True,
    )


def fee_posting(*, fund: UUID, subject: UUID, earmark: UUID | None, fee: Money, key: str, day: date) -> Posting:
    """Debit fees, credit what the card processor owes us. `earmark` None: the fund as a whole bears the fee."""
    return Posting(
        fund=fund,
        kind=Kind.FEE,
        effective_date=day,
        key=f"{key}:fee",
        lines=(Line(AccountCode.FEES, fee, earmark=earmark), Line(AccountCode.STRIPE, -fee)),
        subject=subject,
        late=True,
    )


@dataclass(frozen=True, slots=True)
class Return:
    """Money that goes back, or comes back after all.

    `given` is in the gift's currency; `moved` is what left (or reached) the card account, above zero, in the currency
    that it holds; `short` of it, in that currency, is what the purpose no longer has (or gets its shortfall filled
    with). `fee` is kept (below zero: given back) besides, and borne by the fund as a whole.
    """

    given: Money
    moved: Money
    short: Money
    fee: Money


def return_posting(
    *, fund: UUID, subject: UUID, earmark: UUID | None, kind: Kind, back: Return, key: str, day: date
) -> Posting:
    """REFUND, DISPUTE: out of the purpose. REFUND_FAILED, DISPUTE_WON: the mirror, shortfall first."""
    out = kind in {Kind.REFUND, Kind.DISPUTE}
    lines: list[Line] = []

    def add(code: AccountCode, amount: Money, tied: UUID | None = None) -> None:
        if amount.minor:
            lines.append(Line(code, amount if out else -amount, tied))

    if back.given.currency == back.moved.currency:
        add(AccountCode.GIFTS, back.moved - back.short, earmark)
    else:
        add(AccountCode.GIFTS, back.given, earmark)
        add(AccountCode.MOVED, -back.given, earmark)
        add(AccountCode.MOVED, back.moved - back.short, earmark)
    add(AccountCode.SHORTFALL, back.short, earmark)
    add(AccountCode.STRIPE, -back.moved)
    if back.fee.minor:
        lines.append(Line(AccountCode.FEES, back.fee))
        lines.append(Line(AccountCode.STRIPE, -back.fee))
    return Posting(
        fund=fund,
        kind=kind,
        effective_date=day,
        key=f"{key}:{kind.value}",
        lines=tuple(lines),
        subject=subject,
        late=True,
    )


def hand_return_posting(
    *,
    fund: UUID,
    gift: UUID,
    earmark: UUID | None,
    source: AccountCode,
    amount: Money,
    short: Money,
    key: str,
    day: date,
) -> Posting:
    """A gift by bank or in cash that the fund itself pays back out of `source`."""
    lines = [Line(AccountCode.GIFTS, amount - short, earmark), Line(AccountCode.SHORTFALL, short, earmark)]
    return Posting(
        fund=fund,
        kind=Kind.REFUND,
        effective_date=day,
        key=key,
        lines=(*(line for line in lines if line.amount.minor), Line(source, -amount)),
        subject=gift,
    )
