"""How a gift without a public name is told: by a band of amounts, and sealed. Pure.

In a small town an unusual sum says who gave it; a band says only about how much.
"""

from common.money import Money


def band(amount: Money) -> tuple[Money, Money]:
    """The band of an amount above zero, from (included) to (excluded), in steps of 1, 2 and 5: 1,234 is 1,000-2,000."""
    if amount.minor <= 0:
        raise ValueError("only what was given has a band")
    power = 10 ** (len(str(amount.minor)) - 1)
    first = amount.minor // power
    low, high = (5, 10) if first >= 5 else (2, 5) if first >= 2 else (1, 2)  # noqa: PLR2004 - the steps themselves
    return Money(low * power, amount.currency), Money(high * power, amount.currency)


def commitment_text(amount: Money, donor: str) -> str:
    """What a batch commits to about one gift: the exact amount in minor units, and the name that was left, if any."""
    return f"{amount.minor} {amount.currency}, {donor}"
