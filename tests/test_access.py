"""Every address of the site for every role: allowed or refused, as the tables in tests/access/ say.

A new address without a row fails here, and so does a row whose address is gone.
"""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils.translation import override

from common import clock
from tests.addresses import DONOR, ROLES, ROWS, VISITOR, Row, address_of, patterns_of
from tests.things_of_the_town import person
from towns.models import Town
from users.actions import appoint
from users.models import User
from users.states import EVERYWHERE_ROLES, Role

SIGN_IN = "/en/account/"
REDIRECTS = range(300, 400)
ONLY_READ = str(HTTPStatus.METHOD_NOT_ALLOWED.value)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = [name for name, _pattern in patterns_of(get_resolver().url_patterns)]
    # The addresses of an ended log lead to the same views as those of the log that goes on.
    twice = {name for name in names if names.count(name) > 1}
    assert {name.partition(":")[0] for name in twice} <= {"transparency"}
    assert sorted(set(names)) == sorted(ROWS)


def _browser(role: str) -> Client:
    client = Client()
    if role != VISITOR:
        client.force_login(person(role))
    return client


def _ask(client: Client, method: str, address: str, data: dict[str, str] | None = None) -> HttpResponseBase:
    """One request whose writes are taken back."""
    with transaction.atomic():
        answer: HttpResponseBase = client.generic(method, address) if data is None else client.post(address, data)
        transaction.set_rollback(True)
    return answer


def _verdict(answer: HttpResponseBase) -> str:
    """allowed, refused, or what else came."""
    status = answer.status_code
    if status in REDIRECTS:
        return "sign-in" if answer["Location"].split("?")[0] == SIGN_IN else "allowed"
    if status == HTTPStatus.FORBIDDEN:
        return "refused"
    usual = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return "allowed" if status in usual else str(status)


def _expected(row: Row, role: str) -> str:
    if role in row.allowed:
        if row.leads_to_sign_in:
            return "sign-in"
        return str(row.status) if row.status else "allowed"
    return "sign-in" if role == VISITOR else "refused"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield
    cache.clear()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_an_address_answers_each_role_as_its_row_says(demo: Town, name: str) -> None:
    row = ROWS[name]
    address = address_of(row, demo)
    data = row.data if row.method == "POST" else None
    got = {role: _verdict(_ask(_browser(role), row.method, address, data)) for role in ROLES}
    assert got == {role: _expected(row, role) for role in ROLES}


GUARDED = sorted(name for name, row in ROWS.items() if row.allowed != frozenset(ROLES) and row.method == "GET")


@pytest.mark.parametrize("name", GUARDED)
def test_what_may_not_be_read_may_not_be_sent_either(demo: Town, name: str) -> None:
    row = ROWS[name]
    address = address_of(row, demo)
    shut = [role for role in ROLES if role not in row.allowed]
    got = {role: _verdict(_ask(_browser(role), "POST", address, {})) for role in shut}
    refusals = {role: {_expected(row, role), ONLY_READ} for role in shut}
    assert [role for role in shut if got[role] not in refusals[role]] == []


OF_ONE_TOWN = sorted(
    name
    for name, row in ROWS.items()
    # The card account is one for all towns, and so are its events.
    if row.object not in {"", "stripe_event"}
    and row.allowed - {*ROLES[:2], *EVERYWHERE_ROLES}
    and DONOR not in row.allowed
)


@pytest.mark.parametrize("name", OF_ONE_TOWN)
def test_a_role_in_another_town_opens_nothing_and_writes_nothing(demo: Town, name: str) -> None:
    row = ROWS[name]
    address = address_of(row, demo)
    elsewhere, moment = Town.objects.get(slug="ridder"), clock.now()
    read, sent, written = {}, {}, []
    for role in sorted(row.allowed):
        user = User.objects.create_user(f"{role}@ridder.example")
        day = clock.day_of(moment)
        appoint(actor=None, user=user, role=Role(role), town=elsewhere, starts_date=day, ends_date=None, now=moment)
        client = Client()
        client.force_login(user)
        if row.method == "GET":
            read[role] = _verdict(_ask(client, "GET", address))
        with CaptureQueriesContext(connection) as asked:
            sent[role] = _verdict(_ask(client, "POST", address, row.data))
        written += [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert read == dict.fromkeys(read, "refused")
    assert {role: got for role, got in sent.items() if got not in {"refused", ONLY_READ}} == {}
    assert written == []
