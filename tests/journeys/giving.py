"""A gift taken apart into steps, so that something can be killed between any two of them."""

import re
from dataclasses import dataclass
from uuid import UUID

from tests.journeys.books import Books
from tests.journeys.reader import Reader
from tests.standins.stripe.running import StandIn, wait_for

AMOUNT, FEE = 40_00, 1_46  # US dollars; the stand-in keeps 2.9 % and 30 cents
BOOKED = [("gift", AMOUNT), ("fee", FEE)]
LONG = 90.0  # seconds: a worker's lease of 45, a sweep, a slow machine


@dataclass(frozen=True)
class Begun:
    """A gift whose payment page is open."""

    id: UUID
    page: str


def fill_in_form(donor: Reader) -> None:
    """The form, filled in and not yet sent; by name, so that the gift is booked at once and by itself."""
    donor.open("give/tekeli/?currency=USD")
    donor.choose("choice", "own")
    donor.fill_in({"own_amount": "40", "donor_name": "Marat"})
    donor.tick("name_public")


def begin(donor: Reader, url: str) -> Begun:
    """Send the form; the donor stands on the payment page. `url`: the database's."""
    fill_in_form(donor)
    donor.send()
    return begun(donor, url)


def begun(donor: Reader, url: str) -> Begun:
    """The gift of the payment page that the donor stands on."""
    donor.page.wait_for_url("**/c/pay/**")
    page = donor.page.url
    session = re.search(r"/c/pay/([^/?#]+)", page)
    assert session
    with Books(url) as books:
        return Begun(books.one("SELECT id FROM donations_gift WHERE checkout_session = %s", session[1]), page)


def pay(stripe: StandIn, gift: Begun) -> None:
    """The card is charged, and the donor closes the browser: nobody comes back to the receipt."""
    assert stripe.pay(gift.page).status == 303


def booked_once(url: str, gift: Begun) -> None:
    """Wait until the gift and its fee stand in the ledger and every event is done with; then once is all there is."""

    def settled() -> bool:
        with Books(url) as books:
            waiting = books.one("SELECT count(*) FROM payments_stripeevent WHERE state IN ('received', 'failed')")
            return waiting == 0 and len(books.postings(gift.id)) >= len(BOOKED)

    wait_for(f"gift {gift.id} is booked and the inbox is empty", settled, seconds=LONG)
    with Books(url) as books:
        assert books.postings(gift.id) == BOOKED
        assert books.one("SELECT state FROM donations_gift WHERE id = %s", gift.id) == "succeeded"
        assert books.faults() == []
