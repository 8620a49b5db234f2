"""A monthly giver on a phone, without account or scripts: begun on the form, lowered and ended from the letter."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.reader import Reader, words
from tests.standins.stripe.running import StandIn, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

LETTER = "marat@example.com"
TOKEN = re.compile(r"/ru/give/monthly/([0-9a-f]{32}-1\.[\w-]+)/")


def link_in_letter(giver: Reader) -> str:
    """The secret part of the address in the newest letter to the giver, as the giver reads it."""

    def look() -> str:
        giver.open("demo/mail/")
        found = TOKEN.search(unescape(giver.page.content()).partition(LETTER)[2])
        return found[1] if found else ""

    return wait_for("the letter with the link", look, seconds=60.0)


def test_a_monthly_gift_is_begun_then_lowered_and_ended_from_the_letter(
    reader: Callable[..., Reader], books: Books, stripe: StandIn
) -> None:
    giver = reader("ru")
    page = giver.page
    giver.open("give/tekeli/?currency=EUR")
    giver.look("give", judge=True)
    giver.choose("choice", "2500")
    giver.choose("way", "monthly")
    giver.send(status=422)  # without an address nobody could change it later
    giver.says(words("ru", "Write your e-mail address: the link to lower, pause or end your monthly gift goes there."))
    giver.look("give-mended", judge=True)
    giver.fill_in({"donor_email": LETTER, "donor_name": "Марат"})
    giver.tick("name_public")
    giver.send()

    page.wait_for_url("**/c/pay/**")
    page.locator("#card").fill("4242 4242 4242 4242")
    page.locator("form button").click()
    giver.arrive("give/monthly/*/")
    giver.says("25\xa0€")
    expect(page.locator("main table tbody tr")).to_have_count(1)
    giver.look("monthly", judge=True)

    # A day later, only the letter is left. Its address opens the gift in another browser too.
    token = link_in_letter(giver)
    elsewhere = reader("ru")
    elsewhere.open(f"give/monthly/{token}/")
    elsewhere.follow(f"give/monthly/{token}/amount/")
    elsewhere.look("monthly-amount", judge=True)
    elsewhere.fill_in({"own_amount": "10"})
    elsewhere.send()
    elsewhere.arrive(f"give/monthly/{token}/")
    elsewhere.says(words("ru", "The new amount holds from the next month on."), at="[role=status]")
    elsewhere.says("10\xa0€")

    elsewhere.follow(f"give/monthly/{token}/pause/")
    elsewhere.look("monthly-pause", judge=True)
    elsewhere.open(f"give/monthly/{token}/")
    elsewhere.follow(f"give/monthly/{token}/designation/")
    elsewhere.look("monthly-designation", judge=True)
    elsewhere.open(f"give/monthly/{token}/")
    elsewhere.follow(f"give/monthly/{token}/cancel/")
    elsewhere.look("monthly-cancel", judge=True)
    elsewhere.page.locator("main form.form button.btn").click()
    elsewhere.arrive(f"give/monthly/{token}/")
    elsewhere.says(words("ru", "Your monthly gift has ended. Nothing more is charged."), at="[role=status]")
    elsewhere.look("monthly-ended", judge=True)
    expect(elsewhere.page.locator(f"main a[href$='{token}/cancel/']")).to_have_count(0)
    assert urlsplit(elsewhere.page.url).query == "done=cancel"

    # The books: one gift of 25 euro, the wish of 10 ended; and the wall shows the giver.
    [(gift, state, amount)] = books.rows(
        "SELECT g.id, m.state, m.amount_minor FROM donations_gift g JOIN donations_monthlygift m ON m.id = g.monthly_id"
        " WHERE m.donor_email = %s",
        LETTER,
    )
    assert (state, amount) == ("cancelled", 10_00)
    assert books.postings(gift)[0] == ("gift", 25_00)
    assert books.faults() == []
    giver.open("donors/tekeli/")
    giver.says("Марат")
    giver.look("donors", judge=True)
    giver.open("give/monthly/")
    giver.look("monthly-link", judge=True)
