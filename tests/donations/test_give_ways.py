"""The ways to give beside a single card payment: monthly, by transfer, with the fee covered, for a company, a need."""

import re
from datetime import datetime

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from common.formats import date_long
from common.money import CURRENCIES, Money
from funds.donations.models import Gift, MonthlyGift
from funds.donations.queries import token_of
from funds.donations.rules import FIXED, SUGGESTED
from funds.donations.rules.references import is_code
from funds.donations.rules.transfers import EXPECTED_FOR
from funds.donations.states import DonorKind, GiftState, Method, MonthlyState, Origin
from funds.donations.tasks import mail_receipts
from funds.ledger.models import Fund, Transaction
from funds.payments.models import BankAccount
from funds.payments.rules import limits
from funds.payments.states import AccountKind
from tests.donations.test_give_page import sending
from tests.payments.stage import Stage, make_fund, text_of

PAGE = "/en/give/temirtau/"
BIN = "991240000013"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


def account(fund: Fund, now: datetime, **facts: object) -> BankAccount:
    """An account of the fund that givers are shown."""
    told: dict[str, object] = {
        "kind": AccountKind.BANK,
        "bank_name": "Halyk Bank",
        "holder": "Temirtau Fund",
        "number": "KZ86125KZT5004100100",
        "bic": "HSBKKZKX",
        "currency": "KZT",
    }
    return BankAccount.objects.create(fund=fund, opened_at=now, **{**told, **facts})


def ways_of(page: bytes) -> list[str]:
    return re.findall(r'name="way"\s+value="(\w+)"', page.decode())


def test_the_ways_are_those_that_the_fund_has(
    client: Client, fund: Fund, now: datetime, stage: Stage, settings: Settings
) -> None:
    assert ways_of(client.get(PAGE).content) == ["card", "monthly"]
    account(fund, now, public=False)
    account(fund, now, number="KZ2", closed_at=now)
    assert ways_of(client.get(PAGE).content) == ["card", "monthly"]
    account(fund, now, number="KZ3")
    account(fund, now, number="KZ4", kind=AccountKind.KASPI)
    assert ways_of(client.get(PAGE).content) == ["card", "monthly", "bank", "kaspi"]
    # Kaspi exchanges nothing: its account is in tenge.
    assert ways_of(client.get(f"{PAGE}?currency=EUR").content) == ["card", "monthly", "bank"]
    refused = client.post(PAGE, sending(way="kaspi", currency="EUR"))
    assert (refused.status_code, Gift.objects.count()) == (422, 0)
    settings.STRIPE_SECRET_KEY = ""
    answer = client.get(PAGE)
    assert ways_of(answer.content) == ["bank", "kaspi"]
    text = text_of(answer.content)
    assert "Gifts by card are switched off on this site at the moment. A transfer works" in text
    assert ("For the letter with account and code, and for the receipt." in text, "Stripe" in text) == (True, False)
    BankAccount.objects.exclude(kind=AccountKind.KASPI).delete()
    assert ways_of(client.get(f"{PAGE}?currency=EUR").content) == ["kaspi"]  # in tenge then
    assert "I cover the card service's fee" not in text


def test_the_notice_about_russian_cards_leads_to_the_transfer(
    client: Client, fund: Fund, now: datetime, stage: Stage
) -> None:
    assert "Give by transfer" not in text_of(client.get(PAGE).content)
    account(fund, now)
    page = client.get(f"{PAGE}?currency=EUR").content.decode()
    [address] = re.findall(r'href="([^"]+)">Give by transfer<', page)
    assert address == "?currency=EUR&amp;way=bank#ways"
    chosen = client.get(PAGE + address.replace("&amp;", "&").partition("#")[0]).content.decode()
    assert re.search(r'name="way"\s+value="bank"[^>]* checked', chosen) is not None


@pytest.mark.parametrize("switched_off", [False, True])
def test_a_transfer_is_announced_and_its_page_says_where_to_send_it(
    client: Client, fund: Fund, now: datetime, stage: Stage, settings: Settings, switched_off: bool
) -> None:
    account(fund, now)
    if switched_off:
        settings.STRIPE_SECRET_KEY = ""
    sent = sending(way="bank", currency="KZT", own_amount="25000", donor_name="Aigul", covers_fee="on")
    answer = client.post(PAGE, sent)
    gift = Gift.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/en/give/gift/{gift.receipt_code}/")
    assert (gift.method, gift.state, gift.expected_minor) == (Method.BANK, GiftState.PENDING, 25_000_00)
    assert (gift.covers_fee, gift.fee_estimate_minor) == (False, None)  # a transfer costs none
    assert is_code(gift.reference_code or "")
    page = client.get(answer["Location"])
    text = text_of(page.content).replace("\xa0", " ")
    for words in ("Temirtau Fund", "KZ86125KZT5004100100", "HSBKKZKX", "25 000 ₸", gift.reference_code or ""):
        assert words in text
    assert "It is no gift yet" in text
    assert f"Temirtau Fund\nKZ86125KZT5004100100\nHSBKKZKX\nHalyk Bank\n{gift.reference_code}</pre>" in (
        page.content.decode()
    )
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "no-referrer")
    assert Transaction.objects.count() == 0
    again = client.post(PAGE, sent)
    assert (again["Location"], Gift.objects.count()) == (answer["Location"], 1)


@pytest.mark.usefixtures("stage")
def test_whoever_announces_a_transfer_and_leaves_an_address_gets_a_letter_once(
    client: Client, fund: Fund, now: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    account(fund, now)
    sent = sending(way="bank", currency="KZT", own_amount="25000", donor_email="aigul@example.com")
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(PAGE, sent)
    gift, [letter] = Gift.objects.get(), mail.outbox
    until = date_long(gift.created_at + EXPECTED_FOR, "en")
    body = str(letter.body).replace("\xa0", " ")
    for words in ("25 000 ₸", "KZ86125KZT5004100100", str(gift.reference_code), until, f"/{gift.receipt_code}/"):
        assert words in body
    assert (letter.to, letter.subject) == (["aigul@example.com"], "Where to send your gift. Town: Temirtau")
    assert mail_receipts() == 0
    # One that no worker heard of is found by the sweep; one without an address is nobody's letter.
    Gift.objects.update(announced_sent_at=None)
    client.post(PAGE, sending(way="bank", currency="KZT", own_amount="100"))
    assert (mail_receipts(), len(mail.outbox)) == (1, 2)
    assert mail.outbox[0].extra_headers["Message-ID"] == mail.outbox[1].extra_headers["Message-ID"]


def test_a_transfer_in_euro_has_the_code_that_banking_apps_read(
    client: Client, fund: Fund, now: datetime, stage: Stage
) -> None:
    account(fund, now)
    account(fund, now, currency="EUR", number="DE89370400440532013000", bic="COBADEFFXXX", bank_name="Commerzbank")
    client.post(PAGE, sending(way="bank"))
    page = client.get(f"/en/give/gift/{Gift.objects.get().receipt_code}/").content.decode()
    assert page.count("Scan it with the app of your bank") == 1
    assert page.index("Commerzbank") < page.index("Halyk Bank")  # the account in the gift's currency first
    assert "your bank exchanges it" in text_of(page.encode())


def test_a_way_that_the_fund_does_not_have_is_refused(client: Client, fund: Fund, stage: Stage) -> None:
    answer = client.post(PAGE, sending(way="kaspi"))
    assert (answer.status_code, Gift.objects.count()) == (422, 0)


def test_a_monthly_gift_leads_to_its_own_payment_page(client: Client, fund: Fund, stage: Stage) -> None:
    sent = sending(way="monthly", donor_email="aigul@example.com")
    answers = [client.post(PAGE, sent) for _click in range(2)]
    monthly = MonthlyGift.objects.get()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer["Location"] for answer in answers}) == 1
    assert (monthly.amount_minor, monthly.currency, monthly.state) == (12_50, "EUR", MonthlyState.PENDING)
    session = stage.sdk().v1.checkout.sessions.retrieve(monthly.checkout_session or "")
    assert (session.mode, session.amount_total) == ("subscription", 12_50)
    assert session.success_url == f"http://testserver/en/give/monthly/{token_of(monthly)}/"
    assert Gift.objects.count() == 0


def test_a_monthly_gift_needs_an_address_for_its_link(client: Client, fund: Fund, stage: Stage) -> None:
    answer = client.post(PAGE, sending(way="monthly"))
    assert (answer.status_code, MonthlyGift.objects.count()) == (422, 0)
    assert text_of(answer.content).count("Write your e-mail address: the link to lower, pause or end") == 2


def test_who_covers_the_fee_pays_about_so_much_more(
    client: Client, fund: Fund, stage: Stage, settings: Settings
) -> None:
    text = text_of(client.get(f"{PAGE}?currency=EUR").content).replace("\xa0", " ")
    assert "For 10 € that is about 0,56 € more, for 100 € about 3,25 €" in text
    client.post(PAGE, sending(own_amount="100", covers_fee="on"))
    gift = Gift.objects.get()
    # 100.25 / 0.971 = 103.2440..., rounded up
    assert (gift.amount_minor, gift.fee_estimate_minor, gift.covers_fee) == (103_25, 3_25, True)
    client.post(PAGE, sending(own_amount="100"))
    plain = Gift.objects.exclude(pk=gift.pk).get()
    # 2.9 % of 100 and 25 cents
    assert (plain.amount_minor, plain.fee_estimate_minor, plain.covers_fee) == (100_00, 3_15, False)


def test_what_the_card_service_keeps_is_a_setting(client: Client, fund: Fund, stage: Stage, settings: Settings) -> None:
    settings.CARD_FEE_FIXED = {"EUR": 100}
    client.post(PAGE, sending(own_amount="100", covers_fee="on"))
    assert Gift.objects.get().amount_minor == 104_02  # 101 / 0.971


def test_a_company_gives_with_its_name_and_number(client: Client, fund: Fund, stage: Stage) -> None:
    client.post(PAGE, sending(donor_kind="company", company_bin=f"{BIN[:6]} {BIN[6:]}", donor_name="Qarmet"))
    gift = Gift.objects.get()
    assert (gift.donor_kind, gift.company_bin, gift.donor_name) == (DonorKind.COMPANY, BIN, "Qarmet")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"donor_kind": "company"}, "Write the name of the company."),
        (
            {"donor_kind": "company", "donor_name": "Qarmet", "company_bin": "991240000014"},
            "This is no BIN: it has twelve digits, and the last one checks the others.",
        ),
        ({"company_bin": BIN}, "A BIN belongs to a company."),
        ({"origin": "foreign"}, "Choose the other country, or say above that you would rather not say."),
        ({"origin": "foreign", "country": "KZ"}, "Choose the other country, or say above"),
        ({"origin": "foreign", "country": "XX"}, "Select a valid choice."),
        ({"name_for_council": "on"}, "Write the name that shall stand beside your gift"),
    ],
)
def test_what_cannot_be_is_said_and_its_part_of_the_form_stands_open(
    client: Client, fund: Fund, stage: Stage, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post(PAGE, sending(**changes))
    assert (answer.status_code, Gift.objects.count()) == (422, 0)
    assert text_of(answer.content).count(sentence) == 2
    page = answer.content.decode()
    at = page.rindex('class="error"')
    assert page.rfind("<details", 0, at) <= max(page.rfind("</details>", 0, at), page.rfind("<details open", 0, at))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({}, (Origin.UNSAID, "")),
        ({"origin": "kz"}, (Origin.KAZAKHSTAN, "")),
        ({"origin": "foreign", "country": "DE"}, (Origin.FOREIGN, "DE")),
        ({"origin": "stateless"}, (Origin.STATELESS, "")),
        ({"country": "DE"}, (Origin.FOREIGN, "DE")),
        ({"country": "KZ"}, (Origin.KAZAKHSTAN, "")),
        ({"origin": "kz", "country": "DE"}, (Origin.KAZAKHSTAN, "")),
    ],
)
def test_what_the_register_asks_is_kept_as_it_was_meant(
    client: Client, fund: Fund, stage: Stage, told: dict[str, str], kept: tuple[Origin, str]
) -> None:
    client.post(PAGE, sending(**told))
    gift = Gift.objects.get()
    assert (gift.origin, gift.country) == kept


def test_the_two_questions_of_privacy_are_two(client: Client, fund: Fund, stage: Stage) -> None:
    for facts in (
        {},
        {"name_public": "on"},
        {"name_for_council": "on"},
        {"name_public": "on", "name_for_council": "on"},
    ):
        client.post(PAGE, sending(donor_name="Aigul", **facts))
    rows = Gift.objects.order_by("created_at").values_list("name_public", "name_for_council")
    assert list(rows) == [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_currency_has_suggestions_within_its_limits(
    client: Client, fund: Fund, stage: Stage, currency: str
) -> None:
    allowed = limits(currency)
    for minor in SUGGESTED[currency]:
        assert allowed.floor <= Money(minor, currency) <= allowed.ceiling
    assert len(SUGGESTED[currency]) == 4
    assert currency in FIXED
    answer = client.get(f"{PAGE}?currency={currency}")
    assert answer.status_code == 200
    sent = sending(currency=currency, choice=str(SUGGESTED[currency][0]), own_amount="", covers_fee="on")
    answer = client.post(PAGE, sent)
    assert answer.status_code == 303
    assert Gift.objects.get().currency == currency


def test_what_happens_to_what_is_left_stands_before_the_button(client: Client, fund: Fund, stage: Stage) -> None:
    text = text_of(client.get(PAGE).content)
    assert text.index("What is left of a project goes to the fund as a whole.") < text.index("Go on")
    assert text.index("published several together") < text.index("Go on")


def test_a_transfer_may_be_larger_than_what_a_card_carries(
    client: Client, fund: Fund, now: datetime, stage: Stage
) -> None:
    account(fund, now)
    sent = sending(currency="KZT", own_amount="20 000 000")
    assert client.post(PAGE, {**sent, "way": "card"}).status_code == 422
    assert client.post(PAGE, {**sent, "way": "bank"}).status_code == 302
    assert Gift.objects.get().expected_minor == 20_000_000_00
    assert client.post(PAGE, {**sent, "way": "bank", "own_amount": "0,50"}).status_code == 422
