"""kill -9 in the middle of a gift, then start again: exactly one posting of the gift, exactly one of its fee.

Nobody returns to the receipt page in these tests (it would ask Stripe itself), so the webhook has to bring it home.
`make test` kills worker, web server and database at their worst moment; `make soak` adds the others.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from devservices.stack import Stack
from tests.journeys.books import Books
from tests.journeys.giving import AMOUNT, FEE, LONG, Begun, begin, begun, booked_once, fill_in_form, pay
from tests.journeys.reader import Reader
from tests.standins.stripe.running import StandIn, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

SLOW = 5  # seconds that Stripe takes to answer: time enough to kill in


@pytest.fixture
def url(stack: Stack) -> str:
    """The database's address."""
    return stack.env["DATABASE_OWNER_URL"]


@pytest.fixture(autouse=True)
def one_gift_more(url: str, stack: Stack) -> Iterator[list[int]]:
    """Whatever was killed runs again afterwards, and the accounts hold as many gifts more as the test says."""
    gifts: list[int] = [1]
    with Books(url) as books:
        before = books.balances()
    yield gifts
    for name in reversed(stack.names()):
        if not stack.alive(name):  # the test failed before it could start it again
            stack.restart(name)
    with Books(url) as books:
        after = books.balances()
    moved = {key: after[key] - before.get(key, 0) for key in after}
    assert {key: minor for key, minor in moved.items() if minor} == {
        ("stripe", "USD"): gifts[0] * (AMOUNT - FEE),
        ("gifts", "USD"): -gifts[0] * AMOUNT,
        ("fees", "USD"): gifts[0] * FEE,
    }


def _end_leases(url: str) -> None:
    """Let a killed worker's lease of 45 seconds end now; that it ends by itself is seen once, in `make soak`."""
    with Books(url) as books:
        books.write("UPDATE payments_stripeevent SET next_attempt_at = now() WHERE state = 'received' AND attempts > 0")


def _handled_now(url: str) -> bool:
    with Books(url) as books:
        return bool(books.one("SELECT count(*) FROM payments_stripeevent WHERE state = 'received' AND attempts = 1"))


def _in_the_middle(stripe: StandIn, reader: Callable[..., Reader], url: str) -> Begun:
    """A paid gift whose events a worker has just taken: it waits for Stripe's slow answer."""
    gift = begin(reader("de"), url)
    stripe.control("settings", {"api_delay": SLOW})
    pay(stripe, gift)
    wait_for("a worker has taken an event", lambda: _handled_now(url))
    with Books(url) as books:
        assert books.postings(gift.id) == []
    return gift


@pytest.mark.soak
def test_the_worker_dies_before_the_webhook_comes(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str
) -> None:
    gift = begin(reader("ru"), url)
    stack.kill("worker")
    pay(stripe, gift)
    stripe.wait_until_idle()
    with Books(url) as books:
        assert books.postings(gift.id) == []
    stack.restart("worker")
    booked_once(url, gift)


@pytest.mark.parametrize("waits", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_the_worker_dies_while_it_handles_the_webhook(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str, *, waits: bool
) -> None:
    gift = _in_the_middle(stripe, reader, url)
    stack.kill("worker")
    stripe.control("settings", {"api_delay": 0})
    stack.restart("worker")
    if not waits:
        _end_leases(url)
    booked_once(url, gift)


@pytest.mark.soak
def test_valkey_dies_with_the_messages_in_it(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str, one_gift_more: list[int]
) -> None:
    one_gift_more[0] = 2
    first = begin(reader("ru"), url)
    stack.kill("worker")  # so that the messages lie in Valkey when it dies
    pay(stripe, first)
    stripe.wait_until_idle()
    stack.kill("valkey")
    # Another gift while it is dead: the form, the payment page and the webhook do without it.
    second = begin(reader("de"), url)
    pay(stripe, second)
    stripe.wait_until_idle()
    with Books(url) as books:
        assert books.postings(first.id) + books.postings(second.id) == []
    stack.restart("valkey")
    stack.restart("worker")
    booked_once(url, first)
    booked_once(url, second)


@pytest.mark.soak
def test_valkey_dies_under_a_running_worker(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str
) -> None:
    stripe.control("settings", {"delivery": "held"})
    gift = begin(reader("ru"), url)
    pay(stripe, gift)
    stack.kill("valkey")
    stripe.control("settings", {"delivery": "normal"})
    stripe.wait_until_idle()
    stack.restart("valkey")
    booked_once(url, gift)  # worker and clock found the way back by themselves


def test_the_web_server_dies_while_the_form_is_sent(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str
) -> None:
    donor = reader("ru")
    fill_in_form(donor)
    with Books(url) as books:
        before = books.one("SELECT count(*) FROM donations_gift")
        stripe.control("settings", {"api_delay": SLOW})
        donor.page.locator("main form.form button.btn:not(.quiet)").last.click(no_wait_after=True)
        wait_for("the gift's row", lambda: books.one("SELECT count(*) FROM donations_gift") > before)
    stack.kill("web")
    stripe.control("settings", {"api_delay": 0})
    expect(donor.page).to_have_url(re.compile("^chrome-error:"))
    stack.restart("web")
    wait_for("the payment page", lambda: _sent_again(donor), seconds=LONG)
    gift = begun(donor, url)
    with Books(url) as books:
        assert books.one("SELECT count(*) FROM donations_gift") == before + 1
    pay(stripe, gift)
    stripe.wait_until_idle()
    booked_once(url, gift)


def _sent_again(donor: Reader) -> bool:
    """The browser sends the same form again. While Stripe still works on the first, the site asks for patience."""
    answer = donor.page.reload()
    assert answer is not None
    if answer.request.redirected_from is None:
        assert answer.status == 503
        expect(donor.page.locator("#errors")).to_be_visible()
        expect(donor.field("own_amount")).to_have_value("40")
        return False
    return True


@pytest.mark.soak
def test_the_web_server_is_dead_when_stripe_knocks(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str
) -> None:
    gift = begin(reader("ru"), url)
    stack.kill("web")
    pay(stripe, gift)
    wait_for("an undelivered event", lambda: stripe.control("deliveries?state=pending")["deliveries"])
    stack.restart("web")
    stripe.wait_until_idle(seconds=60)
    booked_once(url, gift)


def test_the_database_dies_while_the_webhook_is_handled(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, url: str
) -> None:
    gift = _in_the_middle(stripe, reader, url)
    stack.kill("postgres")
    stripe.control("settings", {"api_delay": 0})
    stack.restart("postgres")
    stripe.wait_until_idle(seconds=60)
    _end_leases(url)
    booked_once(url, gift)
