"""Things of the fund that the demo world lacks, made by the same actions: offers, pledges, accounts, boxes of cash."""

import hashlib
from datetime import timedelta
from uuid import uuid4

from common import clock
from common.ids import random_id
from common.money import Money
from common.uploads import Document
from funds.donations.actions.cash import confirm_count, record_count
from funds.donations.actions.matching import pledge
from funds.donations.actions.refunds import ask_for_refund
from funds.donations.models import CashCount, ForeignNotice, Gift, MonthlyGift, Pledge, Refund, Screening
from funds.ledger.models import Fund
from funds.payments.actions import receive_event
from funds.payments.actions.accounts import open_account
from funds.payments.actions.importing import import_statement
from funds.payments.models import BankAccount, BankLine, StripeEvent
from funds.payments.rules import Event
from funds.payments.statements import Table, guessed, open_file
from funds.payments.states import AccountKind, EventState
from funds.projects.actions import make_offer
from funds.projects.models import Offer
from funds.projects.states import OfferKind
from funds.reports.actions import reconcile
from funds.reports.models import Run
from portal.demo.papers import street_at_night
from tests.things_of_the_town import person
from towns.models import Town


def foreign_notice(town: Town) -> ForeignNotice:
    """A gift that the register holds."""
    gift, day = Gift.objects.filter(fund__town=town)[0], clock.day_of(clock.now())
    return ForeignNotice.objects.create(gift=gift, received_date=day, due_date=day)


def screening(town: Town) -> Screening:
    """A gift that a list points at."""
    gift = Gift.objects.filter(fund__town=town)[0]
    return Screening.objects.create(gift=gift, verdict="hit", found="line=2", screened_at=clock.now())


def offer(town: Town) -> Offer:
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


def promise(town: Town) -> Pledge:
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


def monthly(town: Town) -> MonthlyGift:
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


def bank_account(town: Town) -> BankAccount:
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


def bank_line(town: Town) -> BankLine:
    data = b"date;amount;purpose\n01.11.2026;100,00;Help\n"
    opened = open_file(data)
    assert isinstance(opened, Table)
    statement = import_statement(
        actor=person("treasurer"),
        account=bank_account(town),
        data=data,
        file_name="statement.csv",
        columns=guessed(opened.rows),
        now=clock.now(),
    )
    return statement.lines.get()


def cash_count(town: Town) -> CashCount:
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


def answered_cash_count(town: Town) -> CashCount:
    count = cash_count(town)
    return confirm_count(actor=person("approver2"), count_id=count.pk, amount=Money(1_000_00, "KZT"), now=clock.now())


def refund(town: Town) -> Refund:
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


def stripe_event(town: Town) -> StripeEvent:
    """An event that failed."""
    event = Event(f"evt_{uuid4().hex}", "charge.updated", "ch_1", "charge", "pi_1", 1, "")
    receive_event(event=event, now=clock.now())
    stored = StripeEvent.objects.get(event_id=event.id)
    stored.state, stored.error = EventState.FAILED, "Stripe did not answer"
    stored.save(update_fields=["state", "error"])
    return stored


def reconciled(town: Town) -> Run:
    """Everything was compared today."""
    return reconcile(now=clock.now())
