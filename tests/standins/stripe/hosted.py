"""The hosted payment page at /c/pay/<session id>, marked as a test in every language.

Plain HTML forms without JavaScript. A number that is not a known test card is refused before anything happens and must
NEVER be stored, logged or shown again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import currencies
from .call import Moment
from .cards import CARDS, known_card
from .outbox import NOBODY
from .owners import step_answered
from .params import is_email
from .payments import Try, pay, usable
from .settings import read_settings
from .store import Store, Stored
from .wire import Answer, Json, Request
from .wording import Wording, wording_for

_PAGES = Path(__file__).parent / "pages"
_PREFIX = "/c/pay/"
_STEP = "/c/auth/"
_SAFE = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
)
_FRESH = ("Cache-Control", "no-store")


@dataclass
class Hosted:
    """Answers what browsers ask under /c/."""

    store: Store
    clock: Callable[[], float]
    _templates: Environment = field(
        default_factory=lambda: Environment(
            loader=FileSystemLoader(_PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
    )

    def answer(self, request: Request) -> Answer:
        """The response to one request."""
        if request.path == "/c/checkout.css":
            style = (_PAGES / "checkout.css").read_bytes()
            return Answer(200, style, "text/css; charset=utf-8", (("Cache-Control", "no-cache"), *_SAFE))
        if request.path.startswith(_STEP):
            return self._step(request)
        session_id = request.path.removeprefix(_PREFIX)
        with self.store.transaction() as tx:
            stored = tx.find("checkout.session", session_id) if request.path.startswith(_PREFIX) else None
        accepted = request.header("Accept-Language")
        if stored is None:
            words = wording_for(None, accepted)
            return self._notice(404, words, words.missing, words.missing_why)
        words = wording_for(stored.body["locale"], accepted)
        if request.method == "POST":
            return self._pay(request, stored, words)
        return self._page(stored, stored.body["status"], words)

    def _step(self, request: Request) -> Answer:
        """The page on which a bank would ask for confirmation."""
        with self.store.transaction() as tx:
            intent = tx.find("payment_intent", request.path.removeprefix(_STEP))
            owner = None if intent is None else tx.find("checkout.session", intent.extra.get("session", ""))
        if intent is None or owner is None:
            words = wording_for(None, request.header("Accept-Language"))
            return self._notice(404, words, words.missing, words.missing_why)
        words = wording_for(owner.body["locale"], request.header("Accept-Language"))
        if request.method != "POST":
            amount = currencies.shown(intent.body["amount"], intent.body["currency"], words.language)
            return self._render(200, "step.html", words, amount=amount)
        answer = parse_qs(request.body.decode(errors="replace")).get("answer", [""])[-1]
        with self.store.transaction() as tx:
            moment = Moment(tx, self.clock(), read_settings(tx), NOBODY)
            tried = step_answered(moment, intent.body["id"], passed=answer == "authenticate")
        return self._after(owner, tried, words, intent.extra["email"])

    def _pay(self, request: Request, stored: Stored, words: Wording) -> Answer:
        sent = {name: values[-1].strip() for name, values in parse_qs(request.body.decode(errors="replace")).items()}
        email = stored.body["customer_email"] or sent.get("email", "")[:512]
        card = known_card(sent.get("card", "")[:64])
        wrong: dict[str, str] = {}
        if not is_email(email):
            wrong["email"] = words.email_wrong
        if card is None or not usable(card, stored.body["currency"]):
            wrong["card"] = words.card_wrong
        if card is None or wrong:
            return self._page(stored, stored.body["status"], words, email=email, wrong=wrong)
        with self.store.transaction() as tx:
            moment = Moment(tx, self.clock(), read_settings(tx), NOBODY)
            tried: Try = pay(moment, stored.body["id"], card=card, email=email)
        return self._after(stored, tried, words, email)

    def _after(self, stored: Stored, tried: Try, words: Wording, email: str = "") -> Answer:
        if tried.step is not None:
            return Answer(303, headers=(("Location", tried.step), _FRESH, *_SAFE))
        if tried.status == "complete":
            return Answer(303, headers=(("Location", _success_url(stored.body)), _FRESH, *_SAFE))
        if tried.declined is not None:
            return self._page(stored, "open", words, email=email, declined=words.declined[tried.declined])
        return self._page(stored, tried.status, words)

    def _page(
        self,
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
            return self._notice(410, words, words.expired, words.expired_why, body["cancel_url"], words.back)
        if status == "complete":
            return self._notice(200, words, words.complete, words.complete_why, _success_url(body), words.onward)
        amount = currencies.shown(body["amount_total"], body["currency"], words.language)
        label = words.donate if body["submit_type"] == "donate" else words.pay
        outcomes = [(card, words.outcome(card.outcome)) for card in CARDS if usable(card, body["currency"])]
        return self._render(
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

    def _notice(
        self, status: int, words: Wording, title: str, text: str, url: str | None = None, label: str | None = None
    ) -> Answer:
        return self._render(status, "notice.html", words, title=title, text=text, url=url, label=label)

    def _render(self, status: int, template: str, words: Wording, **context: object) -> Answer:
        text = self._templates.get_template(template).render(words=words, **context)
        return Answer(status, text.encode(), "text/html; charset=utf-8", (_FRESH, *_SAFE))


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
