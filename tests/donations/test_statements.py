"""Statements: any period, one giver's gifts alone, sums per currency, and the address proven before all is shown."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override
from openpyxl import load_workbook
from pypdf import PdfReader
from pytest_django.asserts import assertNumQueries

from common import pdf
from common.errors import DomainError, NotFound
from common.money import Money
from funds.donations.actions import send_receipt
from funds.donations.actions.statements import LINK_LASTS, gift_of_token, send_statement_link, token_of
from funds.donations.models import Gift, Refund
from funds.donations.queries.statements import gifts_of_email, gifts_of_user, statement_of
from funds.donations.states import GiftState, RefundState
from funds.donations.views.statements import statement_data
from funds.ledger.models import Fund
from tests.payments.stage import make_fund, make_gift, make_project, text_of
from users.models import User

pytestmark = pytest.mark.django_db
AIGUL = "aigul@example.com"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def aigul() -> User:
    return User.objects.create_user(AIGUL, display_name="Айгүл")


def received(fund: Fund, at: datetime, **facts: object) -> Gift:
    """A gift that arrived at that moment and still waits for its line of the ledger."""
    gift = make_gift(fund, at, **{"donor_email": AIGUL, "name_public": False, **facts})
    Gift.objects.filter(pk=gift.pk).update(state=GiftState.SUCCEEDED, succeeded_at=at)
    gift.refresh_from_db()
    return gift


def file_of(client: Client, form: str, query: str = "", language: str = "en") -> bytes:
    answer = client.get(f"/{language}/me/gifts/statement.{form}{query}")
    assert answer.status_code == 200
    return answer.content


def test_days_are_kazakhstans_and_both_ends_belong_to_the_period(now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    # 18:59 and 19:00 UTC: the last minute of 31 December there, and the first of January.
    late = received(fund, datetime(2026, 12, 31, 18, 59, tzinfo=UTC))
    early = received(fund, datetime(2025, 12, 31, 19, 0, tzinfo=UTC))
    for outside in (datetime(2026, 12, 31, 19, 0, tzinfo=UTC), datetime(2025, 12, 31, 18, 59, tzinfo=UTC)):
        received(fund, outside)
    told = statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])
    assert [one.gift for one in told.given] == [early, late]


def test_sums_stand_per_currency_and_what_went_back_counts_on_its_own_day(now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    before = received(fund, now - timedelta(days=400), amount=Money(9_000_00, "KZT"))
    received(fund, now, amount=Money(5_000_00, "KZT"))
    received(fund, now, amount=Money(20_00, "EUR"))
    Refund.objects.create(gift=before, amount_minor=1_000_00, state=RefundState.SUCCEEDED, created_at=now)
    Refund.objects.create(gift=before, amount_minor=2_000_00, state=RefundState.FAILED, created_at=now)
    told = statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])
    assert told.sums == [
        (Money(5_000_00, "KZT"), Money(1_000_00, "KZT")),
        (Money(20_00, "EUR"), Money(0, "EUR")),
    ]
    assert [one.gift for one in told.returned] == [before]


def test_an_account_sees_its_own_gifts_and_those_of_its_address_and_nobody_elses(now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    by_account = received(fund, now, donor=aigul, donor_email="")
    by_address = received(fund, now, donor_email="Aigul@Example.com")
    received(fund, now, donor_email="other@example.com")
    make_gift(fund, now, donor=aigul)
    told = statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])
    assert {one.gift for one in told.given} == {by_account, by_address}


def test_gifts_without_an_address_are_nobodys(now: datetime) -> None:
    received(make_fund(now), now, donor_email="")
    with pytest.raises(NotFound):
        gifts_of_email("")


def test_where_the_money_went_is_told_per_purpose(now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    project = make_project(fund, now)
    for _time in range(2):
        received(fund, now, project=project)
    received(fund, now)
    with override("en"):
        told = statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])
    assert sorted((one.purpose, one.amount.minor, one.stage) for one in told.reached) == [
        ("Lamps for Mira street", 10_000_00, "collecting gifts"),
        ("The whole fund: where it is needed most", 5_000_00, "in the fund"),
    ]


@pytest.mark.parametrize("gifts", [1, 3])
def test_a_statement_is_four_queries_however_many_gifts(now: datetime, aigul: User, gifts: int) -> None:
    fund = make_fund(now)
    for _number in range(gifts):
        gift = received(fund, now)
        Refund.objects.create(gift=gift, amount_minor=1, state=RefundState.SUCCEEDED, created_at=now)
    with assertNumQueries(4):
        statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])


def test_the_paper_says_it_all_in_kazakh_and_russian(client: Client, now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    gift = received(fund, now, project=make_project(fund, now, title="Мира көшесіне шамдар"))
    Refund.objects.create(gift=gift, amount_minor=1_000_00, state=RefundState.SUCCEEDED, created_at=now)
    client.force_login(aigul)
    for language, town in (("kk", "Теміртау"), ("ru", "Темиртау")):
        [page] = PdfReader(io.BytesIO(file_of(client, "pdf", "?from=2026-11-01&to=2026-11-30", language))).pages
        text = " ".join(page.extract_text().split())
        parts = (town, "Айгүл", "Мира көшесіне шамдар", "5 000 ₸", "1 000 ₸", "4 000 ₸", "22.11.2026", "Tests e.V.")
        assert [part for part in parts if part not in text] == []


def test_the_same_period_gives_the_same_bytes_on_another_day(client: Client, now: datetime, aigul: User) -> None:
    received(make_fund(now), now)
    client.force_login(aigul)
    query = "?from=2026-01-01&to=2026-12-31"
    first = [file_of(client, form, query) for form in ("pdf", "csv", "xlsx")]
    with time_machine.travel(now + timedelta(days=3), tick=False):
        client.force_login(aigul)
        assert [file_of(client, form, query) for form in ("pdf", "csv", "xlsx")] == first


def test_a_long_statement_goes_over_pages_and_repeats_the_head(now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    made = [make_gift(fund, now, donor_email=AIGUL, name_public=False) for _number in range(150)]
    Gift.objects.filter(pk__in=[gift.pk for gift in made]).update(state=GiftState.SUCCEEDED, succeeded_at=now)
    told = statement_of(gifts_of_user(aigul), since=YEAR[0], until=YEAR[1])
    with override("en"):
        data = statement_data(told, "Айгүл", "en")
    pages = PdfReader(io.BytesIO(pdf.render("statement", data, dated=told.as_of))).pages
    texts = [" ".join(page.extract_text().split()) for page in pages]
    assert len(texts) > 3
    assert [text.endswith(f"{number} / {len(texts)}") for number, text in enumerate(texts, 1)] == [True] * len(texts)
    assert ["Date Receipt Town For Amount Fee" in text for text in texts[:-1]] == [True] * (len(texts) - 1)
    assert sum(text.count("5 000 ₸") for text in texts) == 150


def test_tables_hold_exact_numbers_and_run_nothing(client: Client, now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    gift = received(fund, now, amount=Money(50_50, "EUR"), project=make_project(fund, now, title="=1+1"))
    Refund.objects.create(gift=gift, amount_minor=25, state=RefundState.PENDING, created_at=now)
    client.force_login(aigul)
    with time_machine.travel(now, tick=False):
        table, book = file_of(client, "csv"), file_of(client, "xlsx")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [(row["Amount"], row["Currency"], row["For"]) for row in rows] == [
        ("50.50", "EUR", "'=1+1"),
        ("-0.25", "EUR", ""),
    ]
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[0], row[7], row[8], row[5]) for row in cells] == [
        (datetime(2026, 11, 22), 50.5, "EUR", "'=1+1"),  # noqa: DTZ001 - as Excel has it
        (datetime(2026, 11, 22), -0.25, "EUR", None),  # noqa: DTZ001
    ]


def test_without_a_choice_it_is_the_running_year(client: Client, now: datetime, aigul: User) -> None:
    fund = make_fund(now)
    received(fund, now)
    received(fund, now - timedelta(days=400))
    client.force_login(aigul)
    with time_machine.travel(now, tick=False):
        client.force_login(aigul)
        page = text_of(client.get("/en/me/gifts/statement/").content)
    assert "KZT 5 000 ₸ 0 ₸" in page
    assert "2026 2025" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?from=2026-02-30&to=2026-03-01", "This is not a day."),
        ("?from=9999-01-01&to=9999-12-31", "This is not a day."),
        ("?from=0001-01-01&to=0002-01-01", "This is not a day."),
        ("?from=2026-02-01&to=2026-01-01", "The last day lies before the first one."),
        ("?from=2006-01-01&to=2026-01-01", "at most ten years"),
    ],
)
def test_a_wrong_period_is_refused_in_words(client: Client, aigul: User, query: str, sentence: str) -> None:
    client.force_login(aigul)
    page = client.get(f"/en/me/gifts/statement/{query}")
    assert (page.status_code, sentence in text_of(page.content)) == (422, True)
    assert client.get(f"/en/me/gifts/statement.pdf{query}").status_code == 409


def test_nobody_reads_a_statement_without_signing_in(client: Client) -> None:
    for path in ("statement/", "statement.pdf", "statement.csv", "statement.xlsx"):
        answer = client.get(f"/en/me/gifts/{path}")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/en/account/")


def test_a_guest_gets_the_link_at_the_address_of_the_gift_and_reads_all_of_it(client: Client, now: datetime) -> None:
    fund = make_fund(now)
    gift, other = received(fund, now), received(fund, now, amount=Money(7_000_00, "KZT"))
    received(fund, now, donor_email="other@example.com", amount=Money(9_000_00, "KZT"))
    address = f"/en/give/gift/{gift.receipt_code}/statement/"
    assert "the link goes to the e-mail address that you left" in text_of(client.get(address).content)
    answer = client.post(address)
    assert "The link is on its way" in text_of(answer.content)
    assert AIGUL not in answer.content.decode()
    [letter] = mail.outbox
    assert letter.to == [AIGUL]
    [link] = re.findall(r"https?://[^/]+(/\S+)", str(letter.body))
    with time_machine.travel(now, tick=False):
        page = client.get(f"/en/give/statement/{token_of(gift)}/?from=2026-01-01&to=2026-12-31")
    assert link.startswith("/en/give/statement/")
    assert "KZT 12 000 ₸ 0 ₸" in text_of(page.content)
    assert other.receipt_code in page.content.decode()
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "no-referrer")
    file = client.get(f"/en/give/statement/{token_of(gift)}/gifts.pdf?from=2026-01-01&to=2026-12-31").content
    assert "12 000 ₸" in PdfReader(io.BytesIO(file)).pages[0].extract_text().replace("\xa0", " ")


def test_a_link_is_good_for_seven_days_and_nobody_can_make_one(client: Client, now: datetime) -> None:
    gift = received(make_fund(now), now)
    token = token_of(gift)
    assert gift_of_token(token) == gift.pk
    for wrong in (f"{token}x", token.partition(":")[0], str(gift.pk), "x"):
        assert client.get(f"/en/give/statement/{wrong}/").status_code == 404
    with (
        time_machine.travel(datetime.now(UTC) + LINK_LASTS + timedelta(seconds=5), tick=False),
        pytest.raises(NotFound),
    ):
        gift_of_token(token)


def test_a_gift_without_an_address_has_nowhere_to_send_to(client: Client, now: datetime) -> None:
    gift = received(make_fund(now), now, donor_email="")
    answer = client.post(f"/en/give/gift/{gift.receipt_code}/statement/")
    assert (answer.status_code, "No address was left" in text_of(answer.content)) == (422, True)
    with pytest.raises(DomainError):
        send_statement_link(gift=gift, language="en", now=now)
    assert mail.outbox == []


def test_links_are_sent_five_times_an_hour(client: Client, now: datetime) -> None:
    gift = received(make_fund(now), now)
    statuses = [client.post(f"/en/give/gift/{gift.receipt_code}/statement/").status_code for _time in range(6)]
    assert (statuses, len(mail.outbox)) == ([200] * 5 + [429], 5)


def test_the_letter_with_the_receipt_links_the_pdf_and_is_sent_once(now: datetime) -> None:
    gift = received(make_fund(now), now)
    assert [send_receipt(gift_id=gift.pk, now=now) for _time in range(3)] == [True, False, False]
    [letter] = mail.outbox
    assert f"/en/give/gift/{gift.receipt_code}/receipt.pdf" in letter.body
