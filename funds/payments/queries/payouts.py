"""Transfers to the bank: those that something is still to be learned of, and what readers could learn from telling one.

Counts of gifts without a public name leave this module; no sum of one does.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from funds.ledger.models import Fund
from funds.payments.models import Movement, Payout, PayoutShare
from funds.payments.rules import kinds
from funds.payments.rules.telling import GOING, HERE, Cell
from funds.payments.states import MovementState

_CELLS: Final = """
SELECT m.together_id, m.payout_id, s.transaction_id, count(*),
       count(*) FILTER (WHERE m.type = ANY(%(charges)s) AND NOT EXISTS (
           SELECT FROM payments_movement r
            WHERE r.payment_id = m.payment_id AND r.payment_id <> '' AND r.type <> ALL(%(charges)s)))
  FROM payments_movement m
  LEFT JOIN payments_payoutshare s ON s.payout_id = m.payout_id AND s.fund_id = m.fund_id
 WHERE m.fund_id = %(fund)s AND m.currency = %(currency)s AND m.together_id IS NOT NULL
 GROUP BY 1, 2, 3
"""


def payouts_without_members(*, limit: int = 50) -> list[str]:
    """Stripe's ids of automatic transfers whose members are not known here, the oldest first."""
    rows = Payout.objects.filter(automatic=True, members_known_at__isnull=True).order_by("created_at", "pk")
    return list(rows.values_list("payout_id", flat=True)[:limit])


def untold_shares(*, fund_id: UUID | None = None) -> QuerySet[PayoutShare]:
    """What of transfers is known and not told in the ledger yet, the oldest first. Without those that came back."""
    leaving = Movement.objects.filter(
        type="payout", source_id=OuterRef("payout__payout_id"), state=MovementState.WAITING
    )
    rows = PayoutShare.objects.filter(Exists(leaving), transaction=None)
    return (rows if fund_id is None else rows.filter(fund_id=fund_id)).order_by("payout__created_at", "pk")


@dataclass(frozen=True, slots=True)
class Carried:
    """Which common lines of the ledger each transfer carries movements of, for one fund and currency."""

    cells: tuple[tuple[str, UUID | None, str, int, int], ...]

    def unnamed(self, payout: UUID) -> int:
        """How many movements of gifts without a public name a transfer carries."""
        return sum(movements for _line, carried, _told, movements, _gifts in self.cells if carried == payout)

    def seen(self, going: set[UUID]) -> list[Cell]:
        """The cells as readers would know them, were these transfers told together."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for line, payout, told, movements, gifts in self.cells:
            both = found[line, told or (GOING if payout in going else HERE)]
            both[0], both[1] = both[0] + movements, both[1] + gifts
        return [Cell(line, column, *both) for (line, column), both in found.items()]


def carried(*, fund_id: UUID, currency: str) -> Carried:
    """What every transfer of a fund carries of common lines. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, {"charges": list(kinds.CHARGES), "fund": fund_id, "currency": currency})
        rows = cursor.fetchall()
    return Carried(
        tuple((str(line), payout, str(told or ""), movements, gifts) for line, payout, told, movements, gifts in rows)
    )


def few_behind(*, fund_id: UUID, currency: str, until: datetime, least: int) -> bool:
    """Whether a transfer begun by hand, whose members nobody names, may carry gifts without a public name, but fewer
    than `least`.

    What it can carry since the transfer told before is what became available since then, as a rule; Stripe's instant
    transfers take what came. Both are counted, and either of them makes it wait.
    """
    told = PayoutShare.objects.filter(fund_id=fund_id, payout__currency=currency, transaction__isnull=False)
    last = told.aggregate(last=Max("payout__created_at"))["last"]
    gifts = Movement.objects.filter(
        fund_id=fund_id, currency=currency, together__isnull=False, type__in=kinds.CHARGES, created_at__lte=until
    )
    came, free = Q(), Q(available_at__lte=until)
    if last is not None:
        came, free = Q(created_at__gt=last), free & Q(available_at__gt=last)
    numbers = gifts.aggregate(came=Count("pk", filter=came), free=Count("pk", filter=free))
    return any(0 < number < least for number in numbers.values())


def begun_by_hand(*, fund: Fund) -> bool:
    """Whether somebody has chosen the sum of a transfer of this fund."""
    return PayoutShare.objects.filter(fund=fund, payout__automatic=False).exists()


@dataclass(frozen=True, slots=True)
class Untold:
    """How many transfers of a fund wait to be told together, and since when."""

    number: int
    since: datetime


def untold_of(*, fund: Fund) -> Untold | None:
    """What waits of a fund; None where nothing does. No sums."""
    moments = list(untold_shares(fund_id=fund.pk).values_list("payout__created_at", flat=True))
    return Untold(len(moments), moments[0]) if moments else None
