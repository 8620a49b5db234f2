"""Things of a town and its council that the demo world lacks, made by the same actions; and who is who there."""

from datetime import timedelta

from django.db import transaction

from common import clock
from common.ids import random_id
from councils.meetings.actions import publish_minutes
from councils.meetings.models import Minutes
from councils.members.queries import voting_members
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from councils.surveys.actions.devices import add_device
from councils.surveys.models import HelperDevice
from funds.ledger.actions import ask_for_correction
from funds.ledger.models import Correction, Transaction
from funds.spending.actions import record_payment
from funds.spending.models import Request
from portal.demo.papers import street_at_night
from portal.demo.people import BY_KEY
from towns.models import Town
from transparency.actions import append, integrate
from transparency.states import Kind as LogKind
from users.models import User


def photographed_need(town: Town) -> Need:
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


def paid(town: Town) -> Request:
    moment = clock.now()
    record_payment(
        actor=person("treasurer"),
        request=request("approved", town),
        paid_date=clock.day_of(moment),
        bank_reference="PO-1",
        now=moment,
    )
    return request("paid", town)


def request(state: str, town: Town) -> Request:
    return Request.objects.get(project__fund__town=town, state=state)


def signed_log(town: Town) -> Town:
    """The town's log has entries, and all of them are signed."""
    with transaction.atomic():
        append(slug=town.slug, kind=LogKind.MINUTES, body={}, now=clock.now())
    integrate(slug=town.slug, now=clock.now())
    return town


def minutes(town: Town) -> Minutes:
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


def correction(town: Town) -> Correction:
    """A gift that came to the bank account, whose line the treasurer asks to reverse."""
    line = Transaction.objects.filter(fund__town=town, kind="gift", gift__isnull=False)[0]
    wished = Correction(id=random_id(), fund=line.fund, kind="reversal", reason="Booked twice", reverses=line)
    return ask_for_correction(actor=person("treasurer"), correction=wished, now=clock.now())


def helpers_device(town: Town) -> HelperDevice:
    """The tablet of the demo helper."""
    return add_device(actor=person("helper"), town=town, label="Tablet", now=clock.now()).device


def person(key: str) -> User:
    return User.objects.get(email=BY_KEY[key].email)
