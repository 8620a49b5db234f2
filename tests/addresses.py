"""Every address of the site with the row that the tables in tests/access/ give it, and an object to fill it with.

`address_of` names a real object of the demo world; what the demo lacks is made on the spot.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from common import clock
from common.ids import random_id
from common.money import Money
from common.uploads import Document
from councils.meetings.actions import publish_minutes
from councils.meetings.models import Decision, Minutes
from councils.members.queries import voting_members
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from councils.surveys.models import Wave
from funds.donations.actions.cash import confirm_count, record_count
from funds.donations.actions.matching import pledge
from funds.donations.actions.refunds import ask_for_refund
from funds.donations.models import CashCount, ForeignNotice, Gift, MonthlyGift, Pledge, Refund, Screening
from funds.donations.queries import token_of
from funds.ledger.actions import ask_for_correction
from funds.ledger.models import Correction, Fund, Transaction
from funds.payments.actions import receive_event
from funds.payments.actions.accounts import open_account
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount, BankLine, StripeEvent
from funds.payments.rules import Event
from funds.payments.statements import Table, guessed, open_file
from funds.payments.states import AccountKind, EventState
from funds.projects.actions import make_offer
from funds.projects.models import Offer, Project
from funds.projects.states import OfferKind
from funds.reports.actions import reconcile
from funds.spending.actions import record_payment
from funds.spending.models import Request
from portal.demo.papers import street_at_night
from portal.demo.people import BY_KEY
from towns.models import Town
from transparency.actions import append, integrate
from transparency.states import Kind as LogKind
from users.models import Appointment, User
from users.states import Role

TABLES = Path(__file__).parent / "access"
VISITOR, DONOR = "visitor", "donor"
ROLES = (VISITOR, DONOR, *(role.value for role in Role))


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
    fill: dict[str, str] = field(default_factory=dict)  # parts of the address that no object has
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


def patterns_of(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below these, under its full name, such as `needs:detail`."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from patterns_of(one.url_patterns, inner)
        else:
            yield f"{namespace}{one.name}", one


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
    return accept_need(actor=person("chair"), need=need, now=moment - timedelta(days=1))


def _paid(town: Town) -> Request:
    moment = clock.now()
    record_payment(
        actor=person("treasurer"),
        request=_request("approved", town),
        paid_date=clock.day_of(moment),
        bank_reference="PO-1",
        now=moment,
    )
    return _request("paid", town)


def _request(state: str, town: Town) -> Request:
    return Request.objects.get(project__fund__town=town, state=state)


def _signed_log(town: Town) -> Town:
    """The town's log has entries, and all of them are signed."""
    with transaction.atomic():
        append(slug=town.slug, kind=LogKind.MINUTES, body={}, now=clock.now())
    integrate(slug=town.slug, now=clock.now())
    return town


def _minutes(town: Town) -> Minutes:
    """The minutes of today, when the council had nothing to decide."""
    moment = clock.now()
    today = clock.day_of(moment)
    there = {one.appointment_id: True for one in voting_members(town=town, on=today)}
    return publish_minutes(
        actor=person("secretary"),
        town=town,
        sitting_date=today,
        text="The council heard the akimat's report.",
        language="en",
        present=there,
        submission=random_id(),
        now=moment,
    )


def _correction(town: Town) -> Correction:
    """A transfer to the bank account that the treasurer asks to reverse."""
    line = Transaction.objects.filter(fund__town=town, kind="payout")[0]
    wished = Correction(id=random_id(), fund=line.fund, kind="reversal", reason="Booked twice", reverses=line)
    return ask_for_correction(actor=person("treasurer"), correction=wished, now=clock.now())


def _foreign_notice(town: Town) -> ForeignNotice:
    """A gift that the register holds."""
    gift, day = Gift.objects.filter(fund__town=town)[0], clock.day_of(clock.now())
    return ForeignNotice.objects.create(gift=gift, received_date=day, due_date=day)


def _screening(town: Town) -> Screening:
    """A gift that a list points at."""
    gift = Gift.objects.filter(fund__town=town)[0]
    return Screening.objects.create(gift=gift, verdict="hit", found="line 1", screened_at=clock.now())


def person(key: str) -> User:
    return User.objects.get(email=BY_KEY[key].email)


def _offer(town: Town) -> Offer:
    return make_offer(
        fund=Fund.objects.get(town=town),
        project=None,
        kind=OfferKind.SKILL,
        title="Two days of an electrician",
        text="I can mend lamps.",
        available_through=None,
        giver_name="",
        giver_email="giver@example.com",
        name_public=False,
        language="en",
        giver=None,
        submission_key=random_id(),
        now=clock.now(),
    )


def _pledge(town: Town) -> Pledge:
    """The enterprise doubles gifts for a month."""
    today = clock.day_of(clock.now())
    return pledge(
        actor=person("enterprise"),
        fund=Fund.objects.get(town=town),
        project=None,
        enterprise="Steel works",
        enterprise_bin="991240000013",
        percent=100,
        cap=Money(1_000_000_00, "KZT"),
        starts_date=today,
        ends_date=today + timedelta(days=30),
        now=clock.now(),
    )


def _monthly(town: Town) -> MonthlyGift:
    """A monthly gift that runs and whose card nobody can change: Stripe is not asked about it."""
    return MonthlyGift.objects.create(
        submission_key=random_id(),
        fund=Fund.objects.get(town=town),
        amount_minor=10_00,
        currency="EUR",
        donor_email="monthly@example.com",
        language="en",
        state="active",
        created_at=clock.now(),
        subscription=f"sub_{random_id().hex}",
    )


def _bank_account(town: Town) -> BankAccount:
    """A Kaspi account of the fund that nobody has imported for."""
    return open_account(
        actor=person("treasurer"),
        fund=Fund.objects.get(town=town),
        kind=AccountKind.KASPI,
        bank_name="Kaspi Bank",
        holder="Tests",
        number=f"KZ{random_id().int % 10**18:018d}",
        bic="",
        currency="KZT",
        public=False,
        now=clock.now(),
    )


def _bank_line(town: Town) -> BankLine:
    data = b"date;amount;purpose\n01.11.2026;100,00;Help\n"
    opened = open_file(data)
    assert isinstance(opened, Table)
    statement = import_statement(
        actor=person("treasurer"),
        account=_bank_account(town),
        data=data,
        file_name="statement.csv",
        columns=guessed(opened.rows),
        now=clock.now(),
    )
    return statement.lines.get()


def _cash_count(town: Town) -> CashCount:
    """A box that one council member has counted."""
    photo = street_at_night()
    return record_count(
        actor=person("councillor3"),
        fund=Fund.objects.get(town=town),
        project=None,
        amount=Money(1_000_00, "KZT"),
        counted_date=clock.day_of(clock.now()),
        place="Market",
        slip=Document(photo.bytes, "image/jpeg", hashlib.sha256(photo.bytes).hexdigest(), "slip.jpg"),
        now=clock.now(),
    )


def _answered_cash_count(town: Town) -> CashCount:
    count = _cash_count(town)
    return confirm_count(actor=person("approver2"), count_id=count.pk, amount=Money(1_000_00, "KZT"), now=clock.now())


def _refund(town: Town) -> Refund:
    """A named gift that the treasurer wishes to give back in part; an approver has not answered."""
    gift = Gift.objects.filter(fund__town=town, state="succeeded", name_public=True)[0]
    return ask_for_refund(
        actor=person("treasurer"),
        gift_id=gift.pk,
        amount=Money(100, gift.currency),
        reason="Given twice",
        submission=uuid4(),
        now=clock.now(),
    )


def _stripe_event(town: Town) -> StripeEvent:
    """An event that failed."""
    event = Event(f"evt_{uuid4().hex}", "charge.updated", "ch_1", "charge", "pi_1", 1, "")
    receive_event(event=event, now=clock.now())
    stored = StripeEvent.objects.get(event_id=event.id)
    stored.state, stored.error = EventState.FAILED, "Stripe did not answer"
    stored.save(update_fields=["state", "error"])
    return stored


OBJECTS: dict[str, Callable[[Town], Model]] = {
    "town": lambda town: town,
    "log": _signed_log,
    "need": _photographed_need,
    "decision": lambda town: Decision.objects.filter(council__town=town, project__isnull=False)[0],
    "decision_without_project": lambda town: Decision.objects.get(council__town=town, project__isnull=True),
    "project": lambda town: Project.objects.filter(fund__town=town)[0],
    "monthly": _monthly,
    "foreign_notice": _foreign_notice,
    "screening": _screening,
    "gift": lambda town: Gift.objects.filter(fund__town=town)[0],
    "transaction": lambda town: Transaction.objects.filter(fund__town=town)[0],
    "wave": lambda town: Wave.objects.get(town=town, state="open"),
    "closed_wave": lambda town: Wave.objects.get(town=town, state="closed"),
    "appointment": lambda town: Appointment.objects.get(town=town, user=person("helper")),
    "request": partial(_request, "submitted"),
    "approved_request": partial(_request, "approved"),
    "paid_request": _paid,
    "correction": _correction,
    "minutes": _minutes,
    "offer": _offer,
    "pledge": _pledge,
    "reconciliation": lambda town: reconcile(now=clock.now()),
    "published_request": partial(_request, "published"),
    "bank_account": _bank_account,
    "bank_line": _bank_line,
    "cash_count": _cash_count,
    "answered_cash_count": _answered_cash_count,
    "refund": _refund,
    "stripe_event": _stripe_event,
}


PARAMETERS: dict[str, type[Model]] = {
    "need_id": Need,
    "decision_id": Decision,
    "notice_id": ForeignNotice,
    "screening_id": Screening,
    "project_id": Project,
    "offer_id": Offer,
    "pledge_id": Pledge,
    "request_id": Request,
    "correction_id": Correction,
    "minutes_id": Minutes,
    "wave_id": Wave,
    "appointment_id": Appointment,
    "account_id": BankAccount,
    "line_id": BankLine,
    "count_id": CashCount,
    "gift_id": Gift,
    "refund_id": Refund,
    "event_id": StripeEvent,
}


def address_of(row: Row, town: Town) -> str:
    """The address of a row's page for its object in the demo town, in the language that is active."""
    thing = OBJECTS[row.object](town) if row.object else None
    kwargs: dict[str, object] = {}
    for name in PATTERNS[row.name].pattern.converters:
        if name == "slug":
            kwargs[name] = town.slug
        elif name in row.fill:
            kwargs[name] = row.fill[name]
        elif name == "number":
            kwargs[name] = row.number
        elif name == "token" and isinstance(thing, MonthlyGift):
            kwargs[name] = token_of(thing)
        elif name.endswith("_id"):
            assert isinstance(thing, PARAMETERS[name])
            kwargs[name] = thing.pk
        else:
            kwargs[name] = getattr(thing, name)
    return reverse(row.name, kwargs=kwargs) + (f"?town={town.slug}" if row.query == "town" else "")


PATTERNS = dict(patterns_of(get_resolver().url_patterns))
