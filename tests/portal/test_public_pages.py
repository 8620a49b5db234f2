"""The contract of public pages: the same for every reader, cacheable, cheap to ask again, and new after every write."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from audit.actions import record
from common import clock
from common.money import Money
from funds.donations.actions import settle_gift, start_gift
from funds.ledger.models import Fund
from funds.payments.rules import Payment, PaymentStatus
from tests.addresses import DONOR, ROWS, VISITOR, address_of
from tests.things_of_the_town import person
from tests.thread import Thread
from towns.models import Town

ROOMS = {"portal", "towns", "ledger", "projects", "spending", "needs", "meetings", "indicators", "reports"}
# Public too, but written for one reader: forms to send, what a secret code opens, a photo that its author sees first,
# how far an archive is.
FOR_ONE_READER = {
    "indicators:archive",
    "indicators:export",
    "indicators:export_file",
    "needs:file",
    "needs:follow",
    "needs:ticket",
    "needs:photo",
    "portal:check",
    "projects:follow",
    "projects:offer_new",
}
# The demo's surveys have indicators, so they have no such file (tests/indicators/test_plain_tables.py has one).
NOT_IN_THE_DEMO = {"indicators:answers"}
# One leads on to the page that checks it, two want to be told which account.
LEAD_ON = {"portal:proof", "ledger:account_csv", "ledger:account_xlsx"}
PAGES = sorted(
    name
    for name, row in ROWS.items()
    if name.split(":")[0] in ROOMS
    and VISITOR in row.allowed
    and row.method == "GET"
    and name not in FOR_ONE_READER | NOT_IN_THE_DEMO | LEAD_ON
)
# Their words change with the build alone.
WITHOUT_DATA = {"portal:how", "portal:openapi"}
# The ledger's pages hang on the ledger alone: many writes of a town do not make them new.
OF_THE_LEDGER = {
    "ledger:fund",
    "ledger:transaction",
    "ledger:csv",
    "ledger:json",
    "ledger:account",
    "ledger:map",
    "ledger:trial",
}
OF_ALL_TOWNS = {
    "indicators:catalogue",
    "indicators:compare",
    "indicators:map",
    "indicators:town",
    "portal:association",
    "portal:home",
    "portal:priorities_of_towns",
    "projects:copy",
    "towns:list",
    "reports:reconciliation",
    "reports:run",
}
OF_THE_LOG = {"portal:verify", "portal:explain", "portal:log", "portal:proof_qr"}


def body(answer: HttpResponseBase) -> bytes:
    if isinstance(answer, StreamingHttpResponse) or answer.streaming:
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return bytes(answer.content)  # type: ignore[attr-defined]


def get(address: str, client: Client | None = None, **headers: str) -> HttpResponseBase:
    answer: HttpResponseBase = (client or Client()).get(address, headers=headers)
    return answer


@pytest.mark.parametrize("name", PAGES)
def test_a_public_page_is_every_readers_page(demo: Town, name: str) -> None:
    # Files say the second at which they were written: both readers ask in the same one.
    with time_machine.travel(clock.now(), tick=False):
        address = address_of(ROWS[name], demo)
        answer = get(address)
        assert answer.status_code == HTTPStatus.OK
        assert answer.cookies == {}
        vary = {part.strip().lower() for part in answer.headers.get("Vary", "").split(",")}
        assert vary <= {"", "accept-encoding"}
        assert answer["ETag"].startswith('"')
        page = body(answer)
        told = {part.strip() for part in answer["Cache-Control"].split(",")}
        assert told == {"public", "max-age=0", "s-maxage=5", "must-revalidate"}
        known = Client()
        known.force_login(person("treasurer"))
        same = get(address, known)
        assert (same["ETag"], same.cookies, same.headers.get("Vary")) == (
            answer["ETag"],
            {},
            answer.headers.get("Vary"),
        )
        assert body(same) == page


@pytest.mark.parametrize("name", PAGES)
def test_whoever_has_the_page_gets_a_short_answer(demo: Town, name: str) -> None:
    address = address_of(ROWS[name], demo)
    etag = get(address)["ETag"]
    known = Client()
    known.force_login(person(DONOR))
    for client in (Client(), known):
        for header in (etag, f"W/{etag}", f'"other", {etag}'):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = get(address, client, if_none_match=header)
            assert (answer.status_code, body(answer), answer["ETag"]) == (304, b"", etag)
            assert answer.cookies == {}
            assert "public" in answer["Cache-Control"]
            assert len(queries) == (0 if name in WITHOUT_DATA else 1)
    for unknown in ('"other"', "*", "nonsense", ""):
        assert get(address, if_none_match=unknown).status_code == HTTPStatus.OK


@pytest.mark.parametrize("name", PAGES)
def test_only_reading_is_possible(demo: Town, name: str) -> None:
    address, client = address_of(ROWS[name], demo), Client()
    assert client.post(address).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    head = client.head(address)
    assert (head.status_code, head["ETag"]) == (HTTPStatus.OK, get(address)["ETag"])


@pytest.mark.parametrize("name", sorted(set(PAGES) - WITHOUT_DATA - OF_THE_LEDGER - OF_THE_LOG))
def test_every_write_of_the_town_makes_the_page_new(demo: Town, name: str) -> None:
    address = address_of(ROWS[name], demo)
    seen = [get(address)["ETag"]]
    for slug in (demo.slug, ""):
        record(now=clock.now(), actor_id=None, town_slug=slug, action="x", object_type="x", object_id=uuid4())
        seen.append(get(address)["ETag"])
    assert len(set(seen)) == 3
    record(now=clock.now(), actor_id=None, town_slug="ridder", action="x", object_type="x", object_id=uuid4())
    elsewhere = get(address)["ETag"]
    assert (elsewhere != seen[-1]) is (name in OF_ALL_TOWNS)


def gift(fund: Fund) -> None:
    begun = start_gift(
        fund=fund,
        project=None,
        amount=Money(5_000_00, "KZT"),
        donor_name="Marat",
        donor_email="",
        name_public=True,
        message="",
        tie_to_town="",
        language="en",
        donor=None,
        submission_key=uuid4(),
        now=clock.now(),
    )
    paid = Payment(
        id=f"pi_{begun.pk.hex}",
        reference=begun.pk,
        status=PaymentStatus.SUCCEEDED,
        amount=Money(5_000_00, "KZT"),
        charge_id=f"ch_{begun.pk.hex}",
        paid_at=clock.now(),
    )
    settle_gift(gift_id=begun.pk, payment=paid, now=clock.now())


@pytest.mark.parametrize("name", sorted(OF_THE_LEDGER | {"portal:home", "portal:town", "portal:chain"}))
def test_a_gift_makes_the_page_new(demo: Town, name: str) -> None:
    address = address_of(ROWS[name], demo)
    before = get(address)["ETag"]
    gift(Fund.objects.get(town=demo))
    assert get(address)["ETag"] != before


@pytest.mark.parametrize("name", PAGES)
def test_each_language_and_each_query_has_its_own_tag(demo: Town, name: str) -> None:
    row, tags = ROWS[name], []
    address = address_of(row, demo)
    rest = address.removeprefix("/en")
    for language in ("kk", "ru", "de", "en"):
        with override(language):
            answer = get(f"/{language}{rest}")
        tags.append(answer["ETag"])
        if "html" in answer["Content-Type"]:
            page = body(answer).decode()
            assert f'<html lang="{language}">' in page
            for other in ("kk", "ru", "de", "en"):
                assert f'href="/{other}{rest}"' in page
    tags.append(get(f"{address}?x=1")["ETag"])
    assert len(set(tags)) == 5


def test_a_tag_lives_for_a_day(demo: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms and deadlines turn at midnight in Kazakhstan, without any write."""
    before = get("/en/")["ETag"]
    monkeypatch.setattr("common.http.day_of", lambda _moment: clock.now().date().replace(year=2000))
    assert get("/en/")["ETag"] != before


Build = Callable[[Thread, int], str]


def _town(thread: Thread, number: int) -> str:
    for _ in range(number):
        project = thread.project()
        thread.gift(project, 1_000)
    return f"/en/towns/{thread.town.slug}/"


def _home(thread: Thread, number: int) -> str:
    for _ in range(number):
        thread.published()
    return "/en/"


def _chain(thread: Thread, number: int) -> str:
    project = thread.project()
    for index in range(number):
        thread.gift(project, 500_000, name=f"Giver {index}")
        thread.payout(500_000)
        thread.published(project)
    return f"/en/chain/{project.decision.need_id}/"


def _ledger(thread: Thread, number: int) -> str:
    for _ in range(number):
        thread.gift(None, 1_000)
    return f"/en/ledger/{thread.town.slug}/"


def _transaction(thread: Thread, number: int) -> str:
    return f"{_ledger(thread, number)}{number}/"


def _projects(thread: Thread, number: int) -> str:
    _town(thread, number)
    return f"/en/projects/{thread.town.slug}/"


def _spending(thread: Thread, number: int) -> str:
    for _ in range(number):
        thread.published()
    return f"/en/spending/{thread.town.slug}/"


@pytest.mark.django_db
@pytest.mark.parametrize("build", [_home, _town, _chain, _ledger, _transaction, _projects, _spending])
def test_a_longer_page_asks_no_more_of_the_database(thread: Thread, build: Build) -> None:
    counts = []
    for more in (1, 2):
        address = build(thread, more)
        get(address)
        with CaptureQueriesContext(connection) as queries:
            answer = get(address)
            body(answer)
        assert answer.status_code == HTTPStatus.OK
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_the_demo_pages_stay_below_twelve_queries(demo: Town) -> None:
    asked = {}
    for name in PAGES:
        address = address_of(ROWS[name], demo)
        body(get(address))  # the first reader of a process loads the reference data of a town too
        with CaptureQueriesContext(connection) as queries:
            body(get(address))
        asked[name] = len(queries)
    assert {name: number for name, number in asked.items() if number > 12} == {}
