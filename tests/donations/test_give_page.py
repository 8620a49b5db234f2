"""The form: no account, clear refusals, nothing typed lost, one gift however often the button is pressed."""

import re
from datetime import datetime
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.models import Fund, Transaction
from funds.projects.models import Project
from funds.projects.states import ProjectState
from tests.payments.stage import Stage, at_once, broker_gone, make_fund, make_project, text_of
from tests.standins.stripe.running import StandIn

PAGE = "/en/give/temirtau/"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


@pytest.fixture
def project(fund: Fund, now: datetime) -> Project:
    return make_project(fund, now)


def sending(**changes: str) -> dict[str, str]:
    filled = {
        "choice": "own",
        "own_amount": "12,50",
        "purpose": "fund",
        "currency": "EUR",
        "submission": str(uuid4()),
        "donor_name": "",
        "donor_email": "",
        "message": "",
        "tie_to_town": "",
    }
    return {**filled, **changes}


def test_the_page_says_before_the_form_what_one_must_know(client: Client, project: Project, stage: Stage) -> None:
    answer = client.get(PAGE)
    text = text_of(answer.content)
    assert answer.status_code == 200
    assert text.index("Cards issued in Russia or Belarus do not work here") < text.index("How much would you like to")
    assert "Stripe keeps a fee of a few per cent" in text
    assert "a card service abroad" in text
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("projects", [1, 3])
def test_the_page_asks_the_database_as_often_for_three_projects_as_for_one(
    client: Client, fund: Fund, now: datetime, stage: Stage, projects: int
) -> None:
    for number in range(projects):
        make_project(fund, now, title=f"Lamps {number}")
    with assertNumQueries(6):
        client.get(PAGE)


@pytest.mark.parametrize(
    ("address", "currency"),
    [
        ("/kk/give/temirtau/", "KZT"),
        ("/ru/give/temirtau/", "KZT"),
        ("/de/give/temirtau/", "EUR"),
        ("/en/give/temirtau/", "KZT"),
        ("/en/give/temirtau/?currency=USD", "USD"),
        ("/en/give/temirtau/?currency=SEK", "KZT"),
    ],
)
def test_the_currency_is_the_readers_and_can_be_chosen(
    client: Client, fund: Fund, stage: Stage, address: str, currency: str
) -> None:
    assert f'name="currency" value="{currency}"' in client.get(address).content.decode()


def test_a_project_can_be_chosen_beforehand_and_a_finished_one_is_named(
    client: Client, project: Project, stage: Stage
) -> None:
    chosen = client.get(f"{PAGE}?project={project.pk}").content.decode()
    assert re.search(rf'value="{project.pk}"[^>]* checked', chosen) is not None
    project.state = ProjectState.CLOSED
    project.save()
    gone = client.get(f"{PAGE}?project={project.pk}")
    assert "The project that you came for collects no more gifts" in text_of(gone.content)
    assert str(project.pk) not in gone.content.decode().partition("<main")[2]


@pytest.mark.parametrize("project", ["nonsense", "019ab6f0-0000-7000-8000-000000000000", "'><script>"])
def test_a_nonsense_project_is_no_error(client: Client, fund: Fund, stage: Stage, project: str) -> None:
    answer = client.get(PAGE, {"project": project})
    assert answer.status_code == 200
    assert "<script" not in answer.content.decode()


def test_a_town_without_a_fund_has_no_such_page(client: Client, db: None, stage: Stage) -> None:
    assert client.get("/en/give/balkhash/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "This amount is too small. One gift by card can be from 1 € to 10 000 €."),
        ("-5", "This amount is too small. One gift by card can be from 1 € to 10 000 €."),
        (str(10**12), "This amount is too large. One gift by card can be from 1 € to 10 000 €."),
        ("abc", "Write the amount in digits, for example 1000 or 1000,50. It can be from 1 € to 10 000 €."),
        ("", "Choose an amount or type your own: from 1 € to 10 000 €."),
        (
            "10,001",
            "This amount is too large. One gift by card can be from 1 € to 10 000 €.",
        ),
        (
            "1,0001",
            (
                "Digits after the comma in this currency: 2. Write for example 1000 or 1000,50."
                " The amount can be from 1 € to 10 000 €."
            ),
        ),
    ],
)
def test_an_amount_that_cannot_be_given_is_refused_with_what_can(
    client: Client, fund: Fund, stage: Stage, typed: str, sentence: str
) -> None:
    answer = client.post(PAGE, sending(own_amount=typed, donor_name="Aigul", message="For the lamps"))
    assert (answer.status_code, Gift.objects.count()) == (422, 0)
    text = text_of(answer.content)
    assert text.count(sentence) == 2  # in the summary and at the field
    page = answer.content.decode()
    assert ('value="Aigul"' in page, "For the lamps</textarea>" in page) == (True, True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"choice": "2500"}, "You chose an amount above and typed another one here. Keep one of them."),
        ({"purpose": str(uuid4())}, "Select a valid choice."),
        ({"purpose": ""}, "Choose what your gift is for."),
        ({"donor_email": "aigul@"}, "This is not a whole e-mail address. It looks like name@example.com."),
        ({"name_public": "on"}, "Write the name that shall stand beside your gift, or give without a name."),
        ({"message": "x" * 301}, "Ensure this value has at most 300 characters"),
        ({"choice": "99"}, "Select a valid choice."),
        ({"submission": "x"}, "Enter a valid UUID."),
    ],
)
def test_what_else_can_be_wrong_is_said(
    client: Client, fund: Fund, stage: Stage, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post(PAGE, sending(**changes))
    assert (answer.status_code, Gift.objects.count()) == (422, 0)
    assert sentence in text_of(answer.content)


def test_a_guest_is_sent_to_the_payment_page_with_everything_kept(
    client: Client, project: Project, stage: Stage, stand_in: StandIn
) -> None:
    sent = sending(
        purpose=str(project.pk),
        donor_name="  Айгүл\u202e  Сәрсен\n",
        name_public="on",
        donor_email="aigul@example.com",
        message="Туған жерге\r\nсәлем",
        tie_to_town="born",
    )
    answer = client.post("/kk/give/temirtau/", sent)
    gift = Gift.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{stand_in.base}/c/pay/{gift.checkout_session}")
    assert (gift.amount_minor, gift.currency, gift.project_id, gift.state) == (
        12_50,
        "EUR",
        project.pk,
        GiftState.PENDING,
    )
    assert (gift.donor_name, gift.message, gift.tie_to_town) == ("Айгүл Сәрсен", "Туған жерге сәлем", "born")
    assert (gift.donor_email, gift.name_public, gift.language, gift.donor) == ("aigul@example.com", True, "kk", None)
    assert len(gift.receipt_code) == 43
    session = stage.sdk().v1.checkout.sessions.retrieve(gift.checkout_session or "")
    assert (session.success_url, session.customer_email, session.locale, session.submit_type) == (
        f"http://testserver/kk/give/gift/{gift.receipt_code}/",
        "aigul@example.com",
        "ru",
        "donate",
    )


def test_a_suggested_amount_is_given_with_one_click(client: Client, fund: Fund, stage: Stage) -> None:
    client.post(PAGE, sending(choice="2500", own_amount=""))
    assert Gift.objects.get().amount_minor == 25_00


def test_a_double_click_is_one_gift_and_a_changed_form_another(client: Client, fund: Fund, stage: Stage) -> None:
    sent = sending()
    pages = {client.post(PAGE, sent)["Location"] for _ in range(3)}
    assert (len(pages), Gift.objects.count()) == (1, 1)
    client.post(PAGE, {**sent, "own_amount": "13"})
    assert sorted(Gift.objects.values_list("amount_minor", flat=True)) == [12_50, 13_00]


@pytest.mark.usefixtures("committed_db")
def test_two_clicks_at_the_same_moment_are_one_gift_and_one_page(stage: Stage, now: datetime) -> None:
    make_fund(now)
    sent = sending()
    answers = at_once(lambda: Client().post(PAGE, sent), 4)
    assert {answer.status_code for answer in answers} == {303}
    assert (len({answer["Location"] for answer in answers}), Gift.objects.count()) == (1, 1)


def test_a_form_sent_again_after_paying_leads_to_the_receipt(client: Client, fund: Fund, stage: Stage) -> None:
    sent = sending()
    page = client.post(PAGE, sent)["Location"]
    stage.stand_in.pay(page)
    gift = Gift.objects.get()
    receipt = f"/en/give/gift/{gift.receipt_code}/"
    client.get(receipt)
    again = client.post(PAGE, sent)
    assert (again.status_code, again["Location"], Gift.objects.count()) == (302, receipt, 1)


def test_a_silent_stripe_charges_nothing_loses_nothing_and_the_second_try_is_the_same_gift(
    client: Client, fund: Fund, stage: Stage, stand_in: StandIn, settings: Settings
) -> None:
    sent = sending(donor_name="Aigul", message="For the lamps")
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = client.post(PAGE, sent)
    assert answer.status_code == 503
    assert "The card service does not answer. Nothing was charged. Try again in a minute." in text_of(answer.content)
    page = answer.content.decode()
    assert ('value="Aigul"' in page, "For the lamps</textarea>" in page, sent["submission"] in page) == (True,) * 3
    assert Gift.objects.get().checkout_session is None
    settings.STRIPE_API_BASE = stand_in.base
    assert client.post(PAGE, sent).status_code == 303
    assert Gift.objects.count() == 1


def test_an_amount_that_only_stripe_finds_too_small_is_refused_at_the_amount(
    client: Client, fund: Fund, stage: Stage
) -> None:
    # Within our floor; on a day on which the tenge is worth next to nothing it does not reach Stripe's.
    stage.stand_in.control("settings", {"settlement": ["eur"], "rates": {"kzt": 0.0001}})
    try:
        answer = client.post(PAGE, sending(currency="KZT", own_amount="500"))
    finally:
        stage.stand_in.control("settings", {"settlement": [], "rates": {}})
    assert answer.status_code == 422
    assert text_of(answer.content).count("The card service does not take so small an amount. Choose a larger one.") == 2


def test_switched_off_the_page_explains_and_takes_nothing(client: Client, fund: Fund, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    for answer in (client.get(PAGE), client.post(PAGE, sending())):
        assert answer.status_code == 200
        assert "Gifts are switched off on this site at the moment" in text_of(answer.content)
        assert "<form" not in answer.content.decode()
    assert Gift.objects.count() == 0


def test_twenty_gifts_an_hour_from_one_network(client: Client, fund: Fund, stage: Stage) -> None:
    answers = [client.post(PAGE, sending()).status_code for _ in range(21)]
    assert answers == [303] * 20 + [429]
    assert Gift.objects.count() == 20
    elsewhere = client.post(PAGE, sending(), REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 303


def test_without_the_cache_and_the_broker_one_can_still_give(
    client: Client, fund: Fund, stage: Stage, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    with broker_gone():
        page = client.post(PAGE, sending())["Location"]
        stage.stand_in.pay(page)
        assert client.get(f"/en/give/gift/{Gift.objects.get().receipt_code}/").status_code == 200
    assert (Gift.objects.get().state, Transaction.objects.count()) == (GiftState.SUCCEEDED, 0)


def test_a_forged_form_without_its_token_is_refused(fund: Fund, stage: Stage) -> None:
    assert Client(enforce_csrf_checks=True).post(PAGE, sending()).status_code == 403
    assert Gift.objects.count() == 0
