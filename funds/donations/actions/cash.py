"""Cash boxes: one person counts and writes the sum down, another one counts again without seeing it. Then it is money.

The first count is shown to nobody before the second one, and where they differ only the auditor reads both: the box is
counted anew. Nothing here may book what one person alone has counted.
"""

import secrets
from datetime import date, datetime, time
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import KAZAKHSTAN, day_of
from common.errors import DomainError
from common.money import Money
from common.uploads import Document
from funds.donations.actions.line_steps import booked
from funds.donations.models import CashCount, Gift
from funds.donations.permissions import can_count_cash, can_give
from funds.donations.rules.transfers import cash_gift_posting
from funds.donations.states import GiftState, Method
from funds.ledger.models import LARGEST, Fund
from funds.projects.models import Project
from users.models import User

_DIFFER: Final = DomainError(
    "counts_differ",
    _("The two counts differ, so this one is locked. Refuse it; then both of you count the box anew."),
    field="amount",
)
_NO_REASON: Final = DomainError("reason_missing", _("Say why, so that the box can be counted again."), field="reason")


@transaction.atomic
def record_count(
    *,
    actor: User,
    fund: Fund,
    project: Project | None,
    amount: Money,
    counted_date: date,
    place: str,
    slip: Document,
    now: datetime,
) -> CashCount:
    """Write down what one person counted. One slip is counted once. It is no money before a second person confirms."""
    can_count_cash(actor, fund, on=day_of(now)).enforce()
    can_give(fund=fund, project=project, by_card=False).enforce()
    if not 0 < amount.minor <= LARGEST:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="amount")
    if counted_date > day_of(now):
        raise DomainError("counted_in_future", _("The day cannot lie in the future."), field="counted_date")
    Fund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
    if CashCount.objects.filter(fund=fund, slip_sha256=slip.sha256, refused_reason="").exists():
        raise DomainError("slip_known", _("This slip stands here already. Choose the slip of this box."), field="slip")
    count = CashCount.objects.create(
        fund=fund,
        project=project,
        place=place,
        counted_date=counted_date,
        amount_minor=amount.minor,
        currency=amount.currency,
        slip=slip.as_file(slip.safe_name),
        slip_type=slip.content_type,
        slip_sha256=slip.sha256,
        counted_by=actor,
        recorded_at=now,
    )
    _tell(count, actor, "count_cash", now)
    return count


def confirm_count(*, actor: User, count_id: UUID, amount: Money, now: datetime) -> CashCount:
    """A second person has counted: the same sum makes it money, another one locks the count, and neither sum is told.

    A sum is tried once: after one that differs the count can only be refused, and both count the box anew. Call it
    outside a transaction, so that the try is kept whatever comes after.
    """
    count = _compared(actor=actor, count_id=count_id, amount=amount, now=now)
    if count.differed_at is not None:
        raise _DIFFER
    return count


@transaction.atomic
def _compared(*, actor: User, count_id: UUID, amount: Money, now: datetime) -> CashCount:
    count = _waiting(count_id)
    can_count_cash(actor, count.fund, on=day_of(now), count=count).enforce()
    if count.differed_at is not None:
        return count
    if amount != Money(count.amount_minor, count.currency):
        count.differed_at = now
        count.save(update_fields=["differed_at"])
        _tell(count, actor, "cash_differs", now, counted_minor=amount.minor)
        return count
    noon = datetime.combine(count.counted_date, time(12), tzinfo=KAZAKHSTAN)
    gift = Gift(
        receipt_code=secrets.token_urlsafe(32),
        submission_key=uuid5(count.pk, "gift"),
        fund=count.fund,
        project=count.project,
        method=Method.CASH,
        amount_minor=count.amount_minor,
        currency=count.currency,
        language=settings.LANGUAGE_CODE,
        created_at=now,
        state=GiftState.SUCCEEDED,
        succeeded_at=min(noon, now),
    )
    posting = cash_gift_posting(
        fund=count.fund_id,
        count=count.pk,
        gift=gift.pk,
        earmark=count.project_id,
        amount=amount,
        day=count.counted_date,
        slip_sha256=count.slip_sha256,
    )
    [line] = booked([posting], now)
    gift.transaction_id = line.transaction_id
    gift.save(force_insert=True)
    count.confirmed_by, count.confirmed_at, count.gift = actor, now, gift
    count.save(update_fields=["confirmed_by", "confirmed_at", "gift"])
    _tell(count, actor, "confirm_cash", now, seq=line.seq)
    return count


@transaction.atomic
def refuse_count(*, actor: User, count_id: UUID, reason: str, now: datetime) -> CashCount:
    """A second person says that the count is wrong and why. It stays as it was written, and never becomes money."""
    count = _waiting(count_id)
    can_count_cash(actor, count.fund, on=day_of(now), count=count).enforce()
    if not reason.strip():
        raise _NO_REASON
    count.confirmed_by, count.confirmed_at, count.refused_reason = actor, now, reason.strip()
    count.save(update_fields=["confirmed_by", "confirmed_at", "refused_reason"])
    _tell(count, actor, "refuse_cash", now)
    return count


def _waiting(count_id: UUID) -> CashCount:
    rows = CashCount.objects.select_for_update(of=("self",)).select_related("fund__town", "project")
    count = rows.get(pk=count_id)
    if count.confirmed_at is not None:
        raise DomainError("count_answered", _("This count has its answer already."))
    return count


def _tell(count: CashCount, actor: User, action: str, now: datetime, **detail: int) -> None:
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=count.fund.town.slug,
        action=f"donations.{action}",
        object_type="cash_count",
        object_id=count.pk,
        detail=detail,
    )
