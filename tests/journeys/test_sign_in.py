"""Signing in by a code from a letter, without a password: an address that nobody knew before becomes somebody."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


def test_somebody_new_signs_in_and_says_where_they_live(reader: Callable[..., Reader], books: Books) -> None:
    newcomer = reader("ru")
    page = newcomer.page
    page.goto(f"{newcomer.site}/ru/me/residence/")
    newcomer.arrive("account/")  # first say who you are; afterwards the page that was asked for
    newcomer.look("sign-in", judge=True)
    newcomer.fill_in({"email": "newcomer@example"})
    newcomer.send()
    expect(page.locator("#errors a")).to_have_count(1)
    newcomer.fill_in({"email": "Newcomer@Example.com"})
    newcomer.send()
    newcomer.arrive("account/code/")
    newcomer.look("code", judge=True)
    code = newcomer.newest_code("newcomer@example.com")
    newcomer.fill_in({"code": f"{(int(code) + 1) % 1_000_000:06d}"})
    newcomer.send()
    expect(page.locator("#errors")).to_be_visible()
    newcomer.look("code-wrong", judge=True)
    newcomer.fill_in({"code": code})
    newcomer.send()

    newcomer.arrive("me/residence/")
    newcomer.look("residence")
    town = page.locator("[name=town] option").filter(has_text="Текели").get_attribute("value") or ""
    newcomer.fill_in({"town": town})
    newcomer.send()
    newcomer.arrive("me/")
    newcomer.says(words("ru", "As you told us; nobody has checked it."))
    newcomer.look("newcomer-my-page", judge=True)

    # The secretary, who has seen a proof of residence, confirms it; signing out forgets the person.
    secretary = reader("ru")
    secretary.enter("secretary")
    secretary.follow("me/residents/")
    secretary.fill_in({"q": "newcomer@"})
    secretary.page.locator("main form[method=get] button").click()
    expect(secretary.page.locator("main tbody tr")).to_have_count(1)
    secretary.look("residents", judge=True)
    secretary.page.locator("main tbody button").click()
    expect(secretary.page.locator("main tbody tr").filter(has_text="newcomer@")).to_have_count(0)
    page.reload()
    expect(page.locator("main")).not_to_contain_text(words("ru", "As you told us; nobody has checked it."))
    page.locator("main form[action='/ru/account/out/'] button").click()
    newcomer.arrive("")
    page.goto(f"{newcomer.site}/ru/me/")
    newcomer.arrive("account/")

    assert books.rows(
        "SELECT a.role, t.slug, v.email FROM users_appointment a JOIN users_user u ON u.id = a.user_id"
        " JOIN towns_town t ON t.id = a.town_id JOIN users_user v ON v.id = a.verified_by_id WHERE u.email = %s",
        "newcomer@example.com",
    ) == [("resident", "tekeli", "secretary@demo.example")]
