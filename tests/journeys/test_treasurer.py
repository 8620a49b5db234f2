"""The treasurer and the approvers: nobody pays alone, every payment is shown with its proof."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.books import Books
from tests.journeys.conftest import DESK
from tests.journeys.reader import Reader, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

PURPOSE = "Доставка насоса"


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """An invoice as PDF and a photo."""
    picture = Image.new("RGB", (800, 600), (200, 210, 220))
    paths = {"pdf": tmp_path / "Счёт № 7.pdf", "jpg": tmp_path / "photo.jpg"}
    for path in paths.values():
        picture.save(path)
    return paths


def test_two_others_approve_and_the_submitter_cannot(
    reader: Callable[..., Reader], books: Books, papers: dict[str, Path]
) -> None:
    treasurer = reader("ru", size=DESK)
    treasurer.enter("treasurer")
    treasurer.look("treasurer-my-page")
    treasurer.follow("spending/tekeli/")
    treasurer.look("spending-list")
    treasurer.open("me/")
    treasurer.follow("towns/tekeli/waiting/")
    treasurer.look("what-waits-for-the-treasurer", judge=True)
    treasurer.follow("spending/project/*/new/")
    treasurer.look("request-form")
    fields = {"purpose": PURPOSE, "payee_name": "Demo Nasos LLP", "payee_bin": "991241001804", "amount": "120 000,50"}
    treasurer.fill_in(fields)
    treasurer.field("document").set_input_files(papers["pdf"])
    treasurer.send(status=422)  # a wrong last digit
    treasurer.look("request-form-refused", judge=True)
    for name, typed in fields.items():
        expect(treasurer.field(name)).to_have_value(typed)
    treasurer.fill_in({"payee_bin": "991241001803"})
    treasurer.field("document").set_input_files(papers["pdf"])
    treasurer.send()
    treasurer.arrive("spending/tekeli/")
    treasurer.page.locator("main table a").filter(has_text=PURPOSE).click()
    treasurer.arrive("spending/request/*/")
    request = treasurer.at
    treasurer.look("request-submitted", judge=True)

    # The submitter is made an approver, and still cannot approve what she asked for.
    administrator = reader("ru", size=DESK)
    administrator.enter("administrator")
    administrator.follow("me/appointments/")
    administrator.look("appointments")
    town = administrator.page.locator("[name=town] option").filter(has_text="Текели").get_attribute("value") or ""
    administrator.fill_in({"email": "treasurer@demo.example", "role": "approver", "town": town})
    administrator.send()
    administrator.says("Гүлнар Сейітова")
    treasurer.open(f"spending/request/{request}/decide/", status=403)
    treasurer.says(words("ru", "You submitted this request, so others have to approve it."))
    treasurer.look("request-not-by-the-submitter", judge=True)

    for count, person in enumerate(("approver", "approver2"), start=1):
        approver = reader("kk")
        approver.enter(person)
        approver.follow("towns/tekeli/waiting/")
        approver.follow(f"spending/request/{request}/decide/")
        approver.look("approve", judge=count == 1)
        if count == 1:
            assert approver.fetch(f"spending/request/{request}/document/") == papers["pdf"].read_bytes()
        approver.choose("verdict", "approve")
        approver.send()
        approver.arrive(f"spending/request/{request}/")
        approver.look(f"approved-by-{count}")
        approver.open(f"spending/request/{request}/decide/", status=403)  # nobody speaks twice

    assert books.rows(
        "SELECT r.state, r.amount_minor, s.email, array_agg(u.email ORDER BY u.email) FROM spending_request r"
        " JOIN users_user s ON s.id = r.submitted_by_id JOIN spending_approval a ON a.request_id = r.id"
        " JOIN users_user u ON u.id = a.approver_id WHERE r.id = %s GROUP BY r.id, s.email",
        request,
    ) == [("approved", 120_000_50, "treasurer@demo.example", ["approver2@demo.example", "approver@demo.example"])]


def test_a_payment_is_recorded_and_published_with_its_proof(
    reader: Callable[..., Reader], books: Books, papers: dict[str, Path]
) -> None:
    treasurer = reader("ru", size=DESK)
    page = treasurer.page
    treasurer.enter("treasurer")
    treasurer.follow("spending/tekeli/")
    page.locator("main table a").filter(has_text="Аванс за насос").click()
    treasurer.arrive("spending/request/*/")
    request = treasurer.at
    treasurer.open("towns/tekeli/waiting/")
    treasurer.follow(f"spending/request/{request}/pay/")
    treasurer.look("pay")
    treasurer.fill_in({"bank_reference": "PO-000241"})
    treasurer.send()
    treasurer.arrive(f"spending/request/{request}/")
    treasurer.says("PO-000241")
    treasurer.look("paid", judge=True)
    treasurer.open("towns/tekeli/waiting/")
    treasurer.follow(f"spending/request/{request}/publish/")
    treasurer.look("publish")
    treasurer.field("document").set_input_files(papers["pdf"])
    treasurer.field("photo").set_input_files(papers["jpg"])
    treasurer.fill_in({"note": "Аванс переведён, насос заказан."})
    treasurer.send()
    treasurer.arrive(f"spending/request/{request}/")
    treasurer.look("published", judge=True)

    # Everybody sees it: on the ledger, with its proof, and at the end of the chain.
    citizen = reader("ru", size=DESK)
    citizen.open("ledger/tekeli/")
    line = citizen.page.locator("tbody tr").filter(has_text="\u2212600\xa0000\xa0₸").first
    line.locator("td a").click()
    citizen.arrive("ledger/tekeli/*/")
    citizen.follow(f"spending/request/{request}/")
    citizen.says("Аванс переведён, насос заказан.")
    picture = citizen.page.locator("main img.photo")
    picture.scroll_into_view_if_needed()
    wait = "image => image.complete && image.naturalWidth > 0"
    citizen.page.wait_for_function(f"({wait})(document.querySelector('main img.photo'))")
    expect(citizen.page.locator(f"main a[href='/ru/spending/request/{request}/proof/']")).to_be_visible()
    assert citizen.fetch(f"spending/request/{request}/proof/") == papers["pdf"].read_bytes()
    with Image.open(io.BytesIO(citizen.fetch(f"spending/request/{request}/photo/"))) as kept:
        assert (kept.format, kept.size) == ("JPEG", (800, 600))
    citizen.follow("chain/*/")
    expect(citizen.page.locator("main .link").last).to_have_class("link ok")
    citizen.look("chain-with-proof", judge=True)

    assert books.one("SELECT state FROM spending_request WHERE id = %s", request) == "published"
    assert books.postings(request) == [("payment", 600_000_00)]
    assert books.faults() == []
