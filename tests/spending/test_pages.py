"""The pages of spending: forms that lose nothing, documents for insiders, proofs for everybody, lists page by page."""

import re
from http import HTTPStatus
from pathlib import PurePath
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from common import clock
from common.clock import day_of
from common.money import Money
from funds.ledger.models import Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.spending.models import Approval, Request
from funds.spending.queries import PAGE
from funds.spending.states import RequestState
from portal.demo.papers import street_at_night
from tests.thread import BIN, PDF, Thread
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db

ASKED = {"purpose": "Twelve <b>lamps</b>", "payee_name": "Lamps & Co LLP", "payee_bin": BIN, "amount": "1 240 000,50"}


def pdf(content: bytes = PDF, name: str = "invoice.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def page_of(address: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def test_the_treasurers_journey_through_the_pages(thread: Thread) -> None:
    project = thread.project(goal=2_000_000)
    thread.gift(project, 2_000_000)
    thread.payout(1_500_000)
    treasurer = entered(thread.the(Role.TREASURER))
    form = f"/en/spending/project/{project.pk}/new/"
    assert "2 000 000 ₸" in text(page_of(form, treasurer))
    answer = treasurer.post(form, {**ASKED, "document": pdf()})
    assert (answer.status_code, answer["Location"]) == (302, f"/en/spending/{thread.town.slug}/")
    request = Request.objects.get()
    assert (request.amount_minor, request.purpose, request.state) == (1_240_000_50, ASKED["purpose"], "submitted")
    detail = f"/en/spending/request/{request.pk}/"
    for approver in (thread.the(Role.APPROVER), thread.the(Role.APPROVER, 1)):
        answer = entered(approver).post(f"{detail}decide/", {"verdict": "approve", "reason": ""})
        assert (answer.status_code, answer["Location"]) == (302, detail)
    early = treasurer.post(f"{detail}pay/", {"paid_date": "2026-11-20", "bank_reference": "PO-17"})
    assert (early.status_code, "lies before the last approval" in text(early.content.decode())) == (422, True)
    today = day_of(clock.now())
    answer = treasurer.post(f"{detail}pay/", {"paid_date": today.isoformat(), "bank_reference": "PO-17"})
    assert (answer.status_code, answer["Location"]) == (302, detail)
    photo = SimpleUploadedFile("lamps.jpg", street_at_night().bytes, content_type="image/jpeg")
    answer = treasurer.post(
        f"{detail}publish/", {"document": pdf(name="act.pdf"), "photo": photo, "note": "They burn."}
    )
    assert (answer.status_code, answer["Location"]) == (302, detail)
    public = page_of(detail)
    for words in (
        "2 of 2 needed",
        "1 240 000,50 ₸",
        "PO-17",
        "They burn.",
        "published with proof",
        "Twelve <b>lamps</b>",
    ):
        assert words in text(public).replace("Twelve &lt;b&gt;lamps&lt;/b&gt;", "Twelve <b>lamps</b>")
    assert "<b>lamps</b>" not in public
    proof = Client().get(f"{detail}proof/")
    assert (proof["Content-Type"], b"".join(proof.streaming_content)) == ("application/pdf", PDF)  # type: ignore[attr-defined]
    assert proof["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in proof["Content-Security-Policy"]
    assert Client().get(f"{detail}photo/")["Content-Type"] == "image/jpeg"
    line = Transaction.objects.get(kind=Kind.PAYMENT)
    assert f'href="/en/ledger/{thread.town.slug}/{line.seq}/"' in public


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"amount": "0"}, "amount", "greater than or equal to 0.01"),
        ({"amount": "abc"}, "amount", "Enter a number"),
        ({"amount": "1,240,000"}, "amount", "Enter a number"),
        ({"amount": "1.001"}, "amount", "decimal places"),
        ({"amount": "9" * 15}, "amount", "digits"),
        ({"amount": ""}, "amount", "required"),
        ({"payee_bin": "991240000014"}, "payee_bin", "not a valid BIN"),
        ({"payee_bin": "12345"}, "payee_bin", "at least 12 characters"),
        ({"purpose": ""}, "purpose", "required"),
        ({"purpose": "x" * 201}, "purpose", "at most 200"),
        ({"document": None}, "document", "required"),
        ({"document": pdf(b"MZ\x90\x00 this program", "invoice.pdf")}, "document", "called .pdf but is not a PDF"),
        ({"document": pdf(b"MZ\x90\x00 this program", "photo.jpg")}, "document", "called .jpg but is not a picture"),
        ({"document": pdf(b"%PDF-1.4 cut", "invoice.pdf")}, "document", "cut off"),
        ({"document": pdf(b"", "invoice.pdf")}, "document", "empty"),
        ({"document": pdf(b"%PDF-" + bytes(10 * 1024 * 1024), "big.pdf")}, "document", "at most 10 MB"),
    ],
)
def test_a_refused_request_keeps_what_was_typed(
    thread: Thread, change: dict[str, object], field: str, words: str
) -> None:
    project = thread.project()
    typed = {name: value for name, value in {**ASKED, "document": pdf(), **change}.items() if value is not None}
    answer = entered(thread.the(Role.TREASURER)).post(f"/en/spending/project/{project.pk}/new/", typed)
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    error = page[page.index(f'id="id_{field}_error"') :].split("</div>")[0]
    assert words in error
    for name in ("payee_name", "purpose", "amount"):
        if name != field:
            kept = str(typed[name]).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            assert f'value="{kept}"' in page
    assert Request.objects.count() == 0


def test_a_refused_answer_keeps_its_reason(thread: Thread) -> None:
    request = thread.request(thread.project())
    client, address = entered(thread.the(Role.APPROVER)), f"/en/spending/request/{request.pk}/decide/"
    for typed, words in (
        ({"verdict": "refuse", "reason": ""}, "Say why you refuse"),
        ({"verdict": "perhaps", "reason": "Kept words."}, "perhaps"),
        ({"reason": "Kept words."}, "required"),
        ({"verdict": "approve", "reason": "x" * 501}, "at most 500"),
    ):
        answer = client.post(address, typed)
        page = answer.content.decode()
        assert (answer.status_code, words in page, typed["reason"] in page) == (422, True, True)
    assert Approval.objects.count() == 0


def test_a_refused_payment_says_what_to_do(thread: Thread) -> None:
    project = thread.project()
    thread.gift(project, 500_000)
    thread.payout(50_000)
    request = thread.request(project)
    client, address = entered(thread.the(Role.TREASURER)), f"/en/spending/request/{request.pk}/pay/"
    typed = {"paid_date": "2026-11-20", "bank_reference": "PO-17"}
    assert "The approvals are not there yet" in client.post(address, typed).content.decode()
    thread.decide(request)
    page = client.post(address, typed).content.decode()
    assert "There is not enough money on that account. Record the transfer to the bank first." in page
    assert 'value="PO-17"' in page
    assert "50 000 ₸" in text(page)
    for day in ("2999-01-01", "yesterday", ""):
        answer = client.post(address, {**typed, "paid_date": day})
        assert (answer.status_code, 'id="id_paid_date_error"' in answer.content.decode()) == (422, True)
    assert Transaction.objects.filter(kind=Kind.PAYMENT).count() == 0


def test_a_second_payment_is_refused_on_the_page(thread: Thread) -> None:
    request = thread.paid()
    answer = entered(thread.the(Role.TREASURER)).post(
        f"/en/spending/request/{request.pk}/pay/", {"paid_date": "2026-11-20", "bank_reference": "PO-17"}
    )
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This request has been paid already." in answer.content.decode()


def test_a_proof_of_the_wrong_kind_is_refused(thread: Thread) -> None:
    request = thread.paid()
    client, address = entered(thread.the(Role.TREASURER)), f"/en/spending/request/{request.pk}/publish/"
    wrong = SimpleUploadedFile("lamps.jpg", b"MZ program", content_type="image/jpeg")
    answer = client.post(address, {"document": pdf(), "photo": wrong, "note": "Kept words."})
    page = answer.content.decode()
    assert (answer.status_code, "Kept words." in page, 'id="id_photo_error"' in page) == (422, True, True)
    answer = client.post(address, {"note": "Kept words."})
    assert (answer.status_code, 'id="id_document_error"' in answer.content.decode()) == (422, True)
    request.refresh_from_db()
    assert request.state == RequestState.PAID


def test_the_document_of_a_request_is_not_for_everybody(thread: Thread) -> None:
    request = thread.published()
    address = f"/en/spending/request/{request.pk}/document/"
    assert Client().get(address)["Location"] == f"/en/account/?next={address}"
    assert entered(thread.somebody()).get(address).status_code == HTTPStatus.FORBIDDEN
    assert entered(thread.somebody(Role.RESIDENT)).get(address).status_code == HTTPStatus.FORBIDDEN
    answer = entered(thread.somebody(Role.AUDITOR, everywhere=True)).get(address)
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert "no-store" in answer["Cache-Control"]
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer["Content-Disposition"] == 'inline; filename="invoice.pdf"'
    # Nor does a folder of uploads serve it.
    name = str(request.document.name)
    assert PurePath(name).parts[0] == "spending"
    for guess in (f"/media/{name}", f"/static/{name}", f"/{name}", f"/en/media/{name}"):
        assert Client().get(guess, follow=True).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("kind", ["proof", "photo"])
def test_a_proof_is_served_only_once_it_is_published(thread: Thread, kind: str) -> None:
    request = thread.approved()
    address = f"/en/spending/request/{request.pk}/{kind}/"
    assert Client().get(address).status_code == HTTPStatus.NOT_FOUND
    thread.pay(request)
    answer = Client().get(address)
    assert (answer.status_code, "ETag" in answer, "Cache-Control" in answer) == (HTTPStatus.NOT_FOUND, False, False)
    thread_published = thread.published(request.project, 1_000)  # without a photo
    answer = Client().get(f"/en/spending/request/{thread_published.pk}/{kind}/")
    assert answer.status_code == (HTTPStatus.OK if kind == "proof" else HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("rest", ["", "decide/", "pay/", "publish/", "document/", "proof/", "photo/"])
def test_a_request_that_is_not_there(thread: Thread, rest: str) -> None:
    client = entered(thread.the(Role.TREASURER))
    answer = client.get(f"/en/spending/request/{uuid4()}/{rest}")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "<main" in answer.content.decode()


def test_a_transfer_on_its_page(thread: Thread) -> None:
    thread.gift(None, 10_000)
    client, address = entered(thread.the(Role.TREASURER)), f"/en/spending/{thread.town.slug}/payout/"
    page = page_of(address, client)
    found = re.search(r'name="submission" value="([0-9a-f-]+)"', page)
    assert found is not None
    typed = {
        "amount": "4 000,00",
        "currency": "KZT",
        "arrived_date": "2026-11-20",
        "memo": "TRF-1",
        "submission": str(UUID(found[1])),
    }
    for _twice in range(2):
        assert client.post(address, typed)["Location"] == f"/en/ledger/{thread.town.slug}/"
    assert balance_of(fund=thread.fund, code=AccountCode.BANK, currency="KZT") == Money(4_000_00, "KZT")
    for change, field, words in (
        ({"amount": "5 000"}, "", "This form was sent before with another amount"),
        ({"amount": "6 000,01", "submission": str(uuid4())}, "amount", "does not hold that much"),
        ({"amount": "x"}, "amount", "Enter a number"),
        ({"currency": "RUB"}, "currency", "RUB"),
        ({"arrived_date": "2999-01-01", "submission": str(uuid4())}, "arrived_date", "cannot lie in the future"),
        ({"memo": "x" * 121}, "memo", "at most 120"),
        ({"submission": "nonsense"}, "submission", "valid UUID"),
    ):
        answer = client.post(address, {**typed, **change})
        page = answer.content.decode()
        assert (answer.status_code, words in page) == (HTTPStatus.UNPROCESSABLE_ENTITY, True), change
        assert not field or f"id_{field}" in page
    assert balance_of(fund=thread.fund, code=AccountCode.BANK, currency="KZT") == Money(4_000_00, "KZT")


def test_many_requests_are_turned_page_by_page(thread: Thread) -> None:
    project = thread.project()
    made = [str(thread.request(project, purpose=f"Lamp {n}").pk) for n in range(PAGE + 3)][::-1]
    seen, address = [], f"/en/spending/{thread.town.slug}/"
    while address:
        page = page_of(address)
        seen += re.findall(r'href="/en/spending/request/([0-9a-f-]+)/"', page[page.index("<main") :])
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/en/spending/{thread.town.slug}/{more[1]}" if more else ""
    assert seen == made
    assert page_of(f"/en/spending/{thread.town.slug}/?after=nonsense")
    assert Client().get("/en/spending/atlantis/").status_code == HTTPStatus.NOT_FOUND
    assert Client().get("/en/spending/ridder/payout/").status_code == HTTPStatus.FOUND


def test_a_town_without_a_fund_has_no_transfers(thread: Thread) -> None:
    client = entered(thread.the(Role.TREASURER))
    answer = client.get("/en/spending/ridder/payout/")
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "This town has no community foundation here yet." in answer.content.decode()
