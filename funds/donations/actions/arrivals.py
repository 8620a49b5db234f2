"""Transfers from the card account that a bank line says have arrived.

Those that the ledger tells together arrive together there, once the bank has told of each: no line tells one of them.
Nothing here decides what is told together (funds/payments/actions/telling.py).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.ids import uuid7
from common.money import Money
from funds.donations.actions.line_steps import attempt_of, booked, came_in, explain, fresh, take
from funds.donations.rules.transfers import TOGETHER_CAME, arrival_postings, line_key
from funds.ledger.models import EarmarkBalance, Fund
from funds.payments.models import BankLine, PayoutShare
from funds.payments.states import LineState, PayoutState
from users.models import User


@transaction.atomic
def match_payout(*, actor: User, line_id: UUID, share_id: UUID, now: datetime) -> None:
    """The line is this transfer from the card account. What is less than was sent is the bank's fee. It is booked at
    once where the transfer is told by itself, else with those that are told with it."""
    taken = take(line_id=line_id, actor=actor, now=now)
    came_in(taken)
    fresh(taken)
    share = PayoutShare.objects.select_for_update(of=("self",)).select_related("payout").get(pk=share_id)
    if share.fund_id != taken.fund.pk or share.payout.state in {PayoutState.FAILED, PayoutState.CANCELED}:
        raise DomainError("no_payout", _("No such transfer is on its way to this fund."))
    if BankLine.objects.filter(payout_share=share).exists():
        raise DomainError("payout_has_come", _("This transfer has come already, with another line."))
    sent = Money(share.amount_minor, share.payout.currency)
    if sent.currency == taken.amount.currency and sent < taken.amount:
        raise DomainError("more_than_sent", _("More came than was sent, so this is another transfer."))
    explain(taken=taken, actor=actor, now=now, how="payout", subject_id=share.pk, payout_share_id=share.pk)
    if share.transaction_id is not None:
        _arrive(share.transaction_id, now)


def book_arrivals_due(*, now: datetime) -> int:
    """Book transfers that were told since their bank lines were explained; how many lines that made."""
    waiting = _waiting().values_list("payout_share__transaction_id", flat=True)
    return sum(_arrive(told, now) for told in sorted(set(waiting), key=str) if told is not None)


def _waiting() -> QuerySet[BankLine]:
    return BankLine.objects.filter(state=LineState.MATCHED, transaction=None, payout_share__transaction__isnull=False)


@transaction.atomic
def _arrive(told: UUID, now: datetime) -> bool:
    """Book what the line `told` of the ledger sent, once the bank has told of all of it; whether it was booked now."""
    # Whoever explains another line of the same transfers waits here, and then sees this one.
    shares = list(
        PayoutShare.objects.select_for_update(of=("self",))
        .select_related("payout", "fund")
        .filter(transaction_id=told, amount_minor__gt=0)
        .order_by("pk")
    )
    rows = BankLine.objects.filter(payout_share__in=shares).exclude(transaction__reversed_by__isnull=False)
    lines = list(rows.select_for_update(of=("self",)).order_by("booked_date", "pk"))
    if len(lines) < len(shares):
        return False  # one is not here yet, or was booked wrongly and is to be opened
    sums = {share.pk: share.amount_minor for share in shares}
    new = [line for line in lines if line.transaction_id is None]
    made = False
    for currency in sorted({line.currency for line in new}):
        came = [line for line in new if line.currency == currency]
        sent = Money(sum(sums[line.subject_id] for line in came if line.subject_id), shares[0].payout.currency)
        alone = len(shares) == 1
        [first, *_fee] = booked(
            arrival_postings(
                fund=shares[0].fund_id,
                payout=max(share.payout_id for share in shares),
                sent=sent,
                arrived=Money(sum(line.amount_minor for line in came), currency),
                purposes=_purposes(shares[0].fund, sent),
                key=line_key(came[0].pk, attempt_of(came[0])) if alone else f"{TOGETHER_CAME}{uuid7()}",
                day=came[-1].booked_date,
            ),
            now,
        )
        BankLine.objects.filter(pk__in=[line.pk for line in came]).update(transaction_id=first.transaction_id)
        made = True
    return made


def _purposes(fund: Fund, sent: Money) -> dict[UUID, int]:
    """What each purpose has free in a currency; what is sent beyond all of it is the fund's own."""
    rows = EarmarkBalance.objects.filter(fund=fund, currency=sent.currency)
    free = {
        earmark or fund.pk: left
        for earmark, left in rows.values_list("earmark_id", F("available_minor") - F("held_minor"))
        if left > 0
    }
    short = sent.minor - sum(free.values())
    if short > 0:
        free[fund.pk] = free.get(fund.pk, 0) + short
    return free
