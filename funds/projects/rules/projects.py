"""Pure arithmetic of a project: what it may cost and how far it is funded. No conversion between currencies, ever."""

from collections.abc import Iterable

from common.money import Money

MIN_GOAL = Money(10_000_00, "KZT")
MAX_GOAL = Money(100_000_000_000, "KZT")


def goal_is_possible(goal: Money) -> bool:
    """True for a cost between 10 000 and one billion tenge."""
    return MIN_GOAL <= goal <= MAX_GOAL


def funded_share(goal: Money, raised: Iterable[Money]) -> float:
    """Gifts in the project's own currency over its cost, 0 to 1. Gifts in other currencies are shown beside it."""
    own = sum(money.minor for money in raised if money.currency == goal.currency)
    return min(1.0, max(0, own) / goal.minor)
