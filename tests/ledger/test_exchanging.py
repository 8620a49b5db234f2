"""Exchanges are booked at the two sums that really moved, and what was given for a project stays its money."""

from datetime import date, timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import Client

from common.clock import day_of
from funds.ledger.models import Transaction
from funds.ledger.states import Kind
from tests.ledger.books import amounts
from tests.ledger.test_corrections import signed_in, words_of
from tests.thread import Thread
from users.states import Role

pytestmark = pytest.mark.django_db


def exchange(**change: str) -> dict[str, str]:
    facts = {
        "source": "stripe:EUR",
        "given": "100",
        "got_code": "bank",
        "got_currency": "KZT",
        "got": "56 321,50",
        "purpose": "",
        "day": "2026-11-20",
        "memo": "FX-1",
        "submission": str(uuid4()),
    }
    return facts | change


class TestExchanging:
    @pytest.fixture
    def address(self, thread: Thread) -> str:
        return f"/en/ledger/{thread.town.slug}/exchange/"

    def test_a_project_keeps_its_money_in_the_new_currency(self, thread: Thread, address: str) -> None:
        project = thread.project()
        thread.gift(project, 150, "EUR")
        treasurer, sent = signed_in(thread.the(Role.TREASURER)), exchange(purpose=str(project.pk))
        preview = words_of(treasurer.post(address, sent))
        assert "1 EUR = 563.2150 KZT" in preview
        assert "Bank account 56 321,50 ₸ 56 321,50 ₸" in preview
        assert "Lamps 50 € 50 €" in preview
        assert "Lamps 56 321,50 ₸ 56 321,50 ₸" in preview
        assert Transaction.objects.count() == 1
        for _twice in range(2):
            answer = treasurer.post(address, sent | {"step": "book"})
            assert (answer.status_code, answer["Location"]) == (302, f"/en/ledger/{thread.town.slug}/2/")
        assert Transaction.objects.get(seq=2).effective_date == date(2026, 11, 20)
        assert amounts(thread.fund) == {
            ("stripe", "EUR", None): 50_00,
            ("gifts", "EUR", project.pk): -150_00,
            ("moved", "EUR", project.pk): 100_00,
            ("bank", "KZT", None): 56_321_50,
            ("moved", "KZT", project.pk): -56_321_50,
        }
        assert thread.paid(project, 56_321).state == "paid"
        shown = words_of(Client().get(f"/en/ledger/{thread.town.slug}/map/?currency=EUR"))
        assert "Currency exchange" in shown
        assert "Refund" not in shown

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"given": "150,01"}, "That account does not hold so much."),
            ({"given": "120"}, "So much is not free for this purpose in this currency."),
            ({"got_currency": "EUR"}, "Choose another currency: this one was given."),
            ({"got_currency": "JPY", "got": "10,5"}, "This currency has fewer decimals."),
            ({"day": "2099-01-01"}, "The day cannot lie in the future."),
            ({"day": "soon"}, "This is not a day."),
            ({"day": ""}, "This field is required."),
            ({"given": "0"}, "greater than or equal to 0.01"),
            ({"source": "bank:EUR"}, "is not one of the available choices"),
            ({"memo": "FX\u202e1"}, "cannot be seen"),
        ],
    )
    def test_refusals(self, thread: Thread, address: str, change: dict[str, str], words: str) -> None:
        thread.gift(thread.project(), 50, "EUR")
        thread.gift(None, 100, "EUR")
        before = Transaction.objects.count()
        answer = signed_in(thread.the(Role.TREASURER)).post(address, exchange(**change) | {"step": "book"})
        assert (answer.status_code, words in words_of(answer)) == (422, True)
        assert Transaction.objects.count() == before

    def test_the_same_form_with_another_sum(self, thread: Thread, address: str) -> None:
        thread.gift(None, 150, "EUR")
        treasurer, sent = signed_in(thread.the(Role.TREASURER)), exchange() | {"step": "book"}
        treasurer.post(address, sent)
        assert "sent before with other facts" in words_of(treasurer.post(address, sent | {"got": "1"}))
        assert Transaction.objects.filter(kind=Kind.EXCHANGE).count() == 1

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.CHAIR, Role.ADMINISTRATOR])
    def test_nobody_else_exchanges(self, thread: Thread, address: str, role: Role) -> None:
        thread.gift(None, 150, "EUR")
        other = thread.somebody(role, everywhere=role == Role.ADMINISTRATOR)
        assert signed_in(other).post(address, exchange() | {"step": "book"}).status_code == HTTPStatus.FORBIDDEN
        assert Transaction.objects.filter(kind=Kind.EXCHANGE).count() == 0

    def test_a_closed_period(self, thread: Thread, address: str) -> None:
        thread.gift(None, 150, "EUR")
        treasurer = signed_in(thread.the(Role.TREASURER))
        yesterday = day_of(thread.now) - timedelta(days=1)
        treasurer.post(f"/en/ledger/{thread.town.slug}/close/", {"ends": yesterday.isoformat(), "confirmed": "on"})
        answer = treasurer.post(address, exchange())
        assert "The books of that period are closed. Choose a later date." in words_of(answer)
