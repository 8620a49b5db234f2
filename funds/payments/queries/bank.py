"""What pages show of bank accounts and their statements. For the treasurer and the auditor alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from funds.ledger.models import Fund
from funds.payments.models import BankAccount, BankLine, Statement
from funds.payments.states import LineState


def accounts_of_fund(*, fund: Fund) -> list[BankAccount]:
    """The accounts of a fund, open ones first, each with `lines_open` and `told_through`, the last day told."""
    rows = BankAccount.objects.filter(fund=fund).annotate(
        lines_open=Count("lines", filter=Q(lines__state=LineState.OPEN), distinct=True),
        told_through=Max("statements__last_date"),
    )
    return sorted(rows, key=lambda account: (account.closed_at is not None, account.opened_at, account.pk))


def bank_account(*, account_id: UUID, slug: str) -> BankAccount:
    """An account of that town's fund; raises NotFound."""
    rows = BankAccount.objects.select_related("fund__town").filter(fund__town__slug=slug)
    found = rows.filter(pk=account_id).first()
    if found is None:
        raise NotFound("no_account", _("There is no such account."))
    return found


def mappings_for(*, account: BankAccount) -> list[dict[str, Any]]:
    """Which columns of its bank's tables are what: as this account has them, then the fund's others at that bank."""
    rows = BankAccount.objects.filter(fund_id=account.fund_id).exclude(pk=account.pk).exclude(mapping={})
    bank = Q(bank_name__iexact=account.bank_name) | (Q(bic=account.bic) if account.bic else Q(pk__in=[]))
    others = rows.filter(bank).order_by("-opened_at", "-pk").values_list("mapping", flat=True)
    return [dict(one) for one in (account.mapping, *others) if one]


def latest_statements(*, account: BankAccount, limit: int = 10) -> list[Statement]:
    """The statements imported last."""
    return list(account.statements.select_related("imported_by").order_by("-imported_at", "-id")[:limit])


def statement_of_file(*, account: BankAccount, sha256: str) -> Statement | None:
    """The earlier import of the very same file."""
    return account.statements.select_related("imported_by").filter(sha256=sha256).first()


def known_fingerprints(*, account: BankAccount, marks: Sequence[str]) -> set[str]:
    """Which of these lines an earlier statement brought."""
    return set(BankLine.objects.filter(account=account, fingerprint__in=marks).values_list("fingerprint", flat=True))
