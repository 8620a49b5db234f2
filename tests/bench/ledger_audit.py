"""What must be true of every ledger after a run, asked of the tables alone: sums, gaps, balances, every balance_after.

Each rule counts what breaks it. It must never ask the product's own functions.
"""

from tests.bench.ledger_servers import Server

RULES = {
    "transactions that do not sum to zero": """
        SELECT count(*) FROM (SELECT 1 FROM ledger_entry GROUP BY transaction_id, currency
                              HAVING sum(amount_minor) <> 0) x""",
    "transactions without all of their lines": """
        SELECT count(*) FROM ledger_transaction t
          LEFT JOIN (SELECT transaction_id, count(*) AS n FROM ledger_entry GROUP BY transaction_id) e
            ON e.transaction_id = t.id WHERE e.n IS DISTINCT FROM t.lines""",
    "funds with a gap in seq, or a head that says otherwise": """
        SELECT count(*) FROM (SELECT fund_id, count(*) AS n, max(seq) AS last, min(seq) AS first
                                FROM ledger_transaction GROUP BY fund_id) x
          FULL JOIN transparency_head h ON h.fund_id = x.fund_id
         WHERE coalesce(x.n, 0) <> coalesce(h.seq, -1) OR coalesce(x.last, 0) <> h.seq OR x.first <> 1""",
    "accounts whose balance is not the sum of their entries": """
        SELECT count(*) FROM (SELECT account_id, sum(amount_minor) AS total FROM ledger_entry GROUP BY account_id) x
          FULL JOIN ledger_balance b ON b.account_id = x.account_id
         WHERE coalesce(x.total, 0) <> coalesce(b.amount_minor, 0)""",
    "entries whose balance_after does not follow from the one before": """
        SELECT count(*) FROM (
            SELECT balance_after - amount_minor
                   - coalesce(lag(balance_after) OVER (PARTITION BY account_id ORDER BY id), 0) AS off
              FROM ledger_entry) x WHERE off <> 0""",
    "transactions that the log does not hold at their place": """
        SELECT count(*) FROM ledger_transaction t JOIN transparency_head h ON h.fund_id = t.fund_id
          LEFT JOIN transparency_entry e ON e.log_id = h.log_id AND e.index = t.log_index
         WHERE e.kind IS DISTINCT FROM 'transaction'
            OR (convert_from(e.body, 'UTF8')::jsonb->>'id')::uuid IS DISTINCT FROM t.id""",
    "logs with a gap, or a head that says otherwise": """
        SELECT count(*) FROM (SELECT log_id, count(*) AS n, max(index) AS last
                                FROM transparency_entry GROUP BY log_id) x
          FULL JOIN transparency_head h ON h.log_id = x.log_id
         WHERE coalesce(x.n, 0) <> coalesce(h.size, -1) OR coalesce(x.last, -1) <> h.size - 1""",
}


def audit(server: Server, database: str) -> tuple[int, dict[str, int]]:
    """How many entries the ledger of `database` has, and how often each rule is broken."""
    server.execute("VACUUM ANALYZE", database=database)
    entries = _count(server, database, "SELECT count(*) FROM ledger_entry")
    return entries, {rule: _count(server, database, statement) for rule, statement in RULES.items()}


def _count(server: Server, database: str, statement: str) -> int:
    return int(str(server.execute(statement, database=database)[0][0]))
