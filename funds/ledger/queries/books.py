"""Funds, their accounts and projects, and single transactions with their entries."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from common.money import CURRENCIES
from funds.ledger.models import Entry, Fund, Head, Period, Transaction
from funds.ledger.queries.prepared import fetch
from funds.ledger.states import AccountCode, AccountType


def fund_of_town(*, slug: str) -> Fund:
    """The fund of a town; raises NotFound."""
    names = [f"town__name_{language}" for language, _name in settings.LANGUAGES]
    rows = Fund.objects.select_related("town").only("legal_entity", "founded_date", "town__slug", *names)
    fund = rows.filter(town__slug=slug).first()
    if fund is None:
        raise NotFound("no_fund", _("This town has no community foundation here yet."))
    return fund


def transaction_at(*, fund: Fund, seq: int) -> Transaction:
    """One transaction by its number; raises NotFound."""
    found = Transaction.objects.filter(fund=fund, seq=seq).select_related("reverses", "reversed_by").first()
    if found is None:
        raise NotFound("no_transaction", _("The ledger has no line with this number."))
    return found


def entries_of(*, transaction: Transaction) -> list[Entry]:
    """The lines of a transaction in the order they were written."""
    return list(transaction.entries.select_related("account__earmark").order_by("line"))


def transactions_of_subject(*, subject_id: UUID) -> list[Transaction]:
    """What was booked about a gift or a spending request, oldest first."""
    return list(Transaction.objects.filter(subject_id=subject_id).order_by("seq"))


@dataclass(frozen=True, slots=True)
class Book:
    """One account of a fund: what it is for, its currency, and the project it is tied to (None: the whole fund)."""

    id: UUID
    code: AccountCode
    type: AccountType
    currency: str
    earmark_id: UUID | None
    earmark: str

    @property
    def title(self) -> str:
        """`Gifts · School road lamps` in the language of the request."""
        return f"{self.code.label} · {self.earmark}" if self.earmark else str(self.code.label)


_ACCOUNTS = """SELECT a.id, a.code, a.type, a.currency, a.earmark_id, coalesce(m.label, '')
  FROM ledger_account a LEFT JOIN ledger_earmark m ON m.id = a.earmark_id
 WHERE a.fund_id = $1::uuid"""
_ORDER = {code: place for place, code in enumerate(AccountCode)}


def in_order(book: Book) -> tuple[int, int, bool, str, str]:
    """Accounts as every page lists them: by currency, then as the chart of accounts does, the whole fund first."""
    place = CURRENCIES.index(book.currency) if book.currency in CURRENCIES else len(CURRENCIES)
    return (place, _ORDER[book.code], book.earmark_id is not None, book.earmark, str(book.id))


def accounts_of(*, fund_id: UUID) -> list[Book]:
    """Every account of a fund, in order. One query."""
    found = [Book(row[0], AccountCode(row[1]), AccountType(row[2]), *row[3:]) for row in fetch(_ACCOUNTS, [fund_id])]
    return sorted(found, key=in_order)


def earmarks_of(*, fund_id: UUID) -> list[tuple[UUID, str]]:
    """The projects that money of a fund was ever tied to, by name. One query."""
    return [(row[0], row[1]) for row in fetch(_EARMARKS, [fund_id])]


_EARMARKS = "SELECT id, label FROM ledger_earmark WHERE fund_id = $1::uuid ORDER BY label, id"


MOST_PERIODS = 120  # ten years of months


def closed_through(*, fund_id: UUID) -> date | None:
    """The last day of the closed books (a day long ago where none is closed); None while nothing is booked."""
    return Head.objects.filter(fund_id=fund_id).values_list("closed_through", flat=True).first()


def periods_of(*, fund_id: UUID) -> list[Period]:
    """The closed periods of a fund, newest first. One query."""
    return list(Period.objects.filter(fund_id=fund_id).order_by("-ends_date")[:MOST_PERIODS])
