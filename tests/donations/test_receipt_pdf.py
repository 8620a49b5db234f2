"""The receipt on paper: it says what the facts are, in each language, always in the same bytes, to nobody else."""

import io
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils.translation import override
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from common import pdf
from common.money import Money
from funds.donations.models import Batch, Gift, Refund
from funds.donations.queries.receipts import batch_members, receipt_of, received_gift
from funds.donations.rules.papers import opening_fields, receipt_number
from funds.donations.states import GiftState, RefundState
from funds.donations.views import papers
from funds.donations.views.papers import receipt_data
from funds.ledger.actions import post
from funds.ledger.rules import Line, Posting
from funds.ledger.states import AccountCode, Kind
from tests.payments.stage import Stage, make_fund, make_gift, make_project, opened, text_of
from transparency.actions import integrate
from transparency.queries import proof_file
from transparency.rules.proofs import parse_extra, parse_proof

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def booked(now: datetime, **facts: object) -> Gift:
    """A named gift by card that has arrived, with a line of the ledger of its own."""
    gift = make_gift(make_fund(now), now, **{"donor_name": "Әйгүл Өмірқызы", "name_public": True, **facts})
    amount = Money(gift.amount_minor, gift.currency)
    line = Posting(
        fund=gift.fund_id,
        kind=Kind.GIFT,
        effective_date=now.date(),
        key=f"stripe:pi_{gift.pk}:succeeded",
        lines=(Line(AccountCode.STRIPE, amount), Line(AccountCode.GIFTS, -amount, earmark=gift.project_id)),
        personal=(("donor", gift.donor_name),),
        subject=gift.pk,
        late=True,
    )
    with transaction.atomic():
        [done] = post(postings=[line], now=now)
    Gift.objects.filter(pk=gift.pk).update(
        state=GiftState.SUCCEEDED, succeeded_at=now, transaction_id=done.transaction_id
    )
    gift.refresh_from_db()
    return gift


def waiting(now: datetime, count: int) -> list[Gift]:
    """Received gifts without a public name that wait to be booked together."""
    fund = make_fund(now)
    gifts = [
        make_gift(fund, now, donor_name=f"Giver {n}", name_public=False, amount=Money(1000_00 * n, "KZT"))
        for n in range(1, count + 1)
    ]
    Gift.objects.filter(fund=fund).update(state=GiftState.SUCCEEDED, succeeded_at=now)
    return gifts


def together(gifts: list[Gift], now: datetime) -> Batch:
    """All of them booked in one transaction, in which each has a sealed field."""
    fund = gifts[0].fund
    total = Money(sum(gift.amount_minor for gift in gifts), "KZT")
    ordered = sorted(gifts, key=lambda gift: gift.pk)
    sealed = tuple(
        (field, f"{gift.amount_minor} KZT, {gift.donor_name}")
        for field, gift in zip(opening_fields(len(gifts)), ordered, strict=True)
    )
    line = Posting(
        fund=fund.pk,
        kind=Kind.GIFT,
        effective_date=now.date(),
        key="batch:1",
        lines=(Line(AccountCode.STRIPE, total), Line(AccountCode.GIFTS, -total)),
        personal=sealed,
        late=True,
    )
    with transaction.atomic():
        [done] = post(postings=[line], now=now)
        batch = Batch.objects.create(
            fund=fund,
            currency="KZT",
            gifts_count=len(gifts),
            transaction_id=done.transaction_id,
            published_at=now,
        )
        Gift.objects.filter(fund=fund).update(batch=batch)
    return batch


def address(gift: Gift, language: str = "en") -> str:
    return f"/{language}/give/gift/{gift.receipt_code}/receipt.pdf"


def sheet(client: Client, gift: Gift, language: str = "en") -> str:
    """The text of the one page."""
    answer = client.get(address(gift, language))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    [page] = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(page.extract_text().split())


def test_the_receipt_names_bodies_number_giver_amount_day_way_purpose_and_fee(
    client: Client, now: datetime, settings: Settings
) -> None:
    settings.RECEIPT_ISSUER = "Freunde e.V., Berlin"
    gift = booked(now)
    Gift.objects.filter(pk=gift.pk).update(fee_minor=295_00, settled_currency="KZT", settled_minor=5_000_00)
    text = sheet(client, gift)
    assert gift.transaction is not None
    for part in (
        "Community foundation. Town: Temirtau Receipt for a gift Thank you. Your gift has arrived. 5 000 ₸",
        f"Receipt number temirtau-{gift.transaction.seq} From Әйгүл Өмірқызы In public: Әйгүл Өмірқызы",
        "Received by Tests e.V. Card payment taken by Freunde e.V., Berlin for the body named above",
        "Date 22 November 2026 Way Card For The whole fund: where it is needed most",
        "Kept by the card service 295 ₸ Fee as really charged Arrives for the town 4 705 ₸",
        "This receipt confirms the gift. It promises no tax relief.",
        f"temirtau-{gift.transaction.seq}. As of 22 November 2026, 14:00, Kazakhstan time. 1 / 1",
    ):
        assert part in text
    assert ("Given back" in text, "You covered the fee." in text) == (False, False)
    Gift.objects.filter(pk=gift.pk).update(covers_fee=True, fee_estimate_minor=300_00)
    told = "Of it for the card service's fee, about 300 ₸ You covered the fee."
    assert told in sheet(client, gift).replace("’", "'")
    page = text_of(client.get(f"/en/give/gift/{gift.receipt_code}/").content).replace("\xa0", " ")
    assert told in page


@pytest.mark.parametrize(
    ("language", "day"), [("kk", "2026 ж. 22 қараша"), ("ru", "22 ноября 2026 г."), ("de", "22. November 2026")]
)
def test_every_language_reads_back(client: Client, now: datetime, language: str, day: str) -> None:
    gift = booked(now)
    text = sheet(client, gift, language)
    town = {"kk": "Теміртау", "ru": "Темиртау", "de": "Temirtau"}[language]
    assert [part for part in (day, town, "Әйгүл Өмірқызы", "5 000 ₸") if part not in text] == []
    found = PdfReader(io.BytesIO(client.get(address(gift, language)).content))
    assert str(found.root_object["/Lang"]) == language


def test_a_gift_in_another_currency_says_what_was_made_of_it(client: Client, now: datetime) -> None:
    gift = booked(now, amount=Money(50_00, "EUR"), project=None)
    Gift.objects.filter(pk=gift.pk).update(
        settled_currency="KZT", settled_minor=28_750_00, exchange_rate="575.000000000000", fee_minor=950_50
    )
    text = sheet(client, gift)
    assert "50 €" in text
    assert "Exchanged by the card service 28 750 ₸ Rate: 575 Kept by the card service 950,50 ₸" in text
    assert "Arrives for the town 27 799,50 ₸" in text


def test_what_went_back_stands_there_and_moves_the_day_of_the_receipt(client: Client, now: datetime) -> None:
    gift = booked(now)
    later = now + timedelta(days=3)
    Refund.objects.create(gift=gift, amount_minor=1_500_00, state=RefundState.SUCCEEDED, created_at=later)
    text = sheet(client, gift)
    assert "Given back 25 November 2026 1 500 ₸ Given back" in text
    assert "As of 25 November 2026, 14:00" in text


def test_the_tax_note_is_the_operators_or_none(client: Client, now: datetime, settings: Settings) -> None:
    settings.RECEIPT_TAX_NOTE = "Freistellungsbescheid 27/123"
    text = sheet(client, booked(now))
    assert "Freistellungsbescheid 27/123" in text
    assert "tax relief" not in text


def test_a_gift_that_waits_for_others_has_its_receipt_at_once_and_says_so(client: Client, now: datetime) -> None:
    [gift] = waiting(now, 1)
    number = receipt_number(slug="temirtau", seq=None, gift=gift.pk)
    text = sheet(client, gift)
    assert f"Receipt number {number} From Giver 1 In public: Anonymous" in text
    assert "Line Not booked yet The gift has arrived and waits to be booked together with others" in text


def test_a_gift_of_a_batch_shows_the_common_line_and_proves_only_itself(client: Client, now: datetime) -> None:
    gifts = waiting(now, 3)
    batch = together(gifts, now)
    integrate(slug="temirtau", now=now)
    assert batch_members(batch_id=batch.pk) == sorted(gift.pk for gift in gifts)
    for gift in gifts:
        text = sheet(client, gift)
        assert f"Line temirtau-{batch.transaction.seq} Booked together with 2 other gifts without a public name" in text
        assert [other.donor_name for other in gifts if other.donor_name in text] == [gift.donor_name]
        receipt = receipt_of(received_gift(receipt_code=gift.receipt_code))
        assert receipt.line is not None
        file = proof_file("temirtau", receipt.line.log_index, with_openings=True, fields=receipt.fields, lasting=True)
        shown = [opening.value for opening in parse_extra(parse_proof(file).extra).openings]
        assert shown == [f"{gift.amount_minor} KZT, {gift.donor_name}"]


def test_the_page_with_the_proof_opens_only_the_givers_own_field_of_a_batch(client: Client, now: datetime) -> None:
    gifts = waiting(now, 3)
    together(gifts, now)
    integrate(slug="temirtau", now=now)
    for gift in gifts:
        file = client.get(f"/en/give/gift/{gift.receipt_code}/proof.tlog-proof").content
        shown = [opening.value for opening in parse_extra(parse_proof(file).extra).openings]
        assert shown == [f"{gift.amount_minor} KZT, {gift.donor_name}"]


def test_the_same_facts_give_the_same_bytes_however_the_log_grows(client: Client, now: datetime) -> None:
    gift = booked(now)
    integrate(slug="temirtau", now=now)
    first = client.get(address(gift, "kk")).content
    make_project(gift.fund, now)
    with transaction.atomic():
        amount = Money(100, "KZT")
        lines = (Line(AccountCode.BANK, amount), Line(AccountCode.GIFTS, -amount))
        post(
            postings=[Posting(fund=gift.fund_id, kind=Kind.GIFT, effective_date=now.date(), key="x", lines=lines)],
            now=now,
        )
    integrate(slug="temirtau", now=now + timedelta(hours=1))
    assert client.get(address(gift, "kk")).content == first


def test_another_process_makes_the_same_bytes(now: datetime, tmp_path: Path) -> None:
    gift = booked(now)
    receipt = receipt_of(received_gift(receipt_code=gift.receipt_code))
    with override("ru"):
        data = receipt_data(receipt, "ru")
    here = pdf.render("receipt", data, dated=receipt.as_of)
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import django; django.setup();"
        "from common import pdf; from datetime import datetime; import json;"
        "made = pdf.render('receipt', json.load(sys.stdin), dated=datetime.fromisoformat(sys.argv[3]));"
        "sys.stdout.buffer.write(made)"
    )
    there = subprocess.run(
        [sys.executable, "-c", program, str(site.ROOT), str(site.ROOT / "platform"), receipt.as_of.isoformat()],
        input=json.dumps(data).encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LANG": "C"},
        timeout=120,
    )
    assert there.stdout == here


def test_a_name_that_looks_like_a_program_is_a_name(client: Client, now: datetime) -> None:
    name = '#panic() "] $x$ *b* \\'
    assert f"From {name} In public" in sheet(client, booked(now, donor_name=name))


def test_a_long_purpose_and_name_still_fit_one_page(client: Client, stage: Stage, now: datetime) -> None:
    fund = make_fund(now)
    project = make_project(fund, now, title="Шам " * 50)
    gift, checkout = opened(make_gift(fund, now, project=project, donor_name="Ұ" * 80, name_public=True))
    stage.pay(checkout)
    client.get(f"/en/give/gift/{gift.receipt_code}/")
    Refund.objects.create(gift=gift, amount_minor=1, state=RefundState.FAILED, created_at=now)
    integrate(slug="temirtau", now=now)
    assert "Ұ" * 40 in sheet(client, gift).replace(" ", "")


def test_before_the_money_is_there_nobody_gets_a_receipt(client: Client, now: datetime) -> None:
    gift = make_gift(make_fund(now), now)
    assert client.get(address(gift)).status_code == 404
    assert client.get("/en/give/gift/nobody/receipt.pdf").status_code == 404


def test_the_file_is_private_and_asked_for_so_many_times_an_hour(
    client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert papers.PAPERS_AN_HOUR == 60
    monkeypatch.setattr(papers, "PAPERS_AN_HOUR", 3)
    gift = booked(now)
    answer = client.get(address(gift))
    assert "no-store" in answer["Cache-Control"]
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "no-referrer")
    assert gift.transaction is not None
    assert answer["Content-Disposition"] == f'attachment; filename="temirtau-{gift.transaction.seq}-en.pdf"'
    statuses = {client.get(address(gift)).status_code for _time in range(2)}
    assert (statuses, client.get(address(gift)).status_code) == ({200}, 429)
