"""The customer portal through the API, and what a person does there: end or keep a subscription, take another card.

The portal can neither pause nor change an amount. A session must NEVER show another customer's things.
"""

from .beginnings import keep_method
from .call import Call, Moment, Route
from .cards import Card
from .charging import Payer, new_method
from .errors import missing_object
from .kinds import EXPAND
from .lapses import ENDED, change
from .params import Flag, Metadata, Record, Text, Unspoken, Url, names
from .reads import answer_object, require
from .session_params import LOCALES
from .shapes_billing import setup_intent
from .shapes_portal import configuration, session
from .wire import Json

_PROFILE = Record({"headline": Text(longest=60), "privacy_policy_url": Url(), "terms_of_service_url": Url()})
_ON = Record({"enabled": Flag()}, required=("enabled",))
_CONFIGURATION = Record(
    {
        "business_profile": _PROFILE,
        "default_return_url": Url(),
        "expand": EXPAND,
        "features": Record(
            {
                **{name: Unspoken() for name in names("customer_update subscription_pause subscription_update")},
                "invoice_history": _ON,
                "payment_method_update": _ON,
                "subscription_cancel": Record(
                    {
                        "cancellation_reason": Unspoken(),
                        "enabled": Flag(),
                        "mode": Text(choices=("at_period_end",)),
                        "proration_behavior": Text(choices=("none",)),
                    },
                    required=("enabled",),
                ),
            }
        ),
        "login_page": Unspoken(),
        "metadata": Metadata(),
        "name": Text(),
    }
)
_SESSION = Record(
    {
        **{name: Unspoken() for name in names("after_expiration customer_account flow_data on_behalf_of")},
        "configuration": Text(),
        "customer": Text(),
        "expand": EXPAND,
        "locale": Text(choices=LOCALES),
        "return_url": Url(),
    },
    required=("customer",),
)


def _with_features(made: Json, sent: Json) -> Json:
    features = {**made["features"]}
    for name, told in sent.get("features", {}).items():
        features[name] = {**features[name], **told}
    return {**made, "features": features}


def _create_configuration(call: Call) -> Json:
    sent = _CONFIGURATION.read(call.params, "")
    made = _with_features(configuration(sent, is_default=False, now=int(call.moment.now)), sent)
    call.moment.tx.add(made)
    call.moment.emit("billing_portal.configuration.created", made)
    return answer_object(call, made, sent)


def _update_configuration(call: Call) -> Json:
    sent = _CONFIGURATION.read(call.params, "")
    body = require(call, "billing_portal.configuration", "configuration").body
    changed = _with_features(body, sent)
    profile: Json = sent.get("business_profile", {})
    changed["business_profile"] = {**body["business_profile"], **profile}
    changed.update({name: sent[name] for name in ("default_return_url", "name") if name in sent})
    changed["metadata"] = Metadata.merged(body["metadata"], call.params.get("metadata"))
    changed["updated"] = int(call.moment.now)
    call.moment.tx.save(changed)
    call.moment.emit("billing_portal.configuration.updated", changed)
    return answer_object(call, changed, sent)


def _create(call: Call) -> Json:
    sent = _SESSION.read(call.params, "")
    if call.moment.tx.find("customer", sent["customer"]) is None:
        raise missing_object("customer", sent["customer"], "customer")
    used = _used(call, sent)
    made = session(
        sent,
        configuration_id=used["id"],
        return_url=sent.get("return_url", used["default_return_url"]),
        base=call.public_base,
        now=int(call.moment.now),
    )
    call.moment.tx.add(made)
    call.moment.emit("billing_portal.session.created", made)
    return answer_object(call, made, sent)


def _used(call: Call, sent: Json) -> Json:
    """The configuration that was named, else the account's default one, made when it is first needed."""
    tx = call.moment.tx
    if "configuration" in sent:
        found = tx.find("billing_portal.configuration", sent["configuration"])
        if found is None:
            raise missing_object("configuration", sent["configuration"], "configuration")
        return found.body
    defaults = tx.every("billing_portal.configuration", is_default=True)
    if defaults:
        return defaults[0]
    made = configuration({}, is_default=True, now=int(call.moment.now))
    tx.add(made)
    return made


def end(moment: Moment, subscription: Json, *, ending: bool) -> Json:
    """End a subscription with its period, or keep it after all."""
    if subscription["status"] in ENDED:
        return subscription
    when = min(item["current_period_end"] for item in subscription["items"]["data"])
    return change(
        moment,
        subscription,
        cancel_at_period_end=ending,
        cancel_at=when if ending else None,
        canceled_at=int(moment.now) if ending else None,
        cancellation_details={
            **subscription["cancellation_details"],
            "reason": "cancellation_requested" if ending else None,
        },
    )


def take_card(moment: Moment, customer_id: str, card: Card) -> Json:
    """Another card for all that this customer pays from now on; returns its payment method."""
    customer = moment.tx.need("customer", customer_id).body
    made = keep_method(moment, Payer(card, customer["email"] or "", new_method(), customer_id), customer_id)
    setup = setup_intent(customer_id=customer_id, method_id=made["id"], now=int(moment.now))
    moment.tx.add(setup)
    moment.emit("setup_intent.created", setup)
    moment.emit("setup_intent.succeeded", setup)
    settings = {**customer["invoice_settings"], "default_payment_method": made["id"]}
    moment.tx.save({**customer, "invoice_settings": settings})
    moment.emit("customer.updated", {**customer, "invoice_settings": settings})
    for subscription in moment.tx.every("subscription", customer=customer_id):
        if subscription["status"] not in ENDED:
            change(moment, subscription, default_payment_method=made["id"])
    return made


ROUTES = (
    Route("POST", "/v1/billing_portal/sessions", _create),
    Route("POST", "/v1/billing_portal/configurations", _create_configuration),
    Route("POST", "/v1/billing_portal/configurations/{id}", _update_configuration),
)
