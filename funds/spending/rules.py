"""Pure verdicts on spending: when a request counts as approved, and which entries a payment and a transfer post."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from common.money import Money
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from funds.spending.states import ApprovalVerdict, RequestState

# How long an approved sum stays reserved. Our rule, no law's: a delivery and its invoice take weeks here, a quarter of
# a year is long enough for them; what nobody paid by then must not keep the gifts of a project from other work.
RESERVED_FOR = timedelta(days=90)


def reservation_key(request: UUID) -> str:
    """Names the reservation of a request: its money is reserved once."""
    return f"spending:{request}"


def state_after(verdicts: Sequence[ApprovalVerdict], *, required: int) -> RequestState:
    """One refusal refuses; `required` approvals approve; until then it waits."""
    if ApprovalVerdict.REFUSE in verdicts:
        return RequestState.REFUSED
    if sum(verdict == ApprovalVerdict.APPROVE for verdict in verdicts) >= required:
        return RequestState.APPROVED
    return RequestState.SUBMITTED


def paid_too_early(*, paid_date: date, approved: Sequence[date]) -> bool:
    """Whether a day of payment lies before one of the days on which the approvals were given."""
    return any(paid_date < day for day in approved)


def payment_posting(
    *,
    fund: UUID,
    request: UUID,
    earmark: UUID,
    amount: Money,
    paid_date: date,
    memo: str,
    hold: UUID | None = None,
) -> Posting:
    """Debit spending of the project, credit the bank account; `hold` is the reservation that it uses up.

    The key lets a request be paid once.
    """
    return Posting(
        fund=fund,
        kind=Kind.PAYMENT,
        effective_date=paid_date,
        key=f"spending:{request}:paid",
        # The bank first: when neither it nor the project has enough, the person hears of the bank.
        lines=(Line(AccountCode.BANK, -amount), Line(AccountCode.SPENDING, amount, earmark)),
        memo=memo,
        subject=request,
        hold=hold,
    )


def payout_posting(*, fund: UUID, submission: UUID, amount: Money, arrived_date: date, memo: str) -> Posting:
    """Debit the bank account, credit the card processor: money that arrived, less nothing. Fees are booked before."""
    return Posting(
        fund=fund,
        kind=Kind.PAYOUT,
        effective_date=arrived_date,
        key=f"payout:{submission}",
        lines=(Line(AccountCode.BANK, amount), Line(AccountCode.STRIPE, -amount)),
        memo=memo,
    )
