"""The kinds of objects that can be read: where, by which filters, and which parameter an error names.

A new kind of object is one line here. A filter must NEVER be accepted and then ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .params import Flag, Record, Sequence, Spec, Text, Whole, names
from .params import Moment as TimeRange

EXPAND = Sequence(Text(), most=20)
LINKS = names("charge payment_intent")


@dataclass(frozen=True)
class Kind:
    """How one kind of object is reached: its path, the parameter that errors name, its filters (name -> JSON path).

    A JSON path that begins with `extra:` looks at what only the stand-in knows.
    """

    name: str
    path: str
    param: str = "id"
    filters: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, Spec] = field(default_factory=dict)

    def list_params(self) -> Record:
        """What its list endpoint knows."""
        known: dict[str, Spec] = {
            "limit": Whole(1, 100),
            "starting_after": Text(),
            "ending_before": Text(),
            "created": TimeRange(),
            "expand": EXPAND,
        }
        known.update({name: Text() for name in self.filters})
        known.update(self.specs)
        return Record(known)


def same(names_: tuple[str, ...]) -> dict[str, str]:
    """Filters that are called like the member that they look at."""
    return {name: f"$.{name}" for name in names_}


KINDS = (
    Kind(
        "checkout.session",
        "/v1/checkout/sessions",
        "session",
        {**same(names("payment_intent status")), "customer_details": "$.customer_details.email"},
        {
            "status": Text(choices=("open", "complete", "expired")),
            "customer_details": Record({"email": Text()}, required=("email",)),
        },
    ),
    Kind("payment_intent", "/v1/payment_intents", "intent"),
    Kind("charge", "/v1/charges", "id", same(("payment_intent",))),
    Kind(
        "balance_transaction",
        "/v1/balance_transactions",
        "id",
        same(names("currency source type")),
    ),
    Kind("refund", "/v1/refunds", "id", same(LINKS)),
    Kind("dispute", "/v1/disputes", "dispute", same(LINKS)),
    Kind("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings", "id", same(LINKS)),
    Kind("review", "/v1/reviews", "id"),
    Kind(
        "event",
        "/v1/events",
        "id",
        {"type": "$.type", "types": "$.type"},
        {"types": Sequence(Text(), most=20), "delivery_success": Flag()},
    ),
)

INDEXED = (
    ("checkout.session", "$.payment_intent"),
    ("charge", "$.payment_intent"),
    ("balance_transaction", "$.source"),
    ("refund", "$.charge"),
    ("refund", "$.payment_intent"),
    ("dispute", "$.charge"),
    ("dispute", "$.payment_intent"),
    ("radar.early_fraud_warning", "$.charge"),
    ("event", "$.type"),
)
"""What is looked for often: (kind, JSON path of the body)."""
