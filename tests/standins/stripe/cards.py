"""The test cards and test bank accounts: Stripe's well-known numbers and how each ends.

Any other number is refused before anything happens. A card number must NEVER be stored, only the last digits of a
known test card.
"""

from dataclasses import dataclass

from .wire import Json

DEBIT = "sepa_debit"


@dataclass(frozen=True)
class Card:
    """A way to pay; `code` and `decline_code` are None when it succeeds.

    `method` is Stripe's type of payment method. `authenticate` is "first" (once, by the person) or "always". `later`
    names what happens after the payment, see the README.
    """

    number: str
    brand: str
    country: str = "US"
    code: str | None = None
    decline_code: str | None = None
    message: str = ""
    method: str = "card"
    authenticate: str = ""
    later: str = ""

    @property
    def spaced(self) -> str:
        """The number in groups of four."""
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))

    @property
    def outcome(self) -> str:
        """One word for what happens: succeeds, the reason of the decline, or what comes later."""
        return self.decline_code or self.code or self.later or self.authenticate or "succeeds"

    @property
    def key(self) -> str:
        """What is kept of it: enough to know the test card again."""
        return self.number[-8:]

    @property
    def delayed(self) -> bool:
        """Whether the money comes, or does not, some time after the person has paid."""
        return self.method == DEBIT


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
    Card("4000002500003155", "visa", authenticate="first"),
    Card("4000002760003184", "visa", "DE", authenticate="always"),
    Card("4000000000000341", "visa", later="renewal_fails"),
    Card("4000000000000259", "visa", later="dispute"),
    Card("4000000000001976", "visa", later="inquiry"),
    Card("4000000000005423", "visa", later="warning"),
    Card("4000000000007726", "visa", later="refund_pending"),
    Card("4000000000005126", "visa", later="refund_fails"),
    Card("DE89370400440532013000", DEBIT, "DE", method=DEBIT, later="arrives"),
    Card("DE62370400440532013001", DEBIT, "DE", method=DEBIT, later="bounces"),
)

GENERIC_DECLINE = CARDS[3]
"""How a card fails that worked before."""

_BY_NUMBER = {card.number: card for card in CARDS}
_BY_KEY = {card.key: card for card in CARDS}


def known_card(typed: str) -> Card | None:
    """The test card that a person typed, spaces and dashes ignored; None for every other number."""
    return _BY_NUMBER.get(typed.translate({ord(" "): None, ord("-"): None, 0xA0: None}).upper())


def card_by_key(key: str) -> Card:
    """The test card of which this was kept."""
    return _BY_KEY[key]


def details(card: Card) -> Json:
    """`payment_method_details` of a charge."""
    if card.method == DEBIT:
        return {
            DEBIT: {
                "bank_code": card.number[4:12],
                "branch_code": None,
                "country": card.country,
                "expected_debit_date": None,
                "fingerprint": f"testdebit{card.key}",
                "last4": card.number[-4:],
                "mandate": None,
            },
            "type": DEBIT,
        }
    return {"card": card_details(card), "type": "card"}


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
        "fingerprint": f"testcard{card.key}",
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
