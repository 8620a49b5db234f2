"""A fresh stand-in, the official SDK speaking to it, and a small server that receives its events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest
import stripe

from tests.standins.stripe.running import Fetched, StandIn

SECRET = "whsec_test_secret"


@dataclass
class Receiver:
    """An endpoint for events: checks each signature with the official SDK and remembers what came.

    `answer` decides the status from the number of deliveries so far (0 for the first).
    """

    port: int = 0
    answer: Callable[[int], int] = lambda _number: 200
    received: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where the events go."""
        return f"http://127.0.0.1:{self.port}/webhooks/stripe/?endpoint=1"

    def types(self) -> list[str]:
        """The types of the acknowledged events, in the order in which they came."""
        with self._lock:
            pairs = zip(self.received, self.statuses, strict=True)
            return [event["type"] for event, status in pairs if 200 <= status < 300]

    def take(self, body: bytes, signature: str) -> int:
        """Check one delivery and choose its answer."""
        with self._lock:
            try:
                event = stripe.Webhook.construct_event(body, signature, SECRET)
            except (ValueError, stripe.SignatureVerificationError) as refused:
                self.forged.append(str(refused))
                return 400
            status = self.answer(len(self.received))
            self.received.append(event.to_dict())
            self.statuses.append(status)
            return status

    def start(self) -> None:
        """Listen."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(body, self.headers["Stripe-Signature"])
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening; the port stays known."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@dataclass
class Shop:
    """A stand-in and its client: what the product is to Stripe."""

    standin: StandIn
    receiver: Receiver

    @property
    def client(self) -> stripe.StripeClient:
        """The official client; it does not retry, so that each answer is seen."""
        return self.client_with(self.standin.secret_key)

    def client_with(self, key: str) -> stripe.StripeClient:
        """The same with another key."""
        return stripe.StripeClient(key, base_addresses={"api": self.standin.base}, max_network_retries=0)

    def session(
        self,
        *,
        amount: int = 500_000,
        currency: str = "kzt",
        options: stripe.RequestOptions | None = None,
        **more: object,
    ) -> stripe.checkout.Session:
        """A session as the product makes one."""
        params: Any = {
            "mode": "payment",
            "submit_type": "donate",
            "line_items": [
                {
                    "price_data": {
                        "currency": currency,
                        "unit_amount": amount,
                        "product_data": {"name": "Gift to the fund of Zhanatas"},
                    },
                    "quantity": 1,
                }
            ],
            "client_reference_id": "gift-1",
            "metadata": {"gift": "gift-1"},
            "payment_intent_data": {"metadata": {"gift": "gift-1"}},
            "success_url": "https://asar.test/en/gifts/thanks/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://asar.test/en/gifts/",
            **more,
        }
        return self.client.v1.checkout.sessions.create(params=params, options=options)

    def paid(self, *, amount: int = 500_000, currency: str = "kzt", **more: object) -> stripe.checkout.Session:
        """A session that was paid at its page."""
        made = self.session(amount=amount, currency=currency, options=None, **more)
        assert self.pay(made).status == 303
        return self.client.v1.checkout.sessions.retrieve(made.id)

    def pay(self, session: stripe.checkout.Session, **form: str) -> Fetched:
        """Fill in the session's page."""
        return self.standin.pay(f"{self.standin.base}/c/pay/{session.id}", **form)


def error_of(caught: stripe.StripeError) -> dict[str, Any]:
    """The error object that the SDK got."""
    found: Any = caught.json_body
    return dict(found["error"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""
    made = Receiver()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def shop(tmp_path: Path, receiver: Receiver) -> Iterator[Shop]:
    """A fresh stand-in whose fees arrive at once."""
    with StandIn(tmp_path / "stripe", receiver.url, SECRET, settings={"fee_delay": 0}) as standin:
        yield Shop(standin, receiver)


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One stand-in for all tests of a module that only ask and are answered; nobody receives its events."""
    silent = Receiver(port=9)
    with StandIn(tmp_path_factory.mktemp("stripe"), silent.url, SECRET, settings={"fee_delay": 0}) as standin:
        yield Shop(standin, silent)
