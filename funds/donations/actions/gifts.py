"""The first steps of a gift by card: started, failed, expired. What it becomes when it is paid stands in `settling.py`.

A gift that was received never goes back to a lesser state.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record, record_all
from common.errors import DomainError
from common.money import Money
from councils.needs.models import Need
from funds.donations.actions.designations import earmark_of_need
from funds.donations.models import Gift
from funds.donations.permissions import can_give
from funds.donations.rules import UNKNOWN_GIVER, Giver, may_move, next_check
from funds.donations.states import GiftState, TieToTown
from funds.ledger.models import Fund
from funds.payments.rules import limits
from funds.projects.models import Project
from users.models import User


@transaction.atomic
def start_gift(
    *,
    fund: Fund,
    project: Project | None,
    amount: Money,
    donor_name: str,
    donor_email: str,
    name_public: bool,
    message: str,
    tie_to_town: TieToTown | str,
    language: str,
    donor: User | None,
    submission_key: UUID,
    now: datetime,
    need: Need | None = None,
    giver: Giver = UNKNOWN_GIVER,
    covers_fee: bool = False,
    fee_estimate: Money | None = None,
) -> Gift:
    """Write down what somebody is about to give. It is no money yet. The same `submission_key` gives the same gift.

    `amount` is what the card is charged; with `covers_fee` it holds `fee_estimate` already. Refuses (`Forbidden`) what
    `can_give` refuses, and (`DomainError`) an amount outside the limits of its currency.
    """
    can_give(fund=fund, project=project, need=need).enforce()
    allowed = limits(amount.currency)
    if not allowed.floor <= amount <= allowed.ceiling:
        raise DomainError("amount_out_of_range", _("This amount cannot be given by card."), field="amount")
    known = Gift.objects.filter(submission_key=submission_key).first()
    if known is not None:
        return known
    if need is not None:
        earmark_of_need(fund=fund, need=need)
    try:
        with transaction.atomic():
            gift = Gift.objects.create(
                receipt_code=secrets.token_urlsafe(32),
                submission_key=submission_key,
                fund=fund,
                project=project,
                need=need,
                amount_minor=amount.minor,
                currency=amount.currency,
                donor_name=donor_name,
                donor_email=donor_email,
                name_public=name_public,
                name_for_council=giver.name_for_council,
                donor_kind=giver.kind,
                company_bin=giver.company_bin,
                origin=giver.origin,
                country=giver.country,
                covers_fee=covers_fee,
                fee_estimate_minor=fee_estimate.minor if fee_estimate is not None else None,
                message=message,
                tie_to_town=tie_to_town,
                language=language,
                donor=donor,
                created_at=now,
                next_check_at=next_check(since=now, now=now),
            )
    except IntegrityError:
        # The other click of a double click was quicker.
        return Gift.objects.get(submission_key=submission_key)
    note(gift, "donations.start", now, actor=donor)
    return gift


@transaction.atomic
def fail_gift(*, gift_id: UUID, now: datetime) -> Gift:
    """The card was declined. Another card may follow on the same page, so the gift is still asked after."""
    return _move(gift_id, GiftState.FAILED, "donations.fail", now)


@transaction.atomic
def expire_gift(*, gift_id: UUID, now: datetime) -> Gift:
    """The payment page closed without a payment. Nobody asks after the gift any more."""
    return _move(gift_id, GiftState.EXPIRED, "donations.expire", now)


def locked(gift_id: UUID) -> Gift:
    """The gift with its fund and town, locked until the transaction ends."""
    return Gift.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=gift_id)


def _move(gift_id: UUID, new: GiftState, action: str, now: datetime) -> Gift:
    gift = locked(gift_id)
    if not may_move(GiftState(gift.state), new):
        return gift
    gift.state = new
    if new == GiftState.EXPIRED:
        gift.next_check_at = None
    gift.save(update_fields=["state", "next_check_at"])
    note(gift, action, now)
    return gift


def note_all(gifts: Sequence[Gift], action: str, now: datetime, seqs: Mapping[UUID, int] | None = None) -> None:
    """The audit entries of one step of many gifts, done by nobody in person; `seqs` are lines of the ledger."""
    by_town: dict[str, list[tuple[UUID, dict[str, int]]]] = {}
    for gift in gifts:
        seq = None if seqs is None else seqs.get(gift.pk)
        by_town.setdefault(gift.fund.town.slug, []).append((gift.pk, {} if seq is None else {"seq": seq}))
    for slug, told in sorted(by_town.items()):
        record_all(now=now, town_slug=slug, action=action, object_type="gift", told=told)


def note(gift: Gift, action: str, now: datetime, *, actor: User | None = None, **detail: int) -> None:
    """The audit entry of a step; `detail` holds numbers alone."""
    record(
        now=now,
        # Whoever gives without a name leaves none here either.
        actor_id=actor.pk if actor is not None and gift.name_public else None,
        town_slug=gift.fund.town.slug,
        action=action,
        object_type="gift",
        object_id=gift.pk,
        detail=detail,
    )
