"""What the home page and a town's page show, gathered from the rooms below. Reads only; every list is short."""

from dataclasses import dataclass

from django.db import connection

from common.money import CURRENCIES, Money
from councils.needs.queries import public_needs
from funds.ledger.models import Fund
from funds.ledger.queries import EarmarkTotals, Totals, earmark_totals, totals
from funds.projects.models import Project
from funds.projects.queries import projects_of_town
from funds.projects.rules import funded_share
from funds.spending.models import Payment
from towns.models import Town


@dataclass(frozen=True, slots=True)
class Pulse:
    """The numbers on the first page: answered needs, gifts per currency, payments with published proof."""

    needs: int
    given: list[Money]
    proofs: int


def pulse() -> Pulse:
    """Three counts over all towns. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.currency, -sum(b.amount_minor)::bigint FROM ledger_account a"
            " JOIN ledger_balance b ON b.account_id = a.id WHERE a.code = 'gifts' GROUP BY a.currency"
        )
        sums = dict(cursor.fetchall())
    return Pulse(
        needs=public_needs().count(),
        given=[Money(sums[currency], currency) for currency in CURRENCIES if sums.get(currency)],
        proofs=Payment.objects.filter(published_at__isnull=False).count(),
    )


def newest_proofs(*, limit: int = 3) -> list[Payment]:
    """The payments whose proof was published last, with their projects and towns."""
    rows = Payment.objects.filter(published_at__isnull=False).select_related(
        "request__project__fund__town", "request__project__decision"
    )
    return list(rows.order_by("-published_at", "-id")[:limit])


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project on a town's page with how far it is, from the ledger."""

    project: Project
    totals: list[EarmarkTotals]
    given: float
    spent: float


def project_lines(*, town: Town, limit: int = 3) -> list[ProjectLine]:
    """The newest projects of a town. Two queries."""
    projects = projects_of_town(town=town, limit=limit)
    sums = earmark_totals(earmark_ids=[project.pk for project in projects])
    lines = []
    for project in projects:
        own = sums.get(project.pk, [])
        spent = sum(t.spent.minor for t in own if t.spent.currency == project.currency)
        lines.append(
            ProjectLine(
                project=project,
                totals=own,
                given=funded_share(project.goal, [t.gifts for t in own]),
                spent=min(1.0, spent / project.goal_minor),
            )
        )
    return lines


def fund_with_totals(*, town: Town) -> tuple[Fund | None, list[Totals]]:
    """The fund of a town and what it holds. Two queries."""
    fund = Fund.objects.filter(town=town).first()
    return fund, totals(fund=fund) if fund else []
