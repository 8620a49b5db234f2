"""The line that books what goes back, or comes back after all. Others may spend from the purpose at the same moment, so
a line may take tries; nothing here decides what is booked or when.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions.settling import earmark_of
from funds.donations.models import Gift
from funds.donations.rules import Return, return_posting
from funds.ledger.actions import Booked, account_id, post
from funds.ledger.models import Balance, Entry
from funds.ledger.queries.corrections import free_of_purpose
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import Movement

_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Back:
    """What one line books: in the gift's currency, on the card account, what is kept, its key, its day."""

    given: Money
    moved: Money
    fee: Money
    key: str
    day: date


def book_out(gift: Gift, movement: Movement, given: Money, kind: Kind, now: datetime) -> Booked:
    """What the purpose still has goes out of it. Others may spend from it at the same moment, so it may take tries."""
    moved = Money(-movement.amount_minor, movement.currency)
    return book_back(gift, earmark_of(gift), kind, back_of(movement, given, moved), partial(short_of, gift, moved), now)


def short_of(gift: Gift, moved: Money) -> int:
    """What of a sum the gift's purpose no longer has."""
    free = free_of_purpose(fund_id=gift.fund_id, earmark_id=earmark_of(gift), currency=moved.currency)
    return max(0, moved.minor - max(0, free.minor))


def back_of(movement: Movement, given: Money, moved: Money) -> Back:
    fee = Money(movement.fee_minor, movement.currency)
    return Back(given, moved, fee, f"stripe:{movement.movement_id}", day_of(movement.created_at))


def book_in(gift: Gift, back: Back, kind: Kind, taken: Sequence[UUID], now: datetime) -> Booked:
    """What came back fills first what is still missing of what the lines `taken` once left missing."""
    lines = Entry.objects.filter(
        transaction_id__in=taken, account__code=AccountCode.SHORTFALL, currency=back.moved.currency
    )
    left: dict[UUID | None, int] = {}
    for earmark_id, minor in lines.order_by("pk").values_list("account__earmark_id", "amount_minor"):
        left[earmark_id] = left.get(earmark_id, 0) + minor
    # Where the money was taken from, in case the purpose has another name by now.
    earmark = next(iter(left), earmark_of(gift))

    def short() -> int:
        held = account_id(gift.fund_id, AccountCode.SHORTFALL, back.moved.currency, earmark)
        missing = Balance.objects.filter(account_id=UUID(held)).values_list("amount_minor", flat=True).first() or 0
        return min(left.get(earmark, 0), missing, back.moved.minor)

    return book_back(gift, earmark, kind, back, short, now)


def book_back(
    gift: Gift, earmark: UUID | None, kind: Kind, back: Back, short: Callable[[], int], now: datetime
) -> Booked:
    for left in reversed(range(_TRIES)):
        posting = return_posting(
            fund=gift.fund_id,
            # A gift in a batch is named by the batch: no line leads from a sum to a gift without a public name.
            subject=gift.batch_id or gift.pk,
            earmark=earmark,
            kind=kind,
            back=Return(given=back.given, moved=back.moved, short=Money(short(), back.moved.currency), fee=back.fee),
            key=back.key,
            day=back.day,
        )
        try:
            with transaction.atomic():
                [line] = post(postings=[posting], now=now)
        except DomainError as refused:
            if left == 0 or refused.code not in {"not_enough_earmarked", "not_enough_money"}:
                raise
        else:
            return line
    raise AssertionError("the last try returns or raises")
