"""A gift without a card: announced in Kazakh on a phone, sent by Kaspi, found by the treasurer on the bank's statement.
And a cash box, counted by two people of whom the second never sees the first one's sum."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from common import clock
from tests.journeys.books import Books
from tests.journeys.conftest import DESK
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NAME = "Ақмарал Тілеуқызы"


def test_a_transfer_is_announced_sent_and_found_on_the_statement(
    reader: Callable[..., Reader], books: Books, tmp_path: Path
) -> None:
    giver = reader("kk")
    giver.open("give/tekeli/?currency=KZT&way=kaspi")
    giver.choose("choice", "500000")
    giver.choose("way", "kaspi")
    giver.fill_in({"donor_name": NAME})
    giver.tick("name_public")
    giver.send()
    giver.arrive("give/gift/*/")
    giver.look("announced")
    code = giver.page.locator("main .ticket").first.inner_text().strip()
    [(gift, state, minor)] = books.rows(
        "SELECT id, state, amount_minor FROM donations_gift WHERE reference_code = %s", code
    )
    assert (state, minor, books.postings(gift)) == ("pending", 5_000_00, [])

    day = clock.day_of(clock.now() - timedelta(days=1)).strftime("%d.%m.%Y")
    statement = tmp_path / "kaspi.csv"
    statement.write_text(
        "Выписка по счету;;;;;;\n"
        "Дата операции;№ док.;Дебет;Кредит;Наименование контрагента;ИИК контрагента;Назначение платежа\n"
        f"{day};7001;;5 000,00;ТЛЕУКЫЗЫ АКМАРАЛ;KZ861;көмек {code.lower().replace('-', ' ')}\n"
        f"{day};7002;;1 234,00;Неизвестный Даритель;KZ862;на доброе дело\n",
        encoding="utf-8-sig",
    )
    treasurer = reader("ru", size=DESK)
    treasurer.enter("treasurer")
    treasurer.follow("treasury/tekeli/accounts/")
    treasurer.look("accounts", judge=True)
    treasurer.page.locator("main table a").filter(has_text="Kaspi").first.click()
    treasurer.arrive("treasury/tekeli/accounts/*/")
    treasurer.look("account", judge=True)
    treasurer.follow("treasury/tekeli/import/*/")
    treasurer.look("import", judge=True)
    treasurer.field("file").set_input_files(statement)
    treasurer.send(status=200)
    treasurer.look("import-columns", judge=True)
    expect(treasurer.field("credit")).to_have_value("3")
    treasurer.send(status=200)
    treasurer.look("import-preview", judge=True)
    treasurer.says("Неизвестный Даритель")
    treasurer.send()
    treasurer.arrive("treasury/tekeli/lines/")
    treasurer.look("lines", judge=True)
    treasurer.page.locator("main table tr").filter(has_text="ТЛЕУКЫЗЫ").locator("a").click()
    treasurer.arrive("treasury/line/*/")
    treasurer.says(words("ru", "the reference code stands in the purpose"))
    treasurer.look("line", judge=True)
    treasurer.page.locator("main .panel form button").first.click()
    treasurer.page.locator("main a[href^='/ru/ledger/tekeli/']").wait_for()
    treasurer.look("line-booked", judge=True)
    assert books.postings(gift) == [("gift", 5_000_00)]
    assert books.one("SELECT state FROM donations_gift WHERE id = %s", gift) == "succeeded"

    # The same statement again says so; the page of announced transfers no longer waits for the gift.
    treasurer.open("treasury/tekeli/accounts/")
    treasurer.page.locator("main table a").filter(has_text="Kaspi").first.click()
    treasurer.arrive("treasury/tekeli/accounts/*/")
    treasurer.follow("treasury/tekeli/import/*/")
    treasurer.field("file").set_input_files(statement)
    treasurer.send(status=422)
    treasurer.look("import-again", judge=True)
    treasurer.open("treasury/tekeli/expected/")
    expect(treasurer.page.locator("main")).not_to_contain_text(code)
    treasurer.look("expected", judge=True)

    # The giver's page says that it has arrived, and everybody sees the gift with its name.
    giver.page.reload()
    giver.says(words("kk", "Thank you. Your gift has arrived."), at="h1")
    giver.look("announced-arrived", judge=True)
    assert books.faults() == []


def test_a_cash_box_is_counted_by_two_people(reader: Callable[..., Reader], books: Books, tmp_path: Path) -> None:
    slip = tmp_path / "slip.jpg"
    Image.new("RGB", (900, 1200), (240, 238, 230)).save(slip)
    first = reader("kk")
    first.enter("councillor")
    first.follow("treasury/tekeli/cash/")
    first.look("cash", judge=True)
    first.follow("treasury/tekeli/cash/new/")
    first.fill_in({"amount": "12 345", "place": "Орталық базар"})
    first.field("slip").set_input_files(slip)
    first.look("cash-new", judge=True)
    first.send()
    first.arrive("treasury/count/*/")
    first.look("cash-counted", judge=True)
    count = first.at

    second = reader("ru", size=DESK)
    second.enter("approver")
    second.open(f"treasury/count/{count}/")
    expect(second.page.locator("main")).not_to_contain_text("345")
    second.look("cash-second", judge=True)
    second.field("amount").fill("12 354")
    second.page.locator("main form.form button").first.click()
    locked = "The two counts differ, so this one is locked. Refuse it; then both of you count the box anew."
    second.says(words("ru", locked))
    second.field("reason").fill("Суммы разошлись")
    second.page.locator("main form.form button.quiet").click()
    second.says("Суммы разошлись")

    first.follow("treasury/tekeli/cash/")
    first.follow("treasury/tekeli/cash/new/")
    first.fill_in({"amount": "12 345", "place": "Орталық базар"})
    first.field("slip").set_input_files(slip)
    first.send()
    first.arrive("treasury/count/*/")
    count = first.at
    second.open(f"treasury/count/{count}/")
    second.field("amount").fill("12 345")
    second.page.locator("main form.form button").first.click()
    second.page.locator("main a[href^='/ru/ledger/tekeli/']").wait_for()
    second.look("cash-confirmed", judge=True)
    gift = books.one("SELECT gift_id FROM donations_cashcount WHERE id = %s", count)
    assert books.postings(gift) == [("gift", 12_345_00)]
    assert books.faults() == []
