"""What a replay of the inbox must leave as it is, row by row, so that a test can say which row and column changed."""

from typing import Any, Final

from django.db.models import Model

from audit.models import Record
from funds.donations.models import Dispute, Gift, MonthlyGift, Refund
from funds.ledger.models import Balance, Transaction
from funds.payments.models import Movement

Standing = dict[str, dict[str, Any]]

# A monthly gift notes when it was last asked about; that moment is no fact about it.
_ROWS: Final[list[tuple[type[Model], tuple[str, ...]]]] = [
    (Gift, ()),
    (Refund, ()),
    (Dispute, ()),
    (Movement, ()),
    (MonthlyGift, ("pk", "state", "failed_payments", "next_payment_at")),
    (Balance, ()),
    (Transaction, ("pk", "kind", "key")),
    (Record, ("pk", "action", "object_type", "object_id")),
]


def standing() -> Standing:
    """Every row that money, states and thanks are told by: row -> column -> value."""
    return {
        f"{model.__name__} {row.get('pk', row.get('id'))}": row
        for model, columns in _ROWS
        for row in model._default_manager.values(*columns)
    }


def changes(before: Standing, after: Standing) -> list[str]:
    """One sentence for each column of each row that is not as it was, for rows that came and rows that went."""
    found = [f"{row} went" for row in before if row not in after]
    for row, columns in after.items():
        if row not in before:
            found.append(f"{row} came: {columns}")
            continue
        was = before[row]
        found += [f"{row}.{name}: {was[name]!r} -> {now!r}" for name, now in columns.items() if was[name] != now]
    return found
