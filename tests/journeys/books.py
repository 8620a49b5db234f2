"""The database behind the running site, read as its owner: what really stands there, whatever the pages say."""

from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg


class Books:
    """A connection for a while. `with Books(url) as books:`; it survives nothing: open it anew after a kill."""

    def __init__(self, url: str) -> None:
        self._link = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Every row."""
        return self._link.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> Any:
        """The only value of the only row."""
        [[value]] = self.rows(statement, *values)
        return value

    def write(self, statement: str) -> None:
        """Change something as its owner: for moving time forward, never for mending."""
        self._link.execute(statement)

    def balances(self) -> dict[tuple[str, str], int]:
        """Minor units by account code and currency, all funds and projects together."""
        found = self.rows(
            "SELECT a.code, a.currency, sum(b.amount_minor)::bigint FROM ledger_account a"
            " JOIN ledger_balance b ON b.account_id = a.id GROUP BY a.code, a.currency"
        )
        return {(code, currency): minor for code, currency, minor in found}

    def postings(self, gift: UUID | str) -> list[tuple[str, int]]:
        """What was booked about a gift: kinds with the minor units that moved, in the order of the ledger."""
        return self.rows(
            "SELECT t.kind, max(e.amount_minor) FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id"  # noqa: E501
            " WHERE t.subject_id = %s GROUP BY t.id, t.kind, t.seq ORDER BY t.seq",
            gift,
        )

    def faults(self) -> list[tuple[Any, ...]]:
        """What double entry forbids: transactions that do not add up to zero, balances that are not their entries."""
        return self.rows(
            "SELECT 'transaction', transaction_id::text, currency, sum(amount_minor)::bigint FROM ledger_entry"
            " GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0"
        ) + self.rows(
            "SELECT 'balance', b.account_id::text, '', b.amount_minor - coalesce(sum(e.amount_minor), 0)::bigint"
            " FROM ledger_balance b LEFT JOIN ledger_entry e ON e.account_id = b.account_id"
            " GROUP BY b.account_id, b.amount_minor HAVING b.amount_minor <> coalesce(sum(e.amount_minor), 0)"
        )
