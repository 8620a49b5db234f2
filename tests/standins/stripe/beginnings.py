"""What a paid Checkout Session of mode `subscription` leaves: customer, method, subscription and first invoice.

The first try makes the customer and the intent; everything else comes only when the payment goes through. It must
NEVER make a second subscription for one session.
"""

from . import invoices, renewals
from .call import Moment
from .charging import PROCESSING, SUCCEEDED, Outcome, Payer
from .shapes_billing import customer, item, items_list, mandate, payment_method, subscription
from .shapes_payment import payment_intent
from .shapes_price import product
from .store import Stored
from .wire import Json


def customer_for(moment: Moment, *, email: str | None, name: str | None = None, metadata: Json | None = None) -> Json:
    """A new customer."""
    made = customer(email=email, name=name, metadata=metadata or {}, now=int(moment.now))
    moment.tx.add(made)
    moment.emit("customer.created", made)
    return made


def first_intent(moment: Moment, session: Stored, *, email: str) -> Json:
    """The intent of the session's tries, with its customer; the session itself shows neither yet."""
    if "intent" in session.extra:
        return moment.tx.need("payment_intent", session.extra["intent"]).body
    body = session.body
    whose = body["customer"] or customer_for(moment, email=email)["id"]
    data = {"description": "Subscription creation"}
    intent = payment_intent(amount=body["amount_total"], currency=body["currency"], data=data, now=int(moment.now))
    intent.update(customer=whose, setup_future_usage="off_session")
    moment.tx.add(intent)
    moment.tx.save(body, {**session.extra, "intent": intent["id"]})
    moment.emit("payment_intent.created", intent)
    return intent


def begin(moment: Moment, session: Stored, outcome: Outcome, payer: Payer) -> Json:
    """Make the subscription; returns what the session shows of it."""
    now, intent = int(moment.now), outcome.intent
    customer_id = str(intent["customer"])
    keep_method(moment, payer, customer_id)
    made = subscription(
        customer_id=customer_id,
        method_id=payer.method,
        currency=session.body["currency"],
        data=session.extra.get("subscription_data", {}),
        now=now,
    )
    things = zip(session.extra["line_items"], session.extra["products"], strict=True)
    items = [_item(moment, line, thing, made["id"]) for line, thing in things]
    made["items"] = items_list(items, made["id"])
    moment.tx.add(made, {"base": session.extra["base"]})
    whose = moment.tx.need("customer", customer_id).body
    moment.tx.save({**whose, "currency": made["currency"]})
    invoice = invoices.draft(moment, made, reason="subscription_create")
    invoice = invoices.finalize(moment, invoice, intent=intent)
    moment.emit("customer.subscription.created", moment.tx.need("subscription", made["id"]).body)
    if outcome.word in {SUCCEEDED, PROCESSING}:
        invoices.settle(moment, invoice["id"], outcome)
    renewals.schedule(moment, made)
    return {"customer": customer_id, "subscription": made["id"], "invoice": invoice["id"]}


def keep_method(moment: Moment, payer: Payer, customer_id: str) -> Json:
    """Keep how somebody pays for later payments."""
    made = payment_method(
        payer.card, method_id=payer.method, email=payer.email, customer_id=customer_id, now=int(moment.now)
    )
    moment.tx.add(made, {"card": payer.card.key})
    moment.emit("payment_method.attached", made)
    if payer.card.delayed:
        leave = mandate(method_id=payer.method, now=int(moment.now))
        moment.tx.add(leave)
        moment.emit("mandate.updated", leave)
    return made


def _item(moment: Moment, line: Json, thing: Json, subscription_id: str) -> Json:
    """One item of the subscription from an item of its session; product and price can be read from now on."""
    made, now = line["price"], int(moment.now)
    moment.tx.add(product(thing, product_id=made["product"], now=now))
    moment.tx.add(made)
    end = renewals.after(now, made["recurring"], anchor=now)
    return item(made, quantity=line["quantity"], subscription_id=subscription_id, start=now, end=end, now=now)
