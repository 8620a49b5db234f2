"""Gifts that a bank line brought: an announced one, or one that nobody announced.

The gift is of what the bank says came, whatever was announced. A gift without a public name waits to be booked with
others, as card gifts do; its line says so.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import KAZAKHSTAN
from common.errors import DomainError
from councils.needs.models import Need
from funds.donations.actions.designations import earmark_of_need
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.line_steps import Taken, booked, came_in, explain, take
from funds.donations.actions.settling import earmark_of
from funds.donations.actions.transfers import TRANSFERS
from funds.donations.models import Gift, Pledge
from funds.donations.permissions import can_give
from funds.donations.rules import UNKNOWN_GIVER, Giver, may_move
from funds.donations.rules.transfers import bank_gift_posting
from funds.donations.states import DonorKind, GiftState, Method
from funds.ledger.states import AccountCode
from funds.payments.states import AccountKind
from funds.projects.models import Project
from users.models import User

_METHOD: Final = {AccountKind.BANK: Method.BANK, AccountKind.KASPI: Method.KASPI}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGift:
    """What the treasurer knows of a gift that nobody announced."""

    donor_name: str = ""
    name_public: bool = False
    giver: Giver = field(default=UNKNOWN_GIVER)
    project: Project | None = None
    need: Need | None = None
    pledge: Pledge | None = None
    language: str = settings.LANGUAGE_CODE


@transaction.atomic
def match_expected(*, actor: User, line_id: UUID, gift_id: UUID, now: datetime) -> Gift:
    """The line is this announced gift. Refuses one of another fund, one that has come, and a line that went out."""
    taken = take(line_id=line_id, actor=actor, now=now)
    came_in(taken)
    gift = locked(gift_id)
    if gift.fund_id != taken.fund.pk or gift.method not in TRANSFERS:
        raise DomainError("no_expected_gift", _("This fund waits for no such transfer."))
    if not may_move(GiftState(gift.state), GiftState.SUCCEEDED):
        raise DomainError("gift_has_come", _("This gift has come already, with another line."))
    if gift.currency != taken.amount.currency:
        gift.currency, gift.expected_minor = taken.amount.currency, None
    gift.amount_minor = taken.amount.minor
    gift.method = _METHOD[AccountKind(taken.line.account.kind)]
    _receive(gift, taken, actor=actor, now=now, how="expected")
    return gift


@transaction.atomic
def gift_from_line(*, actor: User, line_id: UUID, new: NewGift, now: datetime, how: str = "gift") -> Gift:
    """The line is a gift that nobody announced. Refuses what `can_give` refuses, and a public name that is none."""
    taken = take(line_id=line_id, actor=actor, now=now)
    came_in(taken)
    can_give(fund=taken.fund, project=new.project, need=new.need, by_card=False).enforce()
    if new.name_public and not new.donor_name:
        raise DomainError("name_missing", _("Write the name that shall stand beside the gift."), field="donor_name")
    if new.need is not None:
        earmark_of_need(fund=taken.fund, need=new.need)
    gift = Gift.objects.create(
        receipt_code=secrets.token_urlsafe(32),
        submission_key=_fresh_key(taken),
        fund=taken.fund,
        project=new.project,
        need=new.need,
        pledge=new.pledge,
        method=_METHOD[AccountKind(taken.line.account.kind)],
        amount_minor=taken.amount.minor,
        currency=taken.amount.currency,
        donor_name=new.donor_name,
        name_public=new.name_public,
        name_for_council=new.giver.name_for_council,
        donor_kind=new.giver.kind,
        company_bin=new.giver.company_bin,
        origin=new.giver.origin,
        country=new.giver.country,
        language=new.language,
        created_at=now,
    )
    _receive(gift, taken, actor=actor, now=now, how=how)
    return gift


def _fresh_key(taken: Taken) -> UUID:
    """The line is locked, so this is the one gift of it now; others may have been taken back before."""
    number = taken.attempt
    while Gift.objects.filter(submission_key=uuid5(taken.line.pk, f"gift {number}")).exists():
        number += 1
    return uuid5(taken.line.pk, f"gift {number}")


@transaction.atomic
def gift_of_pledge(*, actor: User, line_id: UUID, pledge_id: UUID, now: datetime) -> Gift:
    """The line is what an enterprise pays of its promise: a gift of its own, under its name. A promise to another
    fund is unknown here."""
    pledge = Pledge.objects.select_related("project").get(pk=pledge_id, fund__bank_accounts__lines=line_id)
    new = NewGift(
        donor_name=pledge.enterprise[:80],
        name_public=True,
        giver=Giver(kind=DonorKind.COMPANY, company_bin=pledge.enterprise_bin),
        project=pledge.project,
        pledge=pledge,
    )
    return gift_from_line(actor=actor, line_id=line_id, new=new, now=now, how="pledge")


def _receive(gift: Gift, taken: Taken, *, actor: User, now: datetime, how: str) -> None:
    """The gift has come. A named one is booked now, one without a public name with others: until then its line is still
    booked as not yet explained where it was."""
    line = taken.line
    gift.state = GiftState.SUCCEEDED
    noon = datetime.combine(line.booked_date, time(12), tzinfo=KAZAKHSTAN)
    gift.succeeded_at = min(noon, now)
    transaction_id = line.transaction_id
    if gift.name_public:
        posting = bank_gift_posting(
            fund=gift.fund_id,
            gift=gift.pk,
            earmark=earmark_of(gift),
            amount=taken.amount,
            key=taken.key("gift" if taken.source == AccountCode.SUSPENSE else ""),
            day=line.booked_date,
            donor=gift.donor_name,
            source=taken.source,
        )
        [line_booked] = booked([posting], now)
        transaction_id = line_booked.transaction_id
        gift.transaction_id = transaction_id
    gift.save()
    explain(taken=taken, actor=actor, now=now, how=how, transaction_id=transaction_id, subject_id=gift.pk)
    note(gift, "donations.settle", now)
