"""The receipt: who holds the address reads it, nobody else learns of it, and every state says what to do."""

import re
from datetime import datetime, timedelta

import pytest
import segno
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from funds.donations import actions
from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.payments.rules import Checkout
from tests.payments.stage import DECLINED, Stage, make_fund, make_gift, make_project, opened, text_of
from transparency.actions import integrate
from transparency.queries import proof_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def address(gift: Gift, language: str = "en") -> str:
    return f"/{language}/give/gift/{gift.receipt_code}/"


def begun(now: datetime, **facts: object) -> tuple[Gift, Checkout]:
    return opened(make_gift(make_fund(now), now, **facts))


def test_whoever_comes_back_from_paying_finds_the_receipt_without_any_webhook(
    client: Client, stage: Stage, now: datetime
) -> None:
    gift, checkout = begun(now)
    back = stage.pay(checkout).headers["Location"]
    assert back == f"http://testserver{address(gift)}"
    answer = client.get(address(gift))
    gift.refresh_from_db()
    assert gift.transaction is not None
    text = text_of(answer.content)
    assert gift.state == GiftState.SUCCEEDED
    assert "Thank you. Your gift has arrived." in text
    assert f"Receipt number temirtau-{gift.transaction.seq} Amount 5 000 ₸ Date" in text
    assert "Received by Tests e.V." in text
    assert "Kept by the card service Not known yet" in text
    assert "Refresh" not in answer.headers


def test_the_receipt_of_a_project_leads_to_ledger_chain_and_project_and_knows_its_fee(
    client: Client, stage: Stage, now: datetime
) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    gift, checkout = opened(make_gift(fund, now, project=project, donor_name="Aigul", name_public=True))
    stage.pay(checkout)
    stage.fee_arrives(gift)
    answer = client.get(address(gift))
    gift.refresh_from_db()
    assert gift.transaction is not None
    links = set(re.findall(r'<a href="([^"]+)"', answer.content.decode().partition("<main")[2].partition("<footer")[0]))
    assert {
        f"/en/ledger/temirtau/{gift.transaction.seq}/",
        f"/en/chain/{project.decision.need_id}/",
        f"/en/projects/project/{project.pk}/",
    } <= links
    text = text_of(answer.content)
    assert "Kept by the card service 295 ₸ Fee as really charged Arrives for the town 4 705 ₸" in text
    assert "From Aigul Stands there in public as: Aigul" in text


def test_an_anonymous_receipt_says_how_the_gift_stands_in_public(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now, donor_name="Aigul", name_public=False)
    stage.pay(checkout)
    assert "From Aigul Stands there in public as: Anonymous" in text_of(client.get(address(gift)).content)


def test_the_receipt_is_for_whoever_holds_the_address_alone(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now, donor_email="aigul@example.com")
    stage.pay(checkout)
    answer = client.get(address(gift))
    assert "no-store" in answer["Cache-Control"]
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "no-referrer")
    page = answer.content.decode()
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert "aigul@example.com" not in page
    assert client.get(f"/en/give/gift/{gift.receipt_code[:-1]}/").status_code == 404
    assert client.get(f"/en/give/gift/{gift.pk}/").status_code == 404


def test_the_qr_code_is_the_address_of_the_receipt_as_plain_svg(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    stage.pay(checkout)
    page = client.get(address(gift, "de")).content.decode()
    made = segno.make(f"http://testserver{address(gift, 'de')}", error="m", micro=False)
    drawn = re.search(r"<figure>\s*(<svg.*?</svg>)", page, flags=re.DOTALL)
    assert drawn is not None
    assert re.findall(r' d="([^"]+)"', drawn[1])[1:] == re.findall(r' d="([^"]+)"', made.svg_inline(scale=4, border=4))
    assert "style" not in drawn[1]


def test_the_language_can_be_changed_on_the_spot(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    stage.pay(checkout)
    page = client.get(address(gift)).content.decode()
    for language in ("kk", "ru", "de", "en"):
        assert f'href="{address(gift, language)}"' in page
        assert client.get(address(gift, language)).status_code == 200


def test_an_unpaid_gift_leads_back_to_its_payment_page(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    answer = client.get(address(gift))
    assert "You have not paid yet Nothing was charged." in text_of(answer.content)
    assert f'href="{checkout.url}"' in answer.content.decode()
    assert "Refresh" not in answer.headers


def test_a_declined_card_says_so_and_leads_back(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    stage.pay(checkout, card=DECLINED)
    answer = client.get(address(gift))
    assert "The bank declined the card Nothing was charged." in text_of(answer.content)
    assert f'href="{checkout.url}">Try another card' in answer.content.decode()
    assert Gift.objects.get().state == GiftState.FAILED


def test_an_expired_gift_can_be_begun_anew_for_the_same_project(client: Client, stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    gift, checkout = opened(make_gift(fund, now, project=project))
    stage.page_closes(checkout)
    answer = client.get(address(gift))
    assert "This gift was not paid in time" in text_of(answer.content)
    assert f'href="/en/give/temirtau/?currency=KZT&amp;project={project.pk}"' in answer.content.decode()


def test_while_stripe_is_silent_the_page_waits_and_looks_again_by_itself(
    client: Client, stage: Stage, now: datetime, settings: Settings
) -> None:
    gift, _checkout = begun(now)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        answer = client.get(address(gift))
    assert (answer.status_code, answer.headers["Refresh"]) == (200, "3")
    assert "We are waiting for the bank" in text_of(answer.content)
    assert "Do not pay a second time." in text_of(answer.content)
    cache.clear()
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        assert "Refresh" not in client.get(address(gift)).headers


def test_a_gift_whose_page_was_never_opened_says_so(client: Client, stage: Stage, now: datetime) -> None:
    gift = make_gift(make_fund(now), now)
    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        assert "The payment page could not be opened Nothing was charged." in text_of(client.get(address(gift)).content)


def test_a_strange_settlement_does_not_hide_the_receipt(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    with stage.settling_in("SEK"):  # which no ledger here holds
        stage.pay(checkout)
        stage.fee_arrives(gift)
    text = text_of(client.get(address(gift)).content)
    assert "Thank you. Your gift has arrived." in text
    assert "Kept by the card service Not known yet" in text


def test_loading_a_waiting_page_often_asks_stripe_seldom(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now)
    with time_machine.travel(now, tick=False):
        client.get(address(gift))
        stage.pay(checkout)
        # Within two seconds the page shows what it knew.
        assert "You have not paid yet" in text_of(client.get(address(gift)).content)
    with time_machine.travel(now + timedelta(seconds=3), tick=False):
        assert "Thank you" in text_of(client.get(address(gift)).content)


def test_a_receipt_is_four_queries(client: Client, stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    gift, checkout = opened(make_gift(fund, now, project=make_project(fund, now)))
    stage.pay(checkout)
    actions.catch_up(gift=gift, now=now)
    with assertNumQueries(4):
        client.get(address(gift))


@pytest.mark.parametrize("code", ["x", "A" * 43, "019ab6f0-0000-7000-8000-000000000000"])
def test_no_receipt_at_a_guessed_address(client: Client, code: str) -> None:
    answer = client.get(f"/en/give/gift/{code}/")
    assert answer.status_code == 404
    assert "There is no receipt at this address." in text_of(answer.content)


def test_a_receipt_is_only_read(client: Client, stage: Stage, now: datetime) -> None:
    gift, _checkout = begun(now)
    assert client.post(address(gift)).status_code == 405


def test_the_receipt_waits_for_its_seal_and_then_has_its_proof(client: Client, stage: Stage, now: datetime) -> None:
    gift, checkout = begun(now, donor_name="Aigul")
    stage.pay(checkout)
    waiting = client.get(address(gift))
    assert "This line is booked. It will be sealed within seconds. Look again" in text_of(waiting.content)
    assert client.get(f"{address(gift)}proof.tlog-proof").status_code == 404
    integrate(slug="temirtau", now=now)
    html = client.get(address(gift)).content.decode()
    for name in ("proof.tlog-proof", "proof/", "proof.svg"):
        assert f'"{address(gift)}{name}"' in html
    gift.refresh_from_db()
    assert gift.transaction is not None
    file = client.get(f"{address(gift)}proof.tlog-proof")
    assert file.content == proof_file("temirtau", gift.transaction.log_index, with_openings=True)
    assert file.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in file.headers["Cache-Control"]
    assert client.get(f"{address(gift)}proof/").headers["Location"].startswith("/en/verify/#1$")
    assert client.get(f"{address(gift)}proof.svg").headers["Content-Type"] == "image/svg+xml"
