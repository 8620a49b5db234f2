"""Funds and single transactions with their entries."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from funds.ledger.models import Entry, Fund, Transaction


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
    return list(transaction.entries.select_related("account__earmark").order_by("id"))


def transactions_of_subject(*, subject_id: UUID) -> list[Transaction]:
    """What was booked about a gift or a spending request, oldest first."""
    return list(Transaction.objects.filter(subject_id=subject_id).order_by("seq"))
