"""The test cards: Stripe's well-known numbers and how each ends.

Any other number is refused before anything happens. A card number must NEVER be stored, only the last four digits of
a known test card.
"""

from dataclasses import dataclass

from .wire import Json


@dataclass(frozen=True)
class Card:
    """A test card; `code` and `decline_code` are None when it succeeds."""

    number: str
    brand: str
    country: str = "US"
    code: str | None = None
    decline_code: str | None = None
    message: str = ""

    @property
    def spaced(self) -> str:
        """The number in groups of four."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))

    @property
    def outcome(self) -> str:
        """One word for what happens: succeeds, or the reason of the decline."""
        return self.decline_code or self.code or "succeeds"


_DECLINED = "Your card was declined."

CARDS = (
    Card("4242424242424242", "visa"),
    Card("5555555555554444", "mastercard"),
    Card("4000002760000016", "visa", "DE"),
    Card("4000000000000002", "visa", "US", "card_declined", "generic_decline", _DECLINED),
    Card("4000000000009995", "visa", "US", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
    Card("4000000000009987", "visa", "US", "card_declined", "lost_card", _DECLINED),
    Card("4000000000000069", "visa", "US", "expired_card", None, "Your card has expired."),
    Card(
        "4000000000000119",
        "visa",
        "US",
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
)

_BY_NUMBER = {card.number: card for card in CARDS}


def known_card(typed: str) -> Card | None:
    """The test card that a person typed, spaces and dashes ignored; None for every other number."""
    return _BY_NUMBER.get(typed.translate({ord(" "): None, ord("-"): None, 0xA0: None}))


def card_details(card: Card) -> Json:
    """`payment_method_details.card` of a charge."""
    return {
        "amount_authorized": None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "exp_month": 12,
        "exp_year": 2034,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": f"testcard{card.number[-8:]}",
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.number[-4:],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": 0, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
