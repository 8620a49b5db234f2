"""The treasurer closes the books: sees the trial balance, confirms in words, and is refused in words."""

from datetime import date, datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from django.utils.translation import override

from common import clock
from common.clock import day_of
from common.errors import Forbidden
from funds.ledger.actions import close_period
from funds.ledger.models import Period
from funds.ledger.queries import closing_trial
from funds.ledger.rules import NotNow, proposed_end, why_not
from tests.ledger.books import code_of, gift, log_bodies
from tests.thread import Thread
from users.models import User
from users.states import Role

NBSP = "\N{NO-BREAK SPACE}"
DAY = date(2026, 11, 14)  # the gift of a funded project lies before it, the transfer to the bank after it


def words_of(answer: HttpResponseBase) -> str:
    assert isinstance(answer, HttpResponse)
    return " ".join(answer.content.decode().replace(NBSP, " ").split())


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (date(2026, 10, 31), NotNow.CLOSED),
        (date(2026, 10, 30), NotNow.CLOSED),
        (date(2026, 11, 1), None),
        (date(2026, 11, 21), None),
        (date(2026, 11, 22), NotNow.NOT_OVER),
        (date(2027, 1, 1), NotNow.NOT_OVER),
    ],
)
def test_which_day_can_be_closed(ends: date, why: NotNow | None) -> None:
    assert why_not(ends=ends, today=date(2026, 11, 22), closed_through=date(2026, 10, 31)) == why


@pytest.mark.parametrize(
    ("closed", "proposed"),
    [(date(1989, 12, 31), date(2026, 10, 31)), (date(2026, 10, 31), date(2026, 11, 21))],
)
def test_the_last_month_is_proposed_first(closed: date, proposed: date) -> None:
    assert proposed_end(today=date(2026, 11, 22), closed_through=closed) == proposed


@pytest.mark.django_db
class TestPage:
    @pytest.fixture
    def address(self, thread: Thread) -> str:
        thread.funded(1_000)
        return f"/en/ledger/{thread.town.slug}/close/"

    @pytest.fixture
    def treasurer(self, thread: Thread) -> Client:
        client = Client()
        client.force_login(thread.the(Role.TREASURER))
        return client

    def test_it_shows_the_trial_balance_of_the_day_and_asks(self, address: str, treasurer: Client) -> None:
        shown = words_of(treasurer.get(address, {"ends": DAY.isoformat()}))
        assert "It balances" in shown
        assert shown.count("1 000 ₸") == 6  # two accounts, two sums of the table, two of the sentence
        assert "Bank account" not in shown  # the transfer is dated a day later
        assert "Nothing can be dated on 14 November 2026 or before any more." in shown
        assert "This trial balance goes into the public log." in shown
        assert Period.objects.count() == 0

    def test_closing(self, thread: Thread, address: str, treasurer: Client, now: datetime) -> None:
        answer = treasurer.post(address, {"ends": DAY.isoformat(), "confirmed": "on"})
        trial = f"/en/ledger/{thread.town.slug}/trial/"
        assert (answer.status_code, answer["Location"]) == (302, trial)
        period = Period.objects.get()
        assert period.ends_date == DAY
        assert code_of(now, gift(thread.fund, 5, day=DAY)) == "period_closed"
        assert b'"ends":"2026-11-14"' in log_bodies(thread.town.slug)[period.log_index]
        public = words_of(Client().get(trial))
        assert "14 November 2026" in public
        assert f"Entry {period.log_index + 1} of the public log" in public
        proof = Client().get(f"/en/log/{thread.town.slug}/{period.log_index}/")
        assert proof.status_code in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}

    def test_the_trial_balance_page_changes_with_the_closing(
        self, thread: Thread, address: str, treasurer: Client
    ) -> None:
        trial = f"/en/ledger/{thread.town.slug}/trial/"
        before = Client().get(trial)["ETag"]
        assert Client().get(trial, headers={"if-none-match": before}).status_code == HTTPStatus.NOT_MODIFIED
        treasurer.post(address, {"ends": DAY.isoformat(), "confirmed": "on"})
        assert Client().get(trial, headers={"if-none-match": before}).status_code == HTTPStatus.OK

    def test_without_the_word_nothing_is_closed(self, address: str, treasurer: Client) -> None:
        answer = treasurer.post(address, {"ends": DAY.isoformat()})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        shown = words_of(answer)
        assert "Confirm that the books shall be closed for good." in shown
        assert 'value="2026-11-14"' in shown
        assert Period.objects.count() == 0

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("today", "This day is not over yet. Choose a day before today."),
            ("tomorrow", "This day is not over yet. Choose a day before today."),
            ("soon <b>", "This is not a day. Write it like 22.11.2026."),
            ("", "This field is required."),
        ],
    )
    def test_a_day_that_cannot_be_closed(self, address: str, treasurer: Client, typed: str, words: str) -> None:
        today = day_of(clock.now())
        day = {"today": today.isoformat(), "tomorrow": (today + timedelta(days=1)).isoformat()}.get(typed, typed)
        answer = treasurer.post(address, {"ends": day, "confirmed": "on"})
        assert (answer.status_code, words in words_of(answer)) == (422, True)
        assert "<b>" not in words_of(answer)
        if day:
            assert words in words_of(treasurer.get(f"{address}?ends={quote(day)}"))
        assert Period.objects.count() == 0

    @pytest.mark.parametrize("day", [DAY, DAY - timedelta(days=1)])
    def test_what_is_closed_already(self, address: str, treasurer: Client, day: date) -> None:
        treasurer.post(address, {"ends": DAY.isoformat(), "confirmed": "on"})
        answer = treasurer.post(address, {"ends": day.isoformat(), "confirmed": "on"})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "The books are closed already up to this day or a later one. Choose a later day." in words_of(answer)
        assert Period.objects.count() == 1

    def test_a_fund_without_lines(self, thread: Thread, treasurer: Client) -> None:
        address = f"/en/ledger/{thread.town.slug}/close/"
        assert "There is nothing to close before the first gift." in words_of(treasurer.get(address))
        yesterday = day_of(clock.now()) - timedelta(days=1)
        answer = treasurer.post(address, {"ends": yesterday.isoformat(), "confirmed": "on"})
        assert (answer.status_code, "Nothing is booked in this fund yet." in words_of(answer)) == (422, True)

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.CHAIR, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_nobody_else_closes(self, thread: Thread, address: str, role: Role) -> None:
        other: User = thread.somebody(role, everywhere=role in (Role.AUDITOR, Role.ADMINISTRATOR))
        client = Client()
        client.force_login(other)
        assert client.post(address, {"ends": DAY.isoformat(), "confirmed": "on"}).status_code == HTTPStatus.FORBIDDEN
        with override("en"), pytest.raises(Forbidden):
            close_period(actor=other, fund=thread.fund, ends=DAY, now=thread.now)
        assert Period.objects.count() == 0

    def test_a_visitor_is_asked_to_sign_in(self, address: str) -> None:
        answer = Client().post(address, {"ends": DAY.isoformat(), "confirmed": "on"})
        assert (answer.status_code, Period.objects.count()) == (302, 0)

    def test_the_desk_of_the_treasurer_leads_here(self, address: str, treasurer: Client) -> None:
        assert f'href="{address}"' in words_of(treasurer.get("/en/me/"))

    def test_the_balance_is_the_one_that_the_log_gets(self, thread: Thread, address: str, treasurer: Client) -> None:
        seen = {
            (line.book.code.value, line.book.earmark_id and str(line.book.earmark_id)): line.balance_minor
            for one in closing_trial(fund_id=thread.fund.pk, ends=DAY)
            for line in one.lines
        }
        treasurer.post(address, {"ends": DAY.isoformat(), "confirmed": "on"})
        body = log_bodies(thread.town.slug)[-1].decode()
        for (code, earmark), minor in seen.items():
            tail = f',"project":"{earmark}"' if earmark else ""
            assert f'{{"account":"{code}","balance":{minor},"currency":"KZT"{tail}}}' in body
        assert body.count('"account"') == len(seen) == 2
