"""The customer portal at /c/portal/<session>: subscriptions to end or keep, another card, invoices, the way back.

Plain forms. Only what belongs to the session's customer is shown, and it must NEVER be changed by a GET.
"""

from . import currencies
from .billing_wording import BILLING
from .cards import CARDS, known_card
from .lapses import ENDED
from .pages import Pages, go, sent_form
from .portal import end, take_card
from .store import Stored
from .wire import Answer, Json, Request
from .wording import Wording, wording_for

_FEATURE = {"card": "payment_method_update"}
"""What the configuration calls an action; every other one is about ending a subscription."""


def portal_page(pages: Pages, request: Request, session_id: str) -> Answer:
    """The portal, or what was done there."""
    accepted = request.header("Accept-Language")
    with pages.store.transaction() as tx:
        stored = tx.find("billing_portal.session", session_id)
    if stored is None:
        return pages.missing(wording_for(None, accepted))
    words = wording_for(stored.body["locale"], accepted)
    if request.method == "POST":
        return _change(pages, request, stored, words)
    return _show(pages, stored.body, words)


def _change(pages: Pages, request: Request, stored: Stored, words: Wording) -> Answer:
    sent, customer = sent_form(request), stored.body["customer"]
    with pages.store.transaction() as tx:
        features = tx.need("billing_portal.configuration", stored.body["configuration"]).body["features"]
    if not features[_FEATURE.get(sent.get("action", ""), "subscription_cancel")]["enabled"]:
        return pages.missing(words)
    if sent.get("action") == "card":
        card = known_card(sent.get("card", "")[:64])
        if card is None or card.delayed:
            return _show(pages, stored.body, words, status=422, problem=words.card_wrong)
        if card.code is not None:
            return _show(pages, stored.body, words, status=402, problem=words.declined[card.outcome])
        with pages.store.transaction() as tx:
            take_card(pages.moment(tx), customer, card)
        return _show(pages, stored.body, words, saved=True)
    with pages.store.transaction() as tx:
        found = tx.find("subscription", sent.get("subscription", ""))
        if found is None or found.body["customer"] != customer or sent.get("action") not in {"cancel", "keep"}:
            return pages.missing(words)
        end(pages.moment(tx), found.body, ending=sent["action"] == "cancel")
    return go(stored.body["url"])


def _show(
    pages: Pages, body: Json, words: Wording, *, status: int = 200, problem: str | None = None, saved: bool = False
) -> Answer:
    billing = BILLING[words.language]
    with pages.store.transaction() as tx:
        subscriptions = tx.every("subscription", customer=body["customer"])[::-1]
        invoices = tx.every("invoice", customer=body["customer"])[::-1]
        features = tx.need("billing_portal.configuration", body["configuration"]).body["features"]
    return pages.render(
        status,
        "portal.html",
        words,
        billing=billing,
        problem=problem,
        saved=saved,
        features=features,
        return_url=body["return_url"],
        subscriptions=[_subscription(each, words) for each in subscriptions],
        invoices=[
            {
                "number": each["number"] or each["id"],
                "url": each["hosted_invoice_url"],
                "amount": currencies.shown(each["amount_due"], each["currency"], words.language),
                "state": billing.states[each["status"]],
            }
            for each in invoices
        ],
        outcomes=[(card, words.outcome(card.outcome)) for card in CARDS if not card.delayed],
    )


def _subscription(body: Json, words: Wording) -> Json:
    amount = sum(item["price"]["unit_amount"] * item["quantity"] for item in body["items"]["data"])
    return {
        "id": body["id"],
        "amount": currencies.shown(amount, body["currency"], words.language),
        "state": BILLING[words.language].states[body["status"]],
        "ended": body["status"] in ENDED,
        "ending": body["cancel_at_period_end"],
    }
