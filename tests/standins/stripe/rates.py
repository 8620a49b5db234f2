"""From the currency that a donor pays to the one that the account is settled in.

`exchange_rate` is told as Stripe tells it: the amount in the settlement currency divided by the amount in the presented
one, both in the units that Stripe sends. A conversion must NEVER depend on the clock: the seed and the running number
of the movement decide by how much a later rate has drifted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from . import currencies
from .settings import Settings

WORTH: Mapping[str, float] = {
    "usd": 1.0, "eur": 1.1, "kzt": 0.0019, "rub": 0.011, "gbp": 1.27, "chf": 1.12, "jpy": 0.0066, "krw": 0.00073,
    "ugx": 0.00027, "isk": 0.0072, "kwd": 3.25, "bhd": 2.65, "huf": 0.0028, "twd": 0.031, "kgs": 0.0115,
    "uzs": 0.000078, "aed": 0.2723, "try": 0.029, "cny": 0.14, "pln": 0.25, "czk": 0.043, "sek": 0.095, "cad": 0.73,
    "aud": 0.66,
}  # fmt: skip
"""What one whole unit is worth in USD, unless the setting `rates` says otherwise."""

_TOLD = Context(prec=6, rounding=ROUND_HALF_UP)


class NoRateError(LookupError):
    """A currency that neither the table nor the setting `rates` knows."""


@dataclass(frozen=True)
class Settled:
    """An amount as it reaches the balance; `exchange_rate` is None when nothing was converted."""

    amount: int
    currency: str
    exchange_rate: float | None


def settlement_currency(settings: Settings, currency: str) -> str:
    """Where a charge in this currency arrives: as it is when the account is settled in it, else in the first one."""
    if not settings.settlement or currency in settings.settlement:
        return currency
    return settings.settlement[0]


def settle(
    settings: Settings, amount: int, currency: str, *, into: str | None = None, drift: int | None = None
) -> Settled:
    """Convert an amount; `drift` is the running number of a movement whose rate has moved by up to `rate_drift`."""
    target = into or settlement_currency(settings, currency)
    if target == currency:
        return Settled(amount, currency, None)
    ratio = _worth(settings, currency) / _worth(settings, target)
    if drift is not None:
        ratio *= 1 + Decimal(str(settings.rate_drift)) * Decimal(2 * settings.chance(drift, "rate") - 1)
    places = currencies.decimals(target) - currencies.decimals(currency)
    rate = _TOLD.create_decimal(ratio.scaleb(places))
    step = 100 if target in currencies.WHOLE_UNITS_ONLY else 1
    whole = int((rate * amount / step).to_integral_value(ROUND_HALF_UP)) * step
    return Settled(whole, target, float(rate))


def _worth(settings: Settings, currency: str) -> Decimal:
    worth = settings.rates.get(currency, WORTH.get(currency))
    if worth is None:
        raise NoRateError(currency)
    return Decimal(str(worth))
