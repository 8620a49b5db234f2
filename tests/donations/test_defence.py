"""Card testing: limits that outlive the cache, an hour's pause after refused cards, a question when it bursts."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override
from pytest_django.fixtures import Settings

from common.errors import DomainError
from funds.donations.actions.defence import admit, forget_tries, is_challenged, note_decline
from funds.donations.forms.defence import numbers_of
from funds.donations.models import CheckoutTry, Gift
from funds.donations.rules.defence import Limits, Load, Stop, is_answer, is_burst, question_of, stop_at
from tests.payments.stage import DECLINED, Stage, at_once, make_fund, make_gift, opened, text_of

HERE, MAIL = "203.0.113.7", "aigul@example.com"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield


def let_in(
    now: datetime, *, network: str = HERE, email: str = "", key: UUID | None = None, page: UUID | None = None
) -> str:
    """ "" when let through, else the code of the refusal."""
    try:
        admit(key=key or uuid4(), page=page or uuid4(), network=network, email=email, now=now)
    except DomainError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("load", "challenged", "stop"),
    [
        (Load(network=1, email=1, declines=1), False, None),
        (Load(network=2, email=0, declines=0), False, Stop.NETWORK),
        (Load(network=0, email=2, declines=0), False, Stop.EMAIL),
        (Load(network=2, email=2, declines=2), False, Stop.DECLINES),
        (Load(network=0, email=0, declines=0, page=1), False, None),
        (Load(network=0, email=0, declines=0, page=1), True, Stop.USED),
    ],
)
def test_what_is_counted_decides(load: Load, challenged: bool, stop: Stop | None) -> None:
    assert stop_at(load, Limits(network=2, email=2, declines=2), challenged=challenged) is stop


@pytest.mark.parametrize(
    ("opened_pages", "declines", "burst", "answer"),
    [
        (59, 0, 60, False),
        (60, 0, 60, True),
        (0, 14, 60, False),
        (0, 15, 60, True),
        (900, 900, 0, False),
        (0, 1, 1, True),
    ],
)
def test_a_burst_is_many_pages_or_a_quarter_of_it_in_refused_cards(
    opened_pages: int, declines: int, burst: int, answer: bool
) -> None:
    assert is_burst(opened=opened_pages, declines=declines, burst=burst) is answer


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("12", True),
        (" 12 ", True),
        ("١٢", True),
        ("012", True),
        ("13", False),
        ("", False),
        ("twelve", False),
        ("1" * 50, False),
        ("-12", False),
        ("12.0", False),
        ("²", False),
    ],
)
def test_the_sum_is_read_in_digits_of_any_script(typed: str, right: bool) -> None:
    assert is_answer(typed, (5, 7)) is right


def test_questions_differ_and_only_the_secret_tells_them() -> None:
    pages = [uuid4() for _number in range(200)]
    asked = {question_of(page, b"secret") for page in pages}
    assert {number for pair in asked for number in pair} == set(range(1, 10))
    assert [question_of(page, b"secret") for page in pages] != [question_of(page, b"another") for page in pages]


@pytest.mark.django_db
def test_one_network_opens_so_many_pages_an_hour_and_again_later(now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_NETWORK = 3
    assert [let_in(now) for _time in range(4)] == ["", "", "", "too_many_from_network"]
    assert let_in(now, network="203.0.113.8") == ""
    assert let_in(now + timedelta(hours=1, seconds=1)) == ""


@pytest.mark.django_db
def test_one_address_opens_so_many_pages_from_whatever_network(now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_EMAIL = 2
    tries = [let_in(now, network=f"203.0.113.{n}", email=mail) for n, mail in enumerate((MAIL, MAIL.upper(), MAIL))]
    assert tries == ["", "", "too_many_with_email"]
    assert let_in(now, email="") == ""


@pytest.mark.django_db
def test_the_same_sending_counts_once(now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_NETWORK = 1
    key = uuid4()
    assert [let_in(now, key=key) for _time in range(3)] == ["", "", ""]
    assert let_in(now) == "too_many_from_network"


@pytest.mark.django_db
def test_refused_cards_stop_network_and_address_for_an_hour(now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_DECLINES = 2
    gift = make_gift(make_fund(now), now)
    assert let_in(now, key=gift.submission_key, email=MAIL) == ""
    note_decline(gift_id=gift.pk, at=now)
    note_decline(gift_id=gift.pk, at=now)  # the same refusal, told twice
    assert let_in(now, email=MAIL) == ""
    note_decline(gift_id=gift.pk, at=now + timedelta(seconds=1))
    later = now + timedelta(minutes=30)
    assert let_in(later) == "declined_too_often"
    assert let_in(later, network="198.51.100.1", email=MAIL) == "declined_too_often"
    assert let_in(later, network="198.51.100.1", email="other@example.com") == ""
    assert let_in(now + timedelta(hours=1, seconds=2)) == ""


@pytest.mark.django_db
def test_no_address_lies_in_the_table_and_marks_go_after_a_day(now: datetime) -> None:
    let_in(now, email=MAIL)
    [row] = CheckoutTry.objects.all()
    kept = " ".join(str(value) for value in vars(row).values())
    assert [part for part in (HERE, MAIL, "aigul") if part in kept] == []
    assert (len(row.network_mark), len(row.email_mark)) == (32, 32)
    assert forget_tries(now=now + timedelta(hours=23)) == 0
    assert forget_tries(now=now + timedelta(hours=25)) == 1


def test_many_at_once_are_counted_one_by_one(committed_db: str, now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_NETWORK = 3
    answers = at_once(lambda: let_in(now), 8)
    assert sorted(answers) == [""] * 3 + ["too_many_from_network"] * 5


@pytest.mark.django_db
def test_the_question_comes_with_a_burst_and_goes_again(now: datetime, settings: Settings) -> None:
    settings.GIFT_BURST = 4
    assert is_challenged(now=now) is False
    for number in range(4):
        let_in(now, network=f"203.0.113.{number}")
    assert is_challenged(now=now) is True
    assert is_challenged(now=now + timedelta(minutes=11)) is False
    settings.GIFT_CHALLENGE = "off"
    assert is_challenged(now=now) is False
    settings.GIFT_CHALLENGE = "on"
    assert is_challenged(now=now + timedelta(days=1)) is True


@pytest.mark.django_db
def test_one_answered_question_opens_one_page(now: datetime, settings: Settings) -> None:
    settings.GIFT_CHALLENGE = "on"
    page = uuid4()
    assert [let_in(now, page=page) for _time in range(2)] == ["", "question_used"]


def typed(page: bytes, **changes: str) -> dict[str, str]:
    """What a browser would send back of the form on this page, filled in."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.decode()))
    told = {"choice": "500000", "way": "card", "purpose": "fund", "donor_kind": "person", "donor_email": MAIL}
    return {**hidden, **told, **changes}


@pytest.mark.django_db
def test_whoever_answers_reaches_the_payment_page_and_whoever_does_not_is_asked_again(
    client: Client, stage: Stage, now: datetime, settings: Settings
) -> None:
    settings.GIFT_CHALLENGE = "on"
    make_fund(now)
    with time_machine.travel(now, tick=False) as clock:
        form = client.get("/en/give/temirtau/").content
        told = typed(form)
        first, second = numbers_of(UUID(told["submission"]))
        words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        assert f"How much is {words[first - 1]} plus {words[second - 1]}?" in text_of(form)
        at_once_sent = client.post("/en/give/temirtau/", {**told, "answer": str(first + second)})
        assert (at_once_sent.status_code, "too quickly" in text_of(at_once_sent.content)) == (422, True)
        clock.shift(timedelta(seconds=5))
        wrong = client.post("/en/give/temirtau/", {**told, "answer": "99"})
        assert (wrong.status_code, "This is not the answer." in text_of(wrong.content)) == (422, True)
        assert MAIL in wrong.content.decode()
        for cheat in ({"asked": "x"}, {"asked": ""}, {"submission": str(uuid4())}):
            refused = client.post("/en/give/temirtau/", {**told, "answer": str(first + second), **cheat})
            assert refused.status_code == 422
        assert Gift.objects.count() == 0
        right = client.post("/en/give/temirtau/", {**told, "answer": str(first + second)})
        assert (right.status_code, Gift.objects.count()) == (303, 1)
        other = client.post("/en/give/temirtau/", {**told, "answer": str(first + second), "choice": "1000000"})
        assert (other.status_code, "This form was sent already." in text_of(other.content)) == (429, True)


@pytest.mark.django_db
def test_the_limit_stands_without_the_cache(client: Client, stage: Stage, now: datetime, settings: Settings) -> None:
    settings.GIFT_LIMIT_NETWORK = 2
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"},
    }
    make_fund(now)
    statuses = []
    for _time in range(3):
        form = client.get("/en/give/temirtau/").content
        statuses.append(client.post("/en/give/temirtau/", typed(form)).status_code)
    assert statuses == [303, 303, 429]


@pytest.mark.django_db
def test_cards_that_stripe_refuses_are_counted_and_end_in_a_clear_sentence(
    client: Client, stage: Stage, now: datetime, settings: Settings
) -> None:
    settings.GIFT_LIMIT_DECLINES = 2
    make_fund(now)
    client.post("/en/give/temirtau/", typed(client.get("/en/give/temirtau/").content))
    [gift] = Gift.objects.all()
    gift, checkout = opened(gift)
    stage.pay(checkout, card=DECLINED)
    declines = [event for event in stage.events_of(gift) if event["type"] == "payment_intent.payment_failed"]
    for event in (*declines, *declines):
        stage.deliver(event)
    assert CheckoutTry.objects.get().declines == len(declines) == 1
    note_decline(gift_id=gift.pk, at=datetime.fromtimestamp(declines[0]["created"] + 5, tz=now.tzinfo))
    answer = client.post("/en/give/temirtau/", typed(client.get("/en/give/temirtau/").content))
    assert (answer.status_code, "Several cards were refused" in text_of(answer.content)) == (429, True)
    assert "A bank transfer is possible at any time." in text_of(answer.content)
