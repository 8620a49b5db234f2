"""What browsers ask under /c/: the payment page, the bank's step, the invoice, the portal; marked as a test.

Plain HTML forms without JavaScript. A number that is not a known test card is refused before anything happens and must
NEVER be stored, logged or shown again.
"""

from collections.abc import Callable, Mapping
from functools import partial

from . import currencies
from .cards import CARDS, known_card
from .hosted_invoice import invoice_page, step_page
from .hosted_portal import portal_page
from .pages import FOLDER, SAFE, Pages, go, sent_form
from .params import is_email
from .payments import Try, pay, usable
from .store import Store, Stored
from .wire import Answer, Json, Request
from .wording import Wording, wording_for

Page = Callable[[Pages, Request, str], Answer]


class Hosted:
    """Answers what browsers ask under /c/."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._pages = Pages(store, clock)

    def answer(self, request: Request) -> Answer:
        """The response to one request."""
        if request.path == "/c/checkout.css":
            style = (FOLDER / "checkout.css").read_bytes()
            return Answer(200, style, "text/css; charset=utf-8", (("Cache-Control", "no-cache"), *SAFE))
        kind, _, object_id = request.path.removeprefix("/c/").partition("/")
        page = PAGES.get(kind)
        if page is None:
            return self._pages.missing(wording_for(None, request.header("Accept-Language")))
        return page(self._pages, request, object_id)


def _checkout(pages: Pages, request: Request, session_id: str) -> Answer:
    with pages.store.transaction() as tx:
        stored = tx.find("checkout.session", session_id)
    accepted = request.header("Accept-Language")
    if stored is None:
        return pages.missing(wording_for(None, accepted))
    words = wording_for(stored.body["locale"], accepted)
    if request.method == "POST":
        return _pay(pages, request, stored, words)
    return _show(pages, stored, stored.body["status"], words)


def _pay(pages: Pages, request: Request, stored: Stored, words: Wording) -> Answer:
    sent = sent_form(request)
    email = stored.body["customer_email"] or sent.get("email", "")[:512]
    card = known_card(sent.get("card", "")[:64])
    wrong: dict[str, str] = {}
    if not is_email(email):
        wrong["email"] = words.email_wrong
    if card is None or not usable(card, stored.body["currency"]):
        wrong["card"] = words.card_wrong
    if card is None or wrong:
        return _show(pages, stored, stored.body["status"], words, email=email, wrong=wrong)
    with pages.store.transaction() as tx:
        tried = pay(pages.moment(tx), stored.body["id"], card=card, email=email)
    return after_try(pages, stored, tried, words, email)


def after_try(pages: Pages, stored: Stored, tried: Try, words: Wording, email: str) -> Answer:
    """Where a try to pay a session leads."""
    if tried.step is not None:
        return go(tried.step)
    if tried.status == "complete":
        return go(_success_url(stored.body))
    if tried.declined is not None:
        return _show(pages, stored, "open", words, email=email, declined=words.declined[tried.declined])
    return _show(pages, stored, tried.status, words)


def _show(
    pages: Pages,
    stored: Stored,
    status: str,
    words: Wording,
    *,
    email: str = "",
    wrong: dict[str, str] | None = None,
    declined: str | None = None,
) -> Answer:
    body = stored.body
    if status == "expired":
        return pages.notice(410, words, words.expired, words.expired_why, body["cancel_url"], words.back)
    if status == "complete":
        return pages.notice(200, words, words.complete, words.complete_why, _success_url(body), words.onward)
    amount = currencies.shown(body["amount_total"], body["currency"], words.language)
    label = words.donate if body["submit_type"] == "donate" else words.pay
    outcomes = [(card, words.outcome(card.outcome)) for card in CARDS if usable(card, body["currency"])]
    return pages.render(
        402 if declined else 422 if wrong else 200,
        "checkout.html",
        words,
        amount=amount,
        items=_items(stored, words.language),
        submit=label.format(amount=amount),
        note=(body["custom_text"]["submit"] or {}).get("message"),
        email=body["customer_email"] or email,
        email_fixed=body["customer_email"] is not None,
        wrong=wrong or {},
        declined=declined,
        cancel_url=body["cancel_url"],
        outcomes=outcomes,
    )


def _success_url(body: Json) -> str:
    return str(body["success_url"]).replace("{CHECKOUT_SESSION_ID}", body["id"])


def _items(stored: Stored, language: str) -> list[Json]:
    return [
        {
            "name": item["description"],
            "description": product.get("description"),
            "quantity": item["quantity"],
            "amount": currencies.shown(item["amount_total"], item["currency"], language),
        }
        for item, product in zip(stored.extra["line_items"], stored.extra["products"], strict=True)
    ]


PAGES: Mapping[str, Page] = {
    "pay": _checkout,
    "auth": partial(step_page, after_try),
    "invoice": invoice_page,
    "portal": portal_page,
}
