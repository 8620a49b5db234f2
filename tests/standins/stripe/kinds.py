"""The kinds of objects that can be read: where, by which filters, and which parameter an error names.

A new kind of object is one line here. A filter must NEVER be accepted and then ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .errors import invalid, missing_object
from .params import Flag, Record, Sequence, Spec, Text, Whole, names
from .params import Moment as TimeRange
from .store import Tx
from .wire import Json

EXPAND = Sequence(Text(), most=20)
LINKS = names("charge payment_intent")
SUBSCRIPTION_OF_INVOICE = "$.parent.subscription_details.subscription"


@dataclass(frozen=True)
class Kind:
    """How one kind of object is reached: its path, the parameter that errors name, its filters (name -> JSON path).

    A JSON path that begins with `extra:` looks at what only the stand-in knows; `listed` is False without a list.
    """

    name: str
    path: str
    param: str = "id"
    filters: Mapping[str, str] = field(default_factory=dict)
    specs: Mapping[str, Spec] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """What a filter's word stands for; `""` is the filter that nobody asked for."""
    listed: bool = True
    check: Callable[[Tx, Json], None] | None = None
    """Refuses what the filters alone would answer wrongly."""

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


def _only_automatic(tx: Tx, sent: Json) -> None:
    """Stripe cannot say which movements are inside a manual payout."""
    if "payout" not in sent:
        return
    found = tx.find("payout", sent["payout"])
    if found is None:
        raise missing_object("payout", sent["payout"], "payout")
    if not found.body["automatic"]:
        message = "Balance transaction history can only be filtered on automatic transfers, not manual."
        raise invalid("payout", message)


_LIVING = names("active incomplete past_due paused trialing unpaid")
_OVER = names("canceled incomplete_expired")

KINDS = (
    Kind(
        "checkout.session",
        "/v1/checkout/sessions",
        "session",
        {**same(names("customer payment_intent status subscription")), "customer_details": "$.customer_details.email"},
        {
            "status": Text(choices=("open", "complete", "expired")),
            "customer_details": Record({"email": Text()}, required=("email",)),
        },
    ),
    Kind("payment_intent", "/v1/payment_intents", "intent", same(("customer",))),
    Kind("charge", "/v1/charges", "id", same(names("customer payment_intent"))),
    Kind(
        "balance_transaction",
        "/v1/balance_transactions",
        "id",
        {**same(names("currency source type")), "payout": "extra:$.payout"},
        check=_only_automatic,
    ),
    Kind("refund", "/v1/refunds", "id", same(LINKS)),
    Kind("dispute", "/v1/disputes", "dispute", same(LINKS)),
    Kind("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings", "id", same(LINKS)),
    Kind("review", "/v1/reviews", "id"),
    Kind("customer", "/v1/customers", "id", same(("email",))),
    Kind("payment_method", "/v1/payment_methods", "payment_method", same(names("customer type"))),
    Kind("product", "/v1/products"),
    Kind("price", "/v1/prices", "price", same(("product",))),
    Kind(
        "subscription",
        "/v1/subscriptions",
        "id",
        same(names("customer status")),
        {"status": Text(choices=(*_LIVING, *_OVER, "all", "ended"))},
        {"status": {"": _LIVING, "all": (*_LIVING, *_OVER), "ended": _OVER}},
    ),
    Kind(
        "invoice",
        "/v1/invoices",
        "invoice",
        {**same(names("customer status")), "subscription": SUBSCRIPTION_OF_INVOICE},
        {"status": Text(choices=names("draft open paid uncollectible void"))},
    ),
    Kind(
        "invoice_payment",
        "/v1/invoice_payments",
        "invoice_payment",
        {**same(names("invoice status")), "payment": "$.payment.payment_intent"},
        {
            "payment": Record(
                {"payment_intent": Text(), "type": Text(choices=("payment_intent",))},
                required=("payment_intent", "type"),
            )
        },
    ),
    Kind(
        "payout",
        "/v1/payouts",
        "payout",
        same(names("destination status")),
        {"status": Text(choices=names("pending in_transit paid failed canceled"))},
    ),
    Kind(
        "billing_portal.configuration",
        "/v1/billing_portal/configurations",
        "configuration",
        same(names("active is_default")),
        {"active": Flag(), "is_default": Flag()},
    ),
    Kind("setup_intent", "/v1/setup_intents", "intent", same(names("customer payment_method"))),
    Kind("mandate", "/v1/mandates", "mandate", listed=False),
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
    ("payment_method", "$.customer"),
    ("subscription", "$.customer"),
    ("invoice", "$.customer"),
    ("invoice", SUBSCRIPTION_OF_INVOICE),
    ("invoice_payment", "$.invoice"),
    ("invoice_payment", "$.payment.payment_intent"),
    ("balance_transaction", "extra:$.payout"),
    ("event", "$.type"),
)
"""What is looked for often: (kind, JSON path of the body)."""
