"""One whole site with its demo world for all journeys, and one Chromium. Started once, by the first test that asks.

Playwright keeps an event loop running in its thread, and Django refuses to ask a database there: so the browser is
closed when the last journey of a process is over, before other tests begin.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devservices.stack import Stack, temporary_stack
from tests.journeys.books import Books
from tests.journeys.browser import MISSING, Chromium, where
from tests.journeys.reader import Reader
from tests.standins.stripe.running import StandIn

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHONE, DESK = (360, 780), (1280, 900)

chromium = Chromium()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Without a browser no journey begins, and it is said once."""
    if where() is None and any(HERE in item.path.parents for item in session.items):
        pytest.exit(MISSING, returncode=pytest.ExitCode.TESTS_FAILED)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Close the browser behind the last journey."""
    if nextitem is None or HERE not in nextitem.path.parents:
        chromium.close()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The site's processes, its database and the Stripe stand-in."""
    with temporary_stack(root=ROOT) as running:
        yield running


@pytest.fixture
def books(stack: Stack) -> Iterator[Books]:
    """The database behind the site, read as its owner."""
    with Books(stack.env["DATABASE_OWNER_URL"]) as opened:
        yield opened


@pytest.fixture
def stripe(stack: Stack) -> Iterator[StandIn]:
    """The stack's own stand-in: what it tells and when. Its settings are as before afterwards."""
    running = StandIn(stack.places.run / "stripe", "", port=int(stack.env["STRIPE_API_BASE"].rpartition(":")[2]))
    before = running.control("settings")
    yield running
    running.control("settings", before)
    running.control("advance", {})
    running.hang_up()


@pytest.fixture
def reader(stack: Stack) -> Iterator[Callable[..., Reader]]:
    """Seat somebody before a browser of their own: `reader("kk")`, `reader("de", size=DESK)`. Scripts are off, except
    with `axe=True`, where axe-core is put into every page.

    When the test is over, everything that a page must never do is looked for in what the browser saw.
    """
    seated: list[Reader] = []

    def seat(language: str, *, size: tuple[int, int] = PHONE, axe: bool = False) -> Reader:
        context = chromium.context(size=size, axe=axe)
        seated.append(
            Reader(context, language=language, site=stack.url, stripe=stack.env["STRIPE_API_BASE"], chromium=chromium)
        )
        return seated[-1]

    yield seat
    for one in seated:
        one.close()
    for one in seated:
        assert one.complaints == []
