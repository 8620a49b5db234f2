"""The bank's step at /c/auth/<intent>, and an invoice at /c/invoice/<id> with its form to pay it.

The step belongs to a session or to an invoice and leads back there. A paid invoice must NEVER show a form.
"""

from collections.abc import Callable

from . import currencies, invoices
from .billing_wording import BILLING
from .cards import CARDS, known_card
from .charging import ACTION
from .owners import owner_of, step_answered
from .pages import Pages, go, sent_form
from .payments import Try, usable
from .store import Stored
from .wire import Answer, Json, Request
from .wording import Wording, wording_for

AfterTry = Callable[[Pages, Stored, Try, Wording, str], Answer]


def step_page(after_try: AfterTry, pages: Pages, request: Request, intent_id: str) -> Answer:
    """The page on which a bank would ask for confirmation."""
    accepted = request.header("Accept-Language")
    with pages.store.transaction() as tx:
        intent = tx.find("payment_intent", intent_id)
        owner = None if intent is None else owner_of(pages.moment(tx), intent)
    if intent is None or owner is None:
        return pages.missing(wording_for(None, accepted))
    words = wording_for(owner.body.get("locale"), accepted)
    if request.method != "POST":
        amount = currencies.shown(intent.body["amount"], intent.body["currency"], words.language)
        return pages.render(200, "step.html", words, amount=amount)
    passed = sent_form(request).get("answer") == "authenticate"
    with pages.store.transaction() as tx:
        tried = step_answered(pages.moment(tx), intent_id, passed=passed)
    if owner.body["object"] == "invoice":
        return go(owner.body["hosted_invoice_url"])
    return after_try(pages, owner, tried, words, intent.extra["email"])


def invoice_page(pages: Pages, request: Request, invoice_id: str) -> Answer:
    """What is to be paid, and the form for it while it is open."""
    words = wording_for(None, request.header("Accept-Language"))
    with pages.store.transaction() as tx:
        stored = tx.find("invoice", invoice_id)
    if stored is None:
        return pages.missing(words)
    if request.method == "POST" and stored.body["status"] == "open":
        return _pay(pages, request, stored.body, words)
    return _show(pages, stored.body, words)


def _pay(pages: Pages, request: Request, made: Json, words: Wording) -> Answer:
    card = known_card(sent_form(request).get("card", "")[:64])
    if card is None or not usable(card, made["currency"]):
        return _show(pages, made, words, status=422, problem=words.card_wrong)
    with pages.store.transaction() as tx:
        outcome = invoices.collect(pages.moment(tx), tx.need("invoice", made["id"]).body, card=card)
    if outcome.word == ACTION:
        return go(outcome.intent["next_action"]["redirect_to_url"]["url"])
    if outcome.word == "declined":
        return _show(pages, made, words, status=402, problem=words.declined[card.outcome])
    return go(made["hosted_invoice_url"])


def _show(pages: Pages, made: Json, words: Wording, *, status: int = 200, problem: str | None = None) -> Answer:
    billing = BILLING[words.language]
    amount = currencies.shown(made["amount_due"], made["currency"], words.language)
    if made["status"] != "open":
        return pages.notice(status, words, f"{amount} · {made['number'] or made['id']}", billing.states[made["status"]])
    with pages.store.transaction() as tx:
        intent = invoices.intent_of(pages.moment(tx), made["id"])
    waiting = intent["status"] == ACTION
    return pages.render(
        status,
        "invoice.html",
        words,
        billing=billing,
        amount=amount,
        number=made["number"],
        problem=problem,
        step=intent["next_action"]["redirect_to_url"]["url"] if waiting else None,
        submit=words.pay.format(amount=amount),
        outcomes=[(card, words.outcome(card.outcome)) for card in CARDS if usable(card, made["currency"])],
    )
