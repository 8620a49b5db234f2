"""Trial balances as pages print them: one section a currency, numbers formatted once a row."""

from datetime import date

from django.urls import reverse

from common.formats import money
from funds.ledger.queries import Trial
from funds.ledger.views.asked import address


def _share(minor: int, one: Trial) -> str:
    """Percent of the longer side, for the two beams of the scales."""
    return f"{100 * minor / (max(one.debit_minor, one.credit_minor) or 1):.2f}"


def sections(trials: list[Trial], slug: str, *, until: date | None) -> list[dict[str, object]]:
    """Sums, difference and rows of each currency; a row leads to the account's statement, up to `until` if given."""
    base = reverse("ledger:account", args=[slug])
    stretch = {"until": until} if until else {}
    return [
        {
            "currency": one.currency,
            "balances": one.balances,
            "debit_share": _share(one.debit_minor, one),
            "credit_share": _share(one.credit_minor, one),
            "debit": money(one.debit_minor, one.currency),
            "credit": money(one.credit_minor, one.currency),
            "difference": money(abs(one.debit_minor - one.credit_minor), one.currency),
            "rows": [
                (
                    address(base, {"account": line.book.id, **stretch}),
                    line.book.title,
                    line.book.type.label,
                    money(line.debit_minor, one.currency) if line.balance_minor > 0 else "",
                    money(line.credit_minor, one.currency) if line.balance_minor < 0 else "",
                )
                for line in one.lines
            ],
        }
        for one in trials
    ]
