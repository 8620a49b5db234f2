"""The parameters of a new Checkout Session: what is known, what each mode allows, what is refused by name.

It must NEVER accept a parameter that the session then ignores.
"""

from .errors import ApiError, invalid, missing_parameter
from .kinds import EXPAND
from .params import Email, Flag, Metadata, Record, Sequence, Text, Unspoken, Url, Whole, names
from .subscriptions import RECURRING
from .wire import Json

LOCALES = names(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR "
    "ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
"""Kazakh is not among them: a product that sends `kk` is refused, as at Stripe."""

_PRODUCT = Record(
    {
        "name": Text(longest=250),
        "description": Text(longest=40_000),
        "images": Sequence(Url(), most=8),
        "metadata": Metadata(),
        "tax_code": Unspoken(),
    },
    required=("name",),
)
_PRICE = Record(
    {
        "currency": Text(longest=3),
        "product": Unspoken(),
        "product_data": _PRODUCT,
        "recurring": RECURRING,
        "tax_behavior": Unspoken(),
        "unit_amount": Whole(least=1),
        "unit_amount_decimal": Unspoken(),
    },
    required=("currency", "product_data", "unit_amount"),
)
_ITEM = Record(
    {
        "adjustable_quantity": Unspoken(),
        "metadata": Metadata(),
        "price": Unspoken(),
        "price_data": _PRICE,
        "quantity": Whole(least=1, most=999_999),
        "tax_rates": Unspoken(),
    },
    required=("price_data", "quantity"),
)
_MESSAGE = Record({"message": Text(longest=1200)}, required=("message",))
_UNSPOKEN = names(
    "after_expiration allow_promotion_codes automatic_tax branding_settings consent_collection currency custom_fields "
    "customer_account customer_update discounts excluded_payment_method_types invoice_creation "
    "managed_payments name_collection optional_items origin_context payment_method_collection "
    "payment_method_configuration payment_method_data payment_method_options permissions phone_number_collection "
    "redirect_on_completion return_url saved_payment_method_options setup_intent_data shipping_address_collection "
    "shipping_options tax_id_collection wallet_options"
)
_UNSPOKEN_OF_SUBSCRIPTIONS = names(
    "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config billing_mode default_tax_rates "
    "invoice_settings on_behalf_of pending_invoice_item_interval proration_behavior transfer_data trial_end "
    "trial_period_days trial_settings"
)
CREATE = Record(
    {
        **{name: Unspoken() for name in _UNSPOKEN},
        "adaptive_pricing": Record({"enabled": Flag()}),
        "billing_address_collection": Text(choices=("auto", "required")),
        "cancel_url": Url(),
        "client_reference_id": Text(longest=200),
        "custom_text": Record({"submit": _MESSAGE, "after_submit": _MESSAGE}),
        "customer": Text(),
        "customer_creation": Text(choices=("if_required",)),
        "customer_email": Email(),
        "expand": EXPAND,
        "expires_at": Whole(least=0),
        "line_items": Sequence(_ITEM),
        "locale": Text(choices=LOCALES),
        "metadata": Metadata(),
        "mode": Text(choices=("payment", "setup", "subscription")),
        "payment_intent_data": Record(
            {
                "description": Text(longest=1000),
                "metadata": Metadata(),
                "receipt_email": Email(),
                "statement_descriptor_suffix": Text(longest=22),
            }
        ),
        "payment_method_types": Sequence(Text(choices=("card",))),
        "submit_type": Text(choices=("auto", "book", "donate", "pay", "subscribe")),
        "subscription_data": Record(
            {
                **{name: Unspoken() for name in _UNSPOKEN_OF_SUBSCRIPTIONS},
                "description": Text(longest=500),
                "metadata": Metadata(),
            }
        ),
        "success_url": Url(),
        "ui_mode": Text(choices=("hosted_page",)),
    },
    required=("mode", "line_items", "success_url", "cancel_url"),
)

_ONLY_PAYMENT = names("customer_creation payment_intent_data")


def check_mode(sent: Json) -> None:
    """Refuse what does not go with the session's mode."""
    if sent["mode"] == "setup":
        raise ApiError(400, "The stand-in does not speak mode=setup yet.", code="stand_in_unsupported", param="mode")
    monthly = sent["mode"] == "subscription"
    for name in _ONLY_PAYMENT if monthly else ("subscription_data",):
        if name in sent:
            raise invalid(name, f"You can not pass `{name}` in `{sent['mode']}` mode.")
    if "customer" in sent and "customer_email" in sent:
        raise invalid("customer", "You may only specify one of these parameters: customer, customer_email.")
    recurring = ["recurring" in item["price_data"] for item in sent["line_items"]]
    if monthly and not all(recurring):
        raise missing_parameter(f"line_items[{recurring.index(False)}][price_data][recurring]")
    if not monthly and any(recurring):
        message = "You must not specify a recurring price in `payment` mode."
        raise invalid(f"line_items[{recurring.index(True)}][price_data][recurring]", message)
