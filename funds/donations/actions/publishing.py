"""Gifts without a public name are booked together, so that no line of the public ledger tells one of them.

A gift waits until enough others wait for the same purpose in the same currency, or until it has waited long enough, or
until it goes back. Each stays provable: the line commits to every gift in it, and only a gift's own receipt opens its
own. Nothing here may write an amount or a name anywhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value, When

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from common.money import Money
from funds.donations.actions.settling import earmark_of
from funds.donations.models import Batch, Gift
from funds.donations.rules import batch_posting, commitment_text, exchange_posting, fee_posting
from funds.donations.rules.papers import opening_fields
from funds.donations.states import GiftState, Method
from funds.ledger.actions import Booked, post
from funds.ledger.rules import Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.actions import mark_booked
from funds.payments.models import BankLine, Movement
from funds.payments.rules import kinds
from funds.payments.states import MovementState

_LARGEST: Final = 150


@dataclass(frozen=True, slots=True)
class Purse:
    """What gifts have to share to be booked together: fund, purpose, currency, the account on which they lie, and what
    the card account made of them: of a line that tells two currencies, one may be of a single gift."""

    fund_id: UUID
    project_id: UUID | None
    need_id: UUID | None
    currency: str
    account: AccountCode = AccountCode.STRIPE
    settled_currency: str = ""


def purse_of(gift: Gift) -> Purse:
    """Where a gift waits."""
    account = AccountCode.STRIPE
    if gift.method != Method.CARD:
        held = BankLine.objects.filter(subject_id=gift.pk, transaction__kind=Kind.SUSPENSE).exists()
        account = AccountCode.SUSPENSE if held else AccountCode.BANK
    return Purse(gift.fund_id, gift.project_id, gift.need_id, gift.currency, account, gift.settled_currency)


def waiting_gifts() -> QuerySet[Gift]:
    """Received gifts without a public name that no line of the ledger holds yet; a card gift's movement is known."""
    return Gift.objects.filter(
        Q(method=Method.CARD, settled_minor__isnull=False) | Q(method__in=[Method.BANK, Method.KASPI]),
        state=GiftState.SUCCEEDED,
        refunded_minor__lt=F("amount_minor"),  # a bank line that was another's was taken back before it was booked
        name_public=False,
        transaction__isnull=True,
        batch__isnull=True,
    )


def publish_due(*, now: datetime, purses: Iterable[Purse] | None = None) -> int:
    """Book what may be booked by now (settings ANONYMOUS_BATCH, ANONYMOUS_BATCH_DAYS), or of these purses; how many."""
    wanted = None if purses is None else set(purses)
    if wanted is not None and not wanted:
        return 0
    rows = waiting_gifts() if wanted is None else waiting_gifts().filter(fund_id__in={one.fund_id for one in wanted})
    grouped = (
        rows.annotate(account=_lies())
        .values_list("fund_id", "project_id", "need_id", "currency", "account", "settled_currency")
        .annotate(gifts=Count("pk"), first=Min("succeeded_at"))
    )
    published = 0
    for *where, gifts, first in grouped.order_by("first"):
        fund_id, project_id, need_id, currency, account, settled = where
        purse = Purse(fund_id, project_id, need_id, currency, AccountCode(account), settled)
        old = now - first >= timedelta(days=settings.ANONYMOUS_BATCH_DAYS)
        if wanted is not None and purse not in wanted:
            continue
        # The rest of a large crowd is a batch of its own only where it is large enough, or old.
        left = gifts
        while left > 0 and (old or left >= settings.ANONYMOUS_BATCH):
            batch = publish_batch(purse=purse, now=now)
            if batch is None:
                break
            published += 1
            left -= batch.gifts_count
    return published


def _lies() -> Case:
    """On which account a gift lies: what a line was booked as before anybody knew that it is a gift is there still."""
    held = BankLine.objects.filter(subject_id=OuterRef("pk"), transaction__kind=Kind.SUSPENSE)
    return Case(
        When(method=Method.CARD, then=Value(AccountCode.STRIPE.value)),
        When(Exists(held), then=Value(AccountCode.SUSPENSE.value)),
        default=Value(AccountCode.BANK.value),
    )


@transaction.atomic
def publish_batch(*, purse: Purse, now: datetime) -> Batch | None:
    """Book what waits in a purse, now; None when nothing waits. At most 150 gifts in one line, the oldest."""
    tied = Q(project_id=purse.project_id) if purse.project_id else Q(project__isnull=True)
    tied &= Q(need_id=purse.need_id) if purse.need_id else Q(need__isnull=True)
    rows = waiting_gifts().filter(tied, fund_id=purse.fund_id, currency=purse.currency)
    rows = rows.annotate(account=_lies()).filter(account=purse.account, settled_currency=purse.settled_currency)
    chosen = rows.order_by("pk").select_for_update(of=("self",)).select_related("fund__town")[:_LARGEST]
    gifts: list[Gift] = list(chosen)  # by key: the order in which receipts look for their own sealed field
    if not gifts:
        return None
    batch_id, earmark = uuid7(), earmark_of(gifts[0])
    try:
        with transaction.atomic():
            booked = _post(_postings(gifts, batch_id, purse.account, earmark, now, fee_for=earmark), now)
    except DomainError as refused:
        if refused.code != "not_enough_earmarked" or earmark is None:
            raise
        # More is kept than the gifts brought: the fund as a whole bears the fees.
        booked = _post(_postings(gifts, batch_id, purse.account, earmark, now, fee_for=None), now)
    line = booked[f"batch:{batch_id}"]
    batch = Batch.objects.create(
        id=batch_id,
        fund_id=purse.fund_id,
        earmark_id=earmark,
        currency=purse.currency,
        gifts_count=len(gifts),
        transaction_id=line.transaction_id,
        published_at=now,
    )
    for code in {gift.settled_currency for gift in gifts}:
        exchanged = booked.get(f"batch:{batch_id}:{code}:exchange")
        charged = booked.get(f"batch:{batch_id}:{code}:fee")
        Gift.objects.filter(pk__in=[gift.pk for gift in gifts if gift.settled_currency == code]).update(
            batch=batch,
            settlement_transaction_id=exchanged.transaction_id if exchanged else None,
            fee_transaction_id=charged.transaction_id if charged else None,
        )
    BankLine.objects.filter(subject_id__in=[gift.pk for gift in gifts]).update(transaction_id=line.transaction_id)
    movements = Movement.objects.filter(
        payment_id__in=[gift.payment_intent for gift in gifts], type__in=kinds.CHARGES, state=MovementState.WAITING
    )
    mark_booked(
        movement_ids=movements.values_list("pk", flat=True),
        fund_id=purse.fund_id,
        now=now,
        together_id=line.transaction_id,
    )
    record(
        now=now,
        actor_id=None,
        town_slug=gifts[0].fund.town.slug,
        action="donations.publish",
        object_type="batch",
        object_id=batch_id,
        detail={"seq": line.seq, "gifts": len(gifts)},
    )
    return batch


def _postings(
    gifts: list[Gift],
    batch_id: UUID,
    account: AccountCode,
    earmark: UUID | None,
    now: datetime,
    *,
    fee_for: UUID | None,
) -> list[Posting]:
    """The gifts in one sum; then, per currency in which they lie, one exchange and one fee."""
    fund, currency, day = gifts[0].fund_id, gifts[0].currency, day_of(now)
    texts = [commitment_text(Money(gift.amount_minor, currency), gift.donor_name) for gift in gifts]
    personal = list(zip(opening_fields(len(gifts)), texts, strict=True))
    total = Money(sum(gift.amount_minor for gift in gifts), currency)
    postings = [
        batch_posting(
            fund=fund, batch=batch_id, earmark=earmark, amount=total, day=day, personal=personal, account=account
        )
    ]
    for code in sorted({gift.settled_currency for gift in gifts if gift.settled_currency}):
        alike = [gift for gift in gifts if gift.settled_currency == code]
        key = f"batch:{batch_id}:{code}"
        given = Money(sum(gift.amount_minor for gift in alike), currency)
        settled = Money(sum(gift.settled_minor or 0 for gift in alike), code)
        fee = Money(sum(gift.fee_minor or 0 for gift in alike), code)
        if code != currency:
            postings.append(
                exchange_posting(
                    fund=fund, subject=batch_id, earmark=earmark, given=given, settled=settled, key=key, day=day
                )
            )
        if fee.minor > 0:
            postings.append(fee_posting(fund=fund, subject=batch_id, earmark=fee_for, fee=fee, key=key, day=day))
    return postings


def _post(postings: list[Posting], now: datetime) -> dict[str, Booked]:
    return {line.key: line for line in post(postings=postings, now=now)}
