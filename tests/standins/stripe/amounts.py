"""Whether Stripe would charge an amount: currency, step, the smallest by settlement currency, the largest for a card.

Refuses in Stripe's words. It must NEVER change an amount.
"""

from . import currencies
from .errors import invalid, not_spoken
from .rates import NoRateError, settle, settlement_currency
from .settings import Settings


def check_currency(currency: str, path: str) -> None:
    """Refuse what Stripe does not charge in."""
    if currency not in currencies.SUPPORTED:
        known = ", ".join(sorted(currencies.SUPPORTED))
        raise invalid(path, f"Invalid currency: {currency}. Stripe currently supports these currencies: {known}")


def check_step(amount: int, currency: str, path: str) -> None:
    """Refuse decimals that the currency does not have."""
    step = currencies.step(currency)
    if amount % step:
        message = f"Invalid integer: amounts in {currency} must be a multiple of {step}."
        raise invalid(path, message, "parameter_invalid_integer")


def check_bounds(settings: Settings, amount: int, currency: str, path: str) -> None:
    """Refuse a total that is too large for a card or too small once it is settled."""
    if amount > currencies.MAXIMUM:
        most = currencies.shown(currencies.MAXIMUM, currency, "en")
        raise invalid(path, f"Amount must be no more than {most}", "amount_too_large")
    target = settlement_currency(settings, currency)
    least = currencies.shown(currencies.minimum(target), target, "en")
    try:
        settled = settle(settings, amount, currency)
    except NoRateError as missing:
        raise not_spoken(path, f"converting {missing} (name its rate in the setting rates)") from missing
    if settled.amount >= currencies.minimum(target):
        return
    if settled.exchange_rate is None:
        message = f"The Checkout Session's total amount due must add up to at least {least}"
    else:
        given, about = currencies.shown(amount, currency, "en"), currencies.shown(settled.amount, target, "en")
        message = (
            f"The Checkout Session's total amount must convert to at least {least}. {given} converts to approximately "
            f"{about}."
        )
    raise invalid(path, message, "amount_too_small")
