"""What people get wrong and what others try, over real HTTP: a sentence that helps or a 400; nothing lost or posted."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from devservices.stack import Stack
from tests.journeys.books import Books
from tests.journeys.giving import BOOKED, begin, booked_once, pay
from tests.journeys.reader import Reader, words
from tests.standins.stripe.running import StandIn, fetch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

NEED = "Аулада балалар алаңы жоқ, балалар көлік тұрағында ойнайды."
QUESTIONNAIRE = Path(__file__).parents[2] / "councils" / "surveys" / "data" / "life_in_our_town.xlsx"


def _photo_of_30_megabytes(folder: Path) -> Path:
    path = folder / "panorama.jpg"
    start = b"\xff\xd8\xff\xe0"
    path.write_bytes(start + bytes(30 * 1024 * 1024 - len(start)))
    return path


def _program_named_jpg(folder: Path) -> Path:
    path = folder / "holiday.jpg"
    path.write_bytes(b"MZ\x90\x00\x03\x00\x00\x00" + bytes(4096))
    return path


@pytest.mark.parametrize(
    ("make", "says", "facts"),
    [
        pytest.param(
            _photo_of_30_megabytes,
            "This file has %(size)s MB, and at most %(limit)s MB can be sent. Choose a smaller one.",
            {"size": "30", "limit": "10"},
            id="30-megabytes",
        ),
        pytest.param(
            _program_named_jpg,
            "This file is called %(extension)s but is not a picture. Choose another one.",
            {"extension": ".jpg"},
            id="exe-named-jpg",
        ),
    ],
)
def test_a_photo_that_is_none_is_refused_and_the_words_stay(
    reader: Callable[..., Reader],
    books: Books,
    tmp_path: Path,
    make: Callable[[Path], Path],
    says: str,
    facts: dict[str, Any],
) -> None:
    before = books.one("SELECT count(*) FROM needs_need")
    somebody = reader("kk")
    somebody.open("needs/tekeli/new/")
    fields = {"text": NEED, "category": "safety", "quarter": "2-ықшамаудан"}
    somebody.fill_in(fields)
    somebody.field("photo").set_input_files(make(tmp_path))
    somebody.send(status=422)
    somebody.says(words("kk", says, **facts), at="#errors")
    # As a block its bullet stands at the first of its lines, as an inline block at the last one.
    expect(somebody.page.locator("#errors li a")).to_have_css("display", "block")
    for name, typed in fields.items():
        expect(somebody.field(name)).to_have_value(typed)
    somebody.look(f"photo-refused-{tmp_path.name[-8:]}", judge=True)
    assert books.one("SELECT count(*) FROM needs_need") == before
    somebody.send()  # without a photo it goes through
    somebody.arrive("needs/ticket/*/")
    assert books.one("SELECT count(*) FROM needs_need") == before + 1


@pytest.mark.parametrize("typed", ["0", "1000000000000", "abc"])
def test_an_amount_that_cannot_be_given_is_refused_and_stays(
    reader: Callable[..., Reader], books: Books, typed: str
) -> None:
    before = books.rows("SELECT (SELECT count(*) FROM donations_gift), (SELECT count(*) FROM ledger_transaction)")
    donor = reader("ru")
    donor.open("give/tekeli/?currency=EUR")
    donor.choose("choice", "own")
    donor.fill_in({"own_amount": typed, "donor_name": "Иван"})
    donor.send(status=422)
    donor.says("10\xa0000\xa0€", at="#errors")  # it says what can be given
    expect(donor.field("own_amount")).to_have_value(typed)
    expect(donor.field("donor_name")).to_have_value("Иван")
    expect(donor.page.locator("[name=choice][value=own]")).to_be_checked()
    donor.look(f"gift-of-{typed}", judge=typed == "abc")
    after = books.rows("SELECT (SELECT count(*) FROM donations_gift), (SELECT count(*) FROM ledger_transaction)")
    assert after == before


def test_a_forged_webhook_is_refused_and_nothing_is_stored(stack: Stack, books: Books) -> None:
    count = "SELECT count(*) FROM payments_stripeevent"
    before = books.one(count)
    address = f"{stack.url}/stripe/webhook/"
    body = b'{"id": "evt_forged", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}'
    signed = "t=1795330000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
    assert fetch(address, body=body, headers={"Stripe-Signature": signed}).status == 400
    assert fetch(address, body=body).status == 400
    assert fetch(address, body=bytes(2_000_000), headers={"Stripe-Signature": signed}).status == 400
    assert books.one(count) == before


def test_a_replayed_webhook_posts_nothing_twice(
    reader: Callable[..., Reader], stack: Stack, stripe: StandIn, books: Books
) -> None:
    url = stack.env["DATABASE_OWNER_URL"]
    gift = begin(reader("de"), url)
    pay(stripe, gift)
    stripe.wait_until_idle()
    booked_once(url, gift)
    told = books.rows("SELECT event_id FROM payments_stripeevent ORDER BY received_at DESC LIMIT 5")
    stored, lines = (books.one(f"SELECT count(*) FROM {table}") for table in ("payments_stripeevent", "ledger_entry"))
    for (event,) in told:
        stripe.control("redeliver", {"event": event, "times": 3})
    stripe.wait_until_idle()
    booked_once(url, gift)
    assert books.postings(gift.id) == BOOKED
    assert books.one("SELECT count(*) FROM payments_stripeevent") == stored
    assert books.one("SELECT count(*) FROM ledger_entry") == lines


def test_a_questionnaire_with_a_column_twice_is_refused(
    reader: Callable[..., Reader], books: Books, tmp_path: Path
) -> None:
    before = books.one("SELECT count(*) FROM surveys_questionnaireversion")
    book = openpyxl.load_workbook(io.BytesIO(QUESTIONNAIRE.read_bytes()))
    sheet = book["survey"]
    sheet.cell(row=1, column=sheet.max_column + 1, value="required")
    path = tmp_path / "life.xlsx"
    book.save(path)
    administrator = reader("ru")
    administrator.enter("administrator")
    administrator.follow("surveys/questionnaires/")
    administrator.fill_in({"slug": "life-in-our-town"})
    administrator.field("file").set_input_files(path)
    administrator.send(status=422)
    administrator.says("required")
    expect(administrator.field("slug")).to_have_value("life-in-our-town")
    administrator.look("questionnaire-refused", judge=True)
    assert books.one("SELECT count(*) FROM surveys_questionnaireversion") == before
