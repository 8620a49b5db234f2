"""The pages of bank lines: the treasurer explains, the auditor sees no name, nobody else anything."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funds.donations.models import Gift
from funds.donations.states import GiftState
from funds.ledger.models import Transaction
from funds.payments.models import BankLine
from tests.banking import a_line, an_account, announced
from tests.thread import Thread
from users.models import User
from users.states import Role

pytestmark = pytest.mark.django_db


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\xa0", " ").split())


def test_the_treasurer_accepts_what_is_suggested(thread: Thread) -> None:
    gift = announced(thread, donor_email="aigul@example.com")
    line = a_line(thread, "25000,00", f"Көмек {gift.reference_code}", name="Айгүл Серікқызы")
    client = entered(thread.the(Role.TREASURER))
    seen = text(client.get(f"/en/treasury/{thread.town.slug}/lines/"))
    assert ("Айгүл Серікқызы" in seen, "25 000 ₸" in seen) == (True, True)
    page = f"/en/treasury/line/{line.pk}/"
    asked = text(client.get(page))
    for words in ("sure", "Announced gift", "the reference code stands in the purpose", "the amount is the same"):
        assert words in asked
    done = client.post(page, {"what": "expected", "id": str(gift.pk)})
    assert (done.status_code, done["Location"]) == (302, page)
    gift.refresh_from_db()
    assert gift.state == GiftState.SUCCEEDED
    assert f"Line {Transaction.objects.get().seq} of the public ledger" in text(client.get(page))
    again = client.post(page, {"what": "suspense"})
    assert (again.status_code, "explained already" in text(again)) == (422, True)


def test_everything_sure_at_once(thread: Thread) -> None:
    gifts = [announced(thread, amount) for amount in (1000, 2000)]
    for gift in gifts:
        a_line(thread, f"{gift.amount_minor // 100},00", str(gift.reference_code))
    a_line(thread, "7,00")
    client = entered(thread.the(Role.TREASURER))
    done = client.post(f"/en/treasury/{thread.town.slug}/lines/accept/")
    assert (done.status_code, done["Location"]) == (302, f"/en/treasury/{thread.town.slug}/lines/")
    assert Gift.objects.filter(state=GiftState.SUCCEEDED).count() == 2
    assert BankLine.objects.filter(state="open").count() == 1


def test_a_gift_that_nobody_announced_through_the_form(thread: Thread) -> None:
    project = thread.project()
    line = a_line(thread, "5000,00")
    client, page = entered(thread.the(Role.TREASURER)), f"/en/treasury/line/{line.pk}/"
    nameless = client.post(page, {"what": "gift", "name_public": "on", "donor_kind": "person", "purpose": "fund"})
    assert (nameless.status_code, "Write the name" in text(nameless)) == (422, True)
    facts = {"what": "gift", "donor_name": "Нұрлан", "name_public": "on", "donor_kind": "person", "origin": "kz"}
    done = client.post(page, {**facts, "purpose": str(project.pk)})
    gift = Gift.objects.get()
    assert (done.status_code, gift.donor_name, gift.project_id, gift.origin) == (302, "Нұрлан", project.pk, "kz")


@pytest.mark.parametrize("what", ["deposit", "payout", "booked", "expected", "pledge", "aside", "open", "nonsense"])
def test_nonsense_writes_nothing_and_is_answered_in_words(thread: Thread, what: str) -> None:
    line = a_line(thread, "5,00")
    client = entered(thread.the(Role.TREASURER))
    answer = client.post(f"/en/treasury/line/{line.pk}/", {"what": what, "id": "0"})
    assert answer.status_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND, HTTPStatus.FOUND}
    assert (Transaction.objects.count(), BankLine.objects.get().state) == (0, "open")


def test_the_auditor_reads_no_names_and_writes_nothing(thread: Thread) -> None:
    gift = announced(thread)
    line = a_line(thread, "25000,00", "Тайна", name="Айгүл Серікқызы")
    client = entered(thread.the(Role.AUDITOR))
    pages = (f"{thread.town.slug}/lines/?show=all", f"line/{line.pk}/", f"{thread.town.slug}/expected/")
    for address in pages:
        seen = text(client.get(f"/en/treasury/{address}"))
        assert ("Айгүл" in seen, "Тайна" in seen, "25 000 ₸" in seen) == (False, False, True)
    refused = client.post(f"/en/treasury/line/{line.pk}/", {"what": "expected", "id": str(gift.pk)})
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_filters_and_pages(thread: Thread) -> None:
    first, second = an_account(thread), an_account(thread, bank_name="Kaspi Bank")
    a_line(thread, "1,00", account=first)
    a_line(thread, "2,00", account=second)
    client = entered(thread.the(Role.TREASURER))
    address = f"/en/treasury/{thread.town.slug}/lines/"
    client.post(f"/en/treasury/line/{BankLine.objects.get(account=first).pk}/", {"what": "suspense"})
    counts = {}
    for shown in ("open", "suspense", "matched", "aside", "all", "nonsense"):
        counts[shown] = client.get(f"{address}?show={shown}").content.decode().count('class="num"')
    assert counts == {"open": 2, "suspense": 2, "matched": 0, "aside": 0, "all": 3, "nonsense": 2}
    found = re.findall(r"line/([0-9a-f-]{36})/", client.get(f"{address}?show=all&account={first.pk}").content.decode())
    assert found == [str(BankLine.objects.get(account=first).pk)]
    assert client.get(f"{address}?after=nonsense&account=nonsense").status_code == HTTPStatus.OK


def test_lines_are_turned_page_by_page(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funds.donations.views.bank_lines.PAGE", 2)
    for amount in range(1, 6):
        a_line(thread, f"{amount},00")
    client = entered(thread.the(Role.TREASURER))
    address, found = f"/en/treasury/{thread.town.slug}/lines/", []
    query = ""
    for _page in range(3):
        page = client.get(address + query).content.decode()
        found += re.findall(r"treasury/line/([0-9a-f-]+)/", page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        query = after[1].replace("&amp;", "&") if after else ""
    assert (len(found), len(set(found)), query) == (5, 5, "")


@pytest.mark.parametrize("number", [1, 3])
def test_the_lists_ask_the_same_however_many_there_are(thread: Thread, number: int) -> None:
    for at in range(number):
        announced(thread, 100 + at)
        a_line(thread, f"{at + 1},00")
    client = entered(thread.the(Role.TREASURER))
    counted = {}
    for page in ("lines", "expected"):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"/en/treasury/{thread.town.slug}/{page}/").status_code == HTTPStatus.OK
        counted[page] = len(caught)
    assert counted == {"lines": 11, "expected": 6}
