"""The secret address of a monthly gift: who has it may change the gift, nobody else learns that there is one."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from common.clock import day_of
from common.clock import now as this_moment
from common.errors import DomainError
from common.formats import date_long
from common.money import Money
from funds.donations import actions
from funds.donations.models import MonthlyGift
from funds.donations.queries import token_of
from funds.donations.states import MonthlyState
from funds.ledger.models import Fund
from tests.donations.months import Months, make_monthly
from tests.payments.stage import Stage, make_fund, make_project, text_of


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def fund(db: None, now: datetime) -> Fund:
    return make_fund(now)


@pytest.fixture
def months(fund: Fund, stage: Stage) -> Months:
    """A monthly gift that runs: the first month is paid and its letters are sent."""
    running = Months(stage, make_monthly(fund, this_moment()))
    running.begin()
    running.deliver()
    running.monthly.refresh_from_db()
    mail.outbox.clear()
    return running


def address(monthly: MonthlyGift, part: str = "") -> str:
    return f"/en/give/monthly/{token_of(monthly)}/{part}"


def subscription(months: Months) -> dict[str, object]:
    return dict(months.stage.sdk().v1.subscriptions.retrieve(months.subscription).to_dict())


def test_without_cards_no_button_leads_to_a_card_service_that_is_not_there(
    client: Client, months: Months, settings: Settings
) -> None:
    parts = ("amount/", "designation/", "pause/", "portal/", "cancel/")
    links = {part: f'href="{address(months.monthly, part)}"' for part in parts}
    page = client.get(address(months.monthly)).content.decode()
    assert [part for part in parts if links[part] in page] == list(parts)
    settings.STRIPE_SECRET_KEY = ""
    page = client.get(address(months.monthly)).content.decode()
    assert [part for part in parts if links[part] in page] == ["designation/"]  # it is the site's own
    assert "amount, pause and end cannot be changed here. Tell the foundation" in page


def test_the_page_shows_the_gift_its_months_and_what_can_be_done(client: Client, months: Months) -> None:
    answer = client.get(address(months.monthly))
    text = text_of(answer.content)
    assert answer.status_code == 200
    for words in ("20 € a month", "The whole fund: where it is needed most", "What it has brought so far"):
        assert words in text
    page = answer.content.decode()
    for part in ("amount", "pause", "designation", "cancel", "portal"):
        assert address(months.monthly, f"{part}/") in page
    assert "aigul@example.com" not in page
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex, nofollow, noarchive", "same-origin")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("renewals", [1, 3])
def test_the_page_asks_the_database_as_often_for_three_months_as_for_one(
    client: Client, months: Months, renewals: int
) -> None:
    for _month in range(renewals):
        months.renew()
    months.deliver()
    with assertNumQueries(3):
        client.get(address(months.monthly))


def test_nobody_can_guess_an_address(client: Client, months: Months) -> None:
    token = token_of(months.monthly)
    identity, _dot, signature = token.partition(".")
    wrong = [
        f"{identity}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{months.monthly.pk.hex}-2.{signature}",
        f"{uuid4().hex}-1.{signature}",
        f"{months.monthly.pk.hex}-1",
        months.monthly.pk.hex,
        "x",
    ]
    for one in wrong:
        for part in ("", "cancel/"):
            assert client.get(f"/en/give/monthly/{one}/{part}").status_code == 404
            assert client.post(f"/en/give/monthly/{one}/{part}", {}).status_code in (404, 405)
    assert MonthlyGift.objects.get().state == MonthlyState.ACTIVE


def test_an_old_link_is_worth_nothing_once_the_version_has_changed(client: Client, months: Months) -> None:
    old = address(months.monthly)
    MonthlyGift.objects.update(link_version=2)
    assert client.get(old).status_code == 404
    assert client.get(address(MonthlyGift.objects.get())).status_code == 200


def test_the_amount_is_lowered_from_the_next_month_on(client: Client, months: Months) -> None:
    page = address(months.monthly, "amount/")
    assert "The new amount holds from the next month on" in text_of(client.get(page).content)
    answer = client.post(page, {"own_amount": "5,50", "submission": str(uuid4())})
    assert (answer.status_code, answer["Location"]) == (303, address(months.monthly) + "?done=amount")
    assert "The new amount holds" in text_of(client.get(answer["Location"]).content)
    assert MonthlyGift.objects.get().amount_minor == 5_50
    [letter] = mail.outbox
    assert "From the next month on you give 5,50\xa0€ a month." in letter.body
    assert token_of(months.monthly) in letter.body
    months.renew()
    months.deliver()
    assert [gift.amount_minor for gift in months.monthly.gifts.order_by("created_at")] == [20_00, 5_50]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0,10", "This amount is too small."),
        ("99999999", "This amount is too large."),
        ("abc", "Write the amount in digits"),
        ("", "Write how much you would like to give each month."),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words_and_kept(
    client: Client, months: Months, typed: str, sentence: str
) -> None:
    answer = client.post(address(months.monthly, "amount/"), {"own_amount": typed, "submission": str(uuid4())})
    assert answer.status_code == 422
    assert text_of(answer.content).count(sentence) == 2
    assert f'value="{typed}"' in answer.content.decode() or not typed
    assert (MonthlyGift.objects.get().amount_minor, mail.outbox) == (20_00, [])


def test_a_pause_ends_by_itself_or_by_hand(client: Client, months: Months) -> None:
    until = day_of(this_moment()) + timedelta(days=60)
    answer = client.post(address(months.monthly, "pause/"), {"until": until.isoformat(), "submission": str(uuid4())})
    assert answer.status_code == 303
    monthly = MonthlyGift.objects.get()
    assert (monthly.state, monthly.paused_until) == (MonthlyState.PAUSED, until)
    page = client.get(address(monthly))
    assert date_long(until, "en") in text_of(page.content)
    assert address(monthly, "resume/") in page.content.decode()
    assert "Your monthly gift is paused." in mail.outbox[0].body
    months.renew()
    months.deliver()
    assert months.monthly.gifts.count() == 1  # nothing is charged meanwhile
    assert client.post(address(monthly, "resume/"), {"submission": str(uuid4())}).status_code == 303
    assert MonthlyGift.objects.get().state == MonthlyState.ACTIVE
    assert subscription(months)["pause_collection"] is None
    assert "The pause has ended." in mail.outbox[1].body


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_pause_lies_ahead_and_ends_within_a_year(client: Client, months: Months, days: int) -> None:
    until = day_of(this_moment()) + timedelta(days=days)
    answer = client.post(address(months.monthly, "pause/"), {"until": until.isoformat(), "submission": str(uuid4())})
    assert answer.status_code == 422
    assert "Choose a day from tomorrow on, within one year." in text_of(answer.content)
    assert MonthlyGift.objects.get().state == MonthlyState.ACTIVE


def test_the_purpose_is_changed_for_the_months_to_come(client: Client, months: Months, fund: Fund) -> None:
    project = make_project(fund, this_moment())
    page = address(months.monthly, "designation/")
    assert project.title in text_of(client.get(page).content)
    client.post(page, {"purpose": str(project.pk), "submission": str(uuid4())})
    assert MonthlyGift.objects.get().project == project
    assert f"The next months of your gift are for: {project.title}" in mail.outbox[0].body
    refused = client.post(page, {"purpose": str(uuid4()), "submission": str(uuid4())})
    assert (refused.status_code, MonthlyGift.objects.get().project) == (422, project)


def test_an_end_is_final_and_told(client: Client, months: Months) -> None:
    page = address(months.monthly, "cancel/")
    assert "Nothing more is charged, from today on" in text_of(client.get(page).content)
    answer = client.post(page, {"submission": str(uuid4())})
    assert (answer.status_code, subscription(months)["status"]) == (303, "canceled")
    monthly = MonthlyGift.objects.get()
    assert monthly.state == MonthlyState.CANCELLED
    assert "Your monthly gift has ended. Nothing more is charged." in mail.outbox[0].body
    text = text_of(client.get(answer["Location"]).content)
    assert "Nothing more is charged" in text
    assert "Change it" not in text
    # Every form of an ended gift leads back to its page, and changes nothing.
    for part in ("amount", "pause", "resume", "designation", "cancel"):
        again = client.post(address(monthly, f"{part}/"), {"submission": str(uuid4())})
        assert (again.status_code, again["Location"]) == (302, address(monthly))
    assert len(mail.outbox) == 1


def test_what_has_ended_at_stripe_meanwhile_is_said_and_no_error(client: Client, months: Months) -> None:
    months.stage.sdk().v1.subscriptions.cancel(months.subscription)
    answer = client.post(address(months.monthly, "amount/"), {"own_amount": "5", "submission": str(uuid4())})
    assert answer.status_code == 422
    assert "The card service sees this gift differently by now." in text_of(answer.content)
    assert client.post(address(months.monthly, "cancel/"), {"submission": str(uuid4())}).status_code == 303
    assert MonthlyGift.objects.get().state == MonthlyState.CANCELLED


def test_a_silent_stripe_changes_nothing_and_says_so(client: Client, months: Months, settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    answer = client.post(address(months.monthly, "cancel/"), {"submission": str(uuid4())})
    assert answer.status_code == 422
    assert "The card service does not answer." in text_of(answer.content)
    assert (MonthlyGift.objects.get().state, mail.outbox) == (MonthlyState.ACTIVE, [])


def test_the_card_is_changed_on_stripes_own_page(client: Client, months: Months) -> None:
    answer = client.get(address(months.monthly, "portal/"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{months.stage.stand_in.base}/c/portal/")
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_page_that_is_not_paid_leads_on_to_pay(client: Client, fund: Fund, stage: Stage) -> None:
    monthly = make_monthly(fund, this_moment())
    page = actions.open_monthly_checkout(monthly=monthly)
    answer = client.get(address(monthly))
    assert "The first month is not paid yet. Nothing was charged." in text_of(answer.content)
    assert page in answer.content.decode()


def test_the_page_itself_finds_that_the_first_month_is_paid(client: Client, fund: Fund, stage: Stage) -> None:
    months = Months(stage, make_monthly(fund, this_moment()))
    months.begin()
    assert "20 € a month" in text_of(client.get(address(months.monthly)).content)
    assert (MonthlyGift.objects.get().state, months.monthly.gifts.count()) == (MonthlyState.ACTIVE, 1)


def test_thirty_changes_an_hour(client: Client, months: Months) -> None:
    page = address(months.monthly, "amount/")
    answers = [client.post(page, {"own_amount": "x", "submission": str(uuid4())}).status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]
    assert client.post(page, {}).status_code == 429  # nothing at all is refused in words too


def test_money_of_another_currency_is_no_new_amount(months: Months) -> None:
    with pytest.raises(DomainError, match="other_currency"):
        actions.change_monthly_amount(
            monthly=months.monthly, amount=Money(1000_00, "KZT"), wish=uuid4(), now=this_moment()
        )
