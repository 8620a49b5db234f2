"""Stripe's currencies: how many decimals each is sent with, its bounds, and what the stand-in charges as a fee.

Exponents follow Stripe's own lists, never ISO 4217: UGX and ISK are sent times 100 though they have no minor unit.
All amounts are integers in the unit that Stripe expects.
"""


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMAL = _codes("bhd jod kwd omr tnd")
WHOLE_UNITS_ONLY = frozenset({"ugx", "isk"})
"""Sent with two decimals that must be 00."""

_TWO_DECIMAL = _codes(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc "
    "cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr "
    "kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk "
    "php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd "
    "uyu uzs wst xcd yer zar zmw"
)

SUPPORTED = _TWO_DECIMAL | ZERO_DECIMAL | THREE_DECIMAL

MINIMUM = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50, "jpy": 50, "krw": 50, "mxn": 1000,
    "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200, "ron": 200, "rub": 50, "sek": 300, "sgd": 50,
    "thb": 1000, "zar": 50,
    # Not in Stripe's table: there the converted settlement minimum decides. These are about 0.50 USD.
    "kzt": 25_000, "kgs": 4_400, "uzs": 600_000, "ugx": 190_000, "isk": 6_500,
}  # fmt: skip

MAXIMUM = 999_999_999_999
"""Twelve digits, for every card that the stand-in knows."""

MAXIMUM_OF_A_DEBIT = 99_999_999
"""Eight digits, for a payment method that is no card."""

FEE_PER_MILLE = 29
FIXED_FEE = {
    "usd": 30, "eur": 25, "gbp": 20, "kzt": 15_000, "rub": 2_500, "kgs": 2_600, "uzs": 350_000, "jpy": 40, "krw": 400,
    "huf": 8_500, "kwd": 100, "ugx": 110_000, "isk": 4_000,
}  # fmt: skip

_SYMBOLS = {"kzt": "₸", "eur": "€", "usd": "$", "rub": "₽", "gbp": "£"}
_SEPARATORS = {"en": (",", "."), "de": (".", ","), "ru": ("\u00a0", ",")}


def decimals(currency: str) -> int:
    """How many decimals an amount of this currency is sent with: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    """The smallest charge that is accepted."""
    return MINIMUM.get(currency, 500 if currency in THREE_DECIMAL else 50)


def step(currency: str) -> int:
    """Amounts must be a multiple of this: 100 for UGX and ISK, 10 for three-decimal currencies, else 1."""
    if currency in WHOLE_UNITS_ONLY:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def processing_fee(amount: int, currency: str) -> int:
    """2.9 % rounded half up, plus the fixed part, never more than the amount."""
    return min(amount, (amount * FEE_PER_MILLE + 500) // 1000 + FIXED_FEE.get(currency, 30))


def shown(amount: int, currency: str, language: str) -> str:
    """The amount for a person, e.g. `12 500,00 ₸` in Russian; UGX and ISK without their empty decimals."""
    group, point = _SEPARATORS[language]
    places = decimals(currency)
    whole, rest = divmod(amount, 10**places)
    number = f"{whole:,}".replace(",", group)
    if places and currency not in WHOLE_UNITS_ONLY:
        number += f"{point}{rest:0{places}d}"
    return f"{number}\u00a0{_SYMBOLS.get(currency, currency.upper())}"
