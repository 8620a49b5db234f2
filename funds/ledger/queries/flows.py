"""Where a fund's money came from and where it went in a period: the numbers behind the money map.

Both sides always add up to the same sum: what came in and what had been there, what went out and what is left.
"""

from collections.abc import Mapping
from uuid import UUID

from funds.ledger.queries.periods import ENDLESS, EVERYTHING, Span, edge_of
from funds.ledger.queries.prepared import fetch
from funds.ledger.queries.trial import TrialLine, balances_at
from funds.ledger.rules.flows import MoneyMap, Movement, money_map

# Returned gifts hide inside the gift accounts: only they are summed, over the few lines of those kinds.
# $1 fund, $2 and $3 first and last line, $4 currency.
_RETURNED = """SELECT a.earmark_id, sum(e.amount_minor)::bigint
  FROM (SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND kind = 'refund' AND seq BETWEEN $2 AND $3
        UNION ALL
        SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND kind = 'dispute' AND seq BETWEEN $2 AND $3
        UNION ALL
        SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND kind = 'dispute_won' AND seq BETWEEN $2 AND $3
        UNION ALL
        SELECT r.id FROM ledger_transaction r JOIN ledger_transaction u ON u.id = r.reverses_id
         WHERE r.fund_id = $1::uuid AND r.kind = 'reversal' AND r.seq BETWEEN $2 AND $3
           AND u.kind IN ('refund', 'dispute', 'dispute_won')) t
  JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id AND a.code = 'gifts'
 WHERE e.currency = $4::text GROUP BY a.earmark_id""".replace("$2 AND $3", "$2::bigint AND $3::bigint")

# What exchanges took from purposes in one currency, whatever purpose it was; one that was reversed never happened.
_EXCHANGED = """SELECT coalesce(sum(e.amount_minor), 0)::bigint
  FROM (SELECT id FROM ledger_transaction WHERE fund_id = $1::uuid AND kind = 'exchange'
           AND seq BETWEEN $2::bigint AND $3::bigint
        UNION ALL
        SELECT r.id FROM ledger_transaction r JOIN ledger_transaction u ON u.id = r.reverses_id
         WHERE r.fund_id = $1::uuid AND r.kind = 'reversal' AND r.seq BETWEEN $2::bigint AND $3::bigint
           AND u.kind = 'exchange') t
  JOIN ledger_entry e ON e.transaction_id = t.id
  JOIN ledger_account a ON a.id = e.account_id AND a.code IN ('moved', 'shortfall')
 WHERE e.currency = $4::text"""


def _minors(lines: list[TrialLine]) -> Mapping[UUID, int]:
    return {line.book.id: line.balance_minor for line in lines}


def flows(*, fund_id: UUID, currency: str, span: Span = EVERYTHING) -> MoneyMap:
    """The money map of a stretch of a fund's ledger in one currency. At most six queries."""
    end = ENDLESS if span.last == ENDLESS else edge_of(fund_id=fund_id, seq=span.last)
    start = edge_of(fund_id=fund_id, seq=span.first - 1)
    after = [line for line in balances_at(fund_id=fund_id, entry=end) if line.book.currency == currency]
    before = _minors(balances_at(fund_id=fund_id, entry=start)) if start else {}
    returned = {row[0]: int(row[1]) for row in fetch(_RETURNED, [fund_id, span.first, span.last, currency])}
    exchanged = int(fetch(_EXCHANGED, [fund_id, span.first, span.last, currency])[0][0])
    return money_map(
        currency=currency,
        movements=[
            Movement(
                code=line.book.code,
                earmark=line.book.earmark_id,
                label=line.book.earmark,
                before=before.get(line.book.id, 0),
                after=line.balance_minor,
            )
            for line in after
        ],
        returned=returned,
        exchanged=exchanged,
    )
