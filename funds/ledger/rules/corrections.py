"""What correcting and moving money posts: mirrors, redesignations, exchanges. Pure: who may is asked elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.money import Money
from funds.ledger.rules.postings import Line, Posting
from funds.ledger.states import AccountCode, Kind

_TOLD = "stripe:"  # a movement of the processor
_TOGETHER = "batch:"  # gifts without a public name in one line


def told_by_processor(key: str) -> bool:
    """Whether the card processor told of what was booked under this key: it is undone there, not here."""
    return key.startswith(_TOLD)


def holds_several_gifts(key: str) -> bool:
    """Whether the line holds gifts of several people, so that it is not undone for one of them."""
    return key.startswith(_TOGETHER)


def correction_key(correction: UUID) -> str:
    """Names a confirmed correction for ever: it is booked once."""
    return f"correction:{correction}"


def reversal_posting(
    *, fund: UUID, correction: UUID, reverses: UUID, lines: Sequence[Line], day: date, memo: str
) -> Posting:
    """The exact mirror of `lines`, credits first, so that a refusal speaks of the account that has to give."""
    mirrored = sorted((Line(one.code, -one.amount, one.earmark) for one in lines), key=lambda one: one.amount.minor > 0)
    return Posting(
        fund=fund,
        kind=Kind.REVERSAL,
        effective_date=day,
        key=correction_key(correction),
        lines=tuple(mirrored),
        memo=memo,
        reverses=reverses,
    )


def redesignation_posting(
    *,
    fund: UUID,
    correction: UUID,
    source: UUID | None,
    target: UUID,
    amount: Money,
    decision: UUID,
    day: date,
    memo: str,
) -> Posting:
    """From the fund as a whole (`source` None) or a project to a project, by a decision of the council."""
    return Posting(
        fund=fund,
        kind=Kind.REDESIGNATION,
        effective_date=day,
        key=correction_key(correction),
        lines=(Line(AccountCode.MOVED, amount, source), Line(AccountCode.MOVED, -amount, target)),
        memo=memo,
        subject=decision,
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """What really happened: `given` left `source`, `got` arrived at `target`, for the purpose `earmark` (None: all)."""

    source: AccountCode
    given: Money
    target: AccountCode
    got: Money
    earmark: UUID | None = None


def exchange_posting(*, fund: UUID, submission: UUID, exchange: Exchange, day: date, memo: str) -> Posting:
    """Money goes from one account to the other, and what it is for follows it from one currency into the other.

    No rate is computed: both sums are those of the bank's statement.
    """
    return Posting(
        fund=fund,
        kind=Kind.EXCHANGE,
        effective_date=day,
        key=f"exchange:{submission}",
        lines=(
            Line(exchange.source, -exchange.given),
            Line(AccountCode.MOVED, exchange.given, exchange.earmark),
            Line(exchange.target, exchange.got),
            Line(AccountCode.MOVED, -exchange.got, exchange.earmark),
        ),
        memo=memo,
    )
