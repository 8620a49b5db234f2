"""The emigrant: no account, German and Russian, no scripts. From the town's page to a gift, its receipt and its way."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.conftest import DESK
from tests.journeys.reader import Reader, words
from tests.standins.stripe.running import StandIn, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NAME = "Olga Schäfer"
AMOUNT, FEE, REST = "25\xa0€", "0,98\xa0€", "24,02\xa0€"  # the stand-in keeps 2.9 % and 25 cents
LETTER = "olga@example.com"


def test_a_gift_is_given_and_followed_to_the_chain(
    reader: Callable[..., Reader], books: Books, stripe: StandIn
) -> None:
    stripe.control("settings", {"fee_delay": 100_000})  # the fee comes when this test says so
    emigrant = reader("de", size=DESK)
    page = emigrant.page
    emigrant.open("towns/")
    emigrant.look("towns")
    emigrant.fill_in({"q": "Текелі"})  # as the grandmother spells it
    page.locator("main form[role=search] button").click()
    emigrant.follow("towns/tekeli/")
    emigrant.look("town")
    emigrant.follow("projects/project/*/")
    emigrant.look("project")
    project = emigrant.at
    page.locator(f"main a[href='/de/give/tekeli/?project={project}']").click()
    emigrant.arrive("give/tekeli/")
    emigrant.look("give")
    expect(page.locator(f"[name=purpose][value='{project}']")).to_be_checked()

    emigrant.choose("choice", "2500")
    emigrant.fill_in({"donor_name": NAME, "donor_email": LETTER})
    emigrant.tick("name_public")
    page.locator("main form details").last.locator("summary").click()
    emigrant.fill_in({"message": "Grüße an alle in Tekeli!"})
    emigrant.look("give-filled", judge=True)
    emigrant.send()

    # The payment page, which says that it is a test and charges nobody.
    expect(page.locator("[role=note]")).to_be_visible()
    expect(page.locator("h1.amount")).to_contain_text("25")
    expect(page.locator("#email")).to_have_value(LETTER)
    page.locator("#card").fill("4000 0000 0000 0002")
    page.locator("form button").click()
    expect(page.locator("[role=alert]").first).to_be_visible()  # declined: another card on the same page
    page.locator("#card").fill("4000 0027 6000 0016")
    page.locator("form button").click()

    emigrant.arrive("give/gift/*/")
    emigrant.says(words("de", "Thank you. Your gift has arrived."), at="h1")
    emigrant.says(words("de", "Not known yet"))
    emigrant.look("receipt-fee-unknown", judge=True)
    stripe.control("advance", {})
    wait_for("the fee on the receipt", lambda: page.reload() and FEE in page.locator("main").inner_text())
    emigrant.says(AMOUNT)
    emigrant.says(REST)
    emigrant.says(NAME)
    emigrant.look("receipt", judge=True)
    receipt = page.url

    # The same receipt in Russian, at the same address but for the language.
    page.locator("header a[lang=ru]").click()
    emigrant.language = "ru"
    emigrant.arrive("give/gift/*/")
    assert page.url == receipt.replace("/de/", "/ru/")
    emigrant.look("receipt")

    # Its line in the public ledger, the double entry behind it, and the way back to the need it began with.
    emigrant.follow("ledger/tekeli/*/")
    emigrant.look("ledger-line")
    number = emigrant.at
    emigrant.open("ledger/tekeli/")
    row = page.locator("tbody tr").filter(has=page.locator(f"a[href='/ru/ledger/tekeli/{number}/']"))
    expect(row.locator("td.num").first).to_have_text(f"+{AMOUNT}")
    emigrant.look("ledger")
    page.goto(receipt)
    emigrant.language = "de"
    emigrant.follow("chain/*/")
    emigrant.says(NAME)
    emigrant.says(AMOUNT)
    emigrant.look("chain")

    # The letter with the address of the receipt, and what the books say.
    wait_for("the letter", lambda: emigrant.open("demo/mail/") or receipt in page.locator("main").inner_text())  # type: ignore[func-returns-value]
    [(gift,)] = books.rows("SELECT id FROM donations_gift WHERE donor_name = %s", NAME)
    assert books.postings(gift) == [("gift", 2500), ("fee", 98)]
    assert books.faults() == []
