"""What projects received, paid and have left: with what was given for the need before the project was opened."""

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from common.money import CURRENCIES
from funds.ledger.queries import EarmarkTotals, earmark_totals
from funds.projects.models import Project


def totals_of_projects(*, projects: Sequence[Project]) -> dict[UUID, list[EarmarkTotals]]:
    """Totals per project and currency, tenge first; projects without money are not in the answer. One query.

    Their decisions are loaded by the caller. A need's purse is its project's: its money has followed.
    """
    purses = {project.pk: (project.pk, project.decision.need_id) for project in projects}
    found = earmark_totals(earmark_ids=[purse for pair in purses.values() for purse in pair])
    merged = {pk: _merged([*found.get(own, []), *found.get(need, [])]) for pk, (own, need) in purses.items()}
    return {pk: totals for pk, totals in merged.items() if totals}


def _merged(totals: Sequence[EarmarkTotals]) -> list[EarmarkTotals]:
    by_currency: dict[str, EarmarkTotals] = {}
    for one in totals:
        currency = one.gifts.currency
        known = by_currency.get(currency)
        by_currency[currency] = one if known is None else _sum(known, one)
    return [by_currency[currency] for currency in CURRENCIES if currency in by_currency]


def _sum(one: EarmarkTotals, other: EarmarkTotals) -> EarmarkTotals:
    return EarmarkTotals(
        **{part.name: getattr(one, part.name) + getattr(other, part.name) for part in fields(EarmarkTotals)}
    )
