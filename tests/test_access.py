"""Every address of the site for every role: allowed or refused, as the tables in tests/access/ say.

A new address without a row fails here, and so does a row whose address is gone.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override

from common import clock
from common.ids import random_id
from councils.meetings.models import Decision
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from councils.surveys.models import Wave
from funds.donations.models import Gift
from funds.ledger.models import Transaction
from funds.projects.models import Project
from funds.spending.actions import record_payment
from funds.spending.models import Request
from portal.demo.papers import street_at_night
from portal.demo.people import BY_KEY
from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import EVERYWHERE_ROLES, Role

TABLES = Path(__file__).parent / "access"
VISITOR, DONOR = "visitor", "donor"
ROLES = (VISITOR, DONOR, *(role.value for role in Role))
SIGN_IN = "/en/account/"
REDIRECTS = range(300, 400)


@dataclass(frozen=True)
class Row:
    """What a table says about one address."""

    name: str
    allowed: frozenset[str]
    object: str = ""
    method: str = "GET"
    query: str = ""
    number: int = 0
    data: dict[str, str] = field(default_factory=dict)
    status: int = 0  # the one answer that allowed people get, where it is none of the usual ones
    leads_to_sign_in: bool = False  # the address exists to lead there


def _row(name: str, told: dict[str, Any]) -> Row:
    whole = {"public": frozenset(ROLES), "signed_in": frozenset(ROLES) - {VISITOR}}
    [key] = {"public", "signed_in", "allowed"} & told.keys()
    allowed = whole.get(key) or frozenset(told["allowed"])
    assert allowed <= frozenset(ROLES), f"{name}: unknown roles"
    return Row(name=name, allowed=allowed, **{k: v for k, v in told.items() if k != key})


def _rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for file in sorted(TABLES.glob("*.toml")):
        for name, told in tomllib.loads(file.read_text()).items():
            assert name not in found, f"{name} stands in two tables"
            found[name] = _row(name, told)
    return found


ROWS = _rows()


def _patterns(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _patterns(one.url_patterns, inner)
        else:
            yield f"{namespace}{one.name}", one


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = [name for name, _pattern in _patterns(get_resolver().url_patterns)]
    assert sorted(names) == sorted(set(names))
    assert sorted(names) == sorted(ROWS)


def _photographed_need(town: Town) -> Need:
    """The demo needs have no photo: this one has, and the council has accepted it."""
    moment = clock.now()
    need = file_need(
        town=town,
        text="The bridge has no railing.",
        page_language="en",
        category=Category.ROADS,
        quarter="",
        photo=street_at_night(),
        author=None,
        helper=None,
        submission=random_id(),
        now=moment - timedelta(days=2),
    )
    return accept_need(actor=_person("chair"), need=need, now=moment - timedelta(days=1))


def _paid(town: Town) -> Request:
    moment = clock.now()
    record_payment(
        actor=_person("treasurer"),
        request=_request("approved", town),
        paid_date=clock.day_of(moment),
        bank_reference="PO-1",
        now=moment,
    )
    return _request("paid", town)


def _request(state: str, town: Town) -> Request:
    return Request.objects.get(project__fund__town=town, state=state)


def _person(key: str) -> User:
    return User.objects.get(email=BY_KEY[key].email)


OBJECTS: dict[str, Callable[[Town], Model]] = {
    "town": lambda town: town,
    "need": _photographed_need,
    "decision": lambda town: Decision.objects.filter(council__town=town, project__isnull=False)[0],
    "decision_without_project": lambda town: Decision.objects.get(council__town=town, project__isnull=True),
    "project": lambda town: Project.objects.filter(fund__town=town)[0],
    "gift": lambda town: Gift.objects.filter(fund__town=town)[0],
    "transaction": lambda town: Transaction.objects.filter(fund__town=town)[0],
    "wave": lambda town: Wave.objects.get(town=town, state="open"),
    "closed_wave": lambda town: Wave.objects.get(town=town, state="closed"),
    "appointment": lambda town: Appointment.objects.get(town=town, user=_person("helper")),
    "request": partial(_request, "submitted"),
    "approved_request": partial(_request, "approved"),
    "paid_request": _paid,
    "published_request": partial(_request, "published"),
}


PARAMETERS: dict[str, type[Model]] = {
    "need_id": Need,
    "decision_id": Decision,
    "project_id": Project,
    "request_id": Request,
    "wave_id": Wave,
    "appointment_id": Appointment,
}


def _address(row: Row, pattern: URLPattern, town: Town) -> str:
    thing = OBJECTS[row.object](town) if row.object else None
    kwargs: dict[str, object] = {}
    for name in pattern.pattern.converters:
        if name == "slug":
            kwargs[name] = town.slug
        elif name == "number":
            kwargs[name] = row.number
        elif name.endswith("_id"):
            assert isinstance(thing, PARAMETERS[name])
            kwargs[name] = thing.pk
        else:
            kwargs[name] = getattr(thing, name)
    return reverse(row.name, kwargs=kwargs) + (f"?town={town.slug}" if row.query == "town" else "")


PATTERNS = dict(_patterns(get_resolver().url_patterns))


def _browser(role: str) -> Client:
    client = Client()
    if role != VISITOR:
        client.force_login(_person(role))
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
    address = _address(row, PATTERNS[name], demo)
    data = row.data if row.method == "POST" else None
    got = {role: _verdict(_ask(_browser(role), row.method, address, data)) for role in ROLES}
    assert got == {role: _expected(row, role) for role in ROLES}


GUARDED = sorted(name for name, row in ROWS.items() if row.allowed != frozenset(ROLES) and row.method == "GET")


@pytest.mark.parametrize("name", GUARDED)
def test_what_may_not_be_read_may_not_be_sent_either(demo: Town, name: str) -> None:
    row = ROWS[name]
    address = _address(row, PATTERNS[name], demo)
    shut = [role for role in ROLES if role not in row.allowed]
    got = {role: _verdict(_ask(_browser(role), "POST", address, {})) for role in shut}
    refusals = {role: {_expected(row, role), str(HTTPStatus.METHOD_NOT_ALLOWED.value)} for role in shut}
    assert [role for role in shut if got[role] not in refusals[role]] == []


OF_ONE_TOWN = sorted(
    name
    for name, row in ROWS.items()
    if row.object and row.allowed - {*ROLES[:2], *EVERYWHERE_ROLES} and name in GUARDED
)


@pytest.mark.parametrize("name", OF_ONE_TOWN)
def test_a_role_in_another_town_opens_nothing(demo: Town, name: str) -> None:
    row = ROWS[name]
    if DONOR in row.allowed:
        return  # open to whoever has signed in: roles do not matter
    address = _address(row, PATTERNS[name], demo)
    elsewhere, moment = Town.objects.get(slug="ridder"), clock.now()
    got = {}
    for role in sorted(row.allowed):
        user = User.objects.create_user(f"{role}@ridder.example")
        day = clock.day_of(moment)
        appoint(actor=None, user=user, role=Role(role), town=elsewhere, starts_date=day, ends_date=None, now=moment)
        client = Client()
        client.force_login(user)
        got[role] = _verdict(_ask(client, "GET", address))
    assert got == dict.fromkeys(sorted(row.allowed), "refused")
