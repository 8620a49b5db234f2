"""What the fund itself pays back, by bank or in cash, of gifts without a public name is booked together, as such gifts
are: no line of the ledger tells the sum of one of them.

A confirmed refund by bank waits until the treasurer has said which line of the bank it is, and then, as one in cash
does, until enough others of its purpose wait or until it has waited long enough. So do gifts that leave the books
because their bank line was another's. Nothing here decides what goes back.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import uuid7
from common.money import Money
from funds.donations.actions.line_steps import explain, fresh, take
from funds.donations.actions.settling import earmark_of
from funds.donations.actions.wrong_lines import lines_are_open, suspense_of_lines
from funds.donations.models import Gift, Refund
from funds.donations.queries.bank_lines import refunds_without_line
from funds.donations.rules import hand_return_posting
from funds.donations.rules.transfers import TOGETHER_BACK
from funds.donations.states import Method, RefundReason, RefundState
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.ledger.queries.corrections import free_of_purpose
from funds.ledger.states import AccountCode
from funds.payments.models import BankLine
from users.models import User

_REFUSALS: Final = {"not_enough_earmarked", "not_enough_money"}


def _waiting() -> QuerySet[Refund]:
    other_line = Q(reason_code=RefundReason.OTHER_LINE)
    rows = Refund.objects.filter(
        other_line | Q(gift__method=Method.CASH) | Exists(BankLine.objects.filter(subject_id=OuterRef("pk"))),
        gift__method__in=[Method.BANK, Method.KASPI, Method.CASH],
        gift__name_public=False,
        gift__transaction=None,
        gift__batch__isnull=False,  # the gift's own line comes first
        state=RefundState.SUCCEEDED,
        transaction=None,
        answered_by__isnull=False,
    )
    lies = Case(
        # Its money is still at the bank, and nobody's: the line of the bank was another's.
        When(other_line, then=Value(AccountCode.SUSPENSE.value)),
        When(gift__method=Method.CASH, then=Value(AccountCode.CASH.value)),
        default=Value(AccountCode.BANK.value),
    )
    return rows.annotate(lies=lies)


def book_returns_due(*, now: datetime) -> int:
    """Book what has gone back and may be booked by now (settings as for gifts); how many lines that made. What the
    books cannot bear yet waits for the next time."""
    where = ("gift__fund_id", "gift__project_id", "gift__need_id", "gift__currency", "lies")
    grouped = _waiting().values(*where).annotate(number=Count("pk"), first=Min("answered_at")).order_by("first")
    booked = 0
    for told in grouped:
        old = now - told["first"] >= timedelta(days=settings.ANONYMOUS_BATCH_DAYS)
        if not old and told["number"] < settings.ANONYMOUS_BATCH:
            continue
        try:
            booked += _book(where={name: told[name] for name in where}, least=1 if old else told["number"], now=now)
        except DomainError as refused:
            if refused.code not in _REFUSALS:
                raise
    return booked


@transaction.atomic
def _book(*, where: dict[str, object], least: int, now: datetime) -> int:
    """One line for all of them; 0 where somebody else was quicker. Locks as an approver does: gifts before refunds."""
    wanted = _waiting().filter(**where)
    list(Gift.objects.select_for_update().filter(pk__in=wanted.values("gift_id")).order_by("pk").values_list("pk"))
    # Lines before refunds are read: whoever opens a line anew takes its refund out of this.
    list(BankLine.objects.select_for_update().filter(subject_id__in=wanted.values("pk")).values_list("pk"))
    refunds = list(wanted.select_for_update(of=("self",)).select_related("gift__fund__town").order_by("pk"))
    if len(refunds) < least:
        return 0
    gift = refunds[0].gift
    total, earmark = Money(sum(one.amount_minor for one in refunds), gift.currency), earmark_of(gift)
    free = free_of_purpose(fund_id=gift.fund_id, earmark_id=earmark, currency=gift.currency)
    key, source = f"{TOGETHER_BACK}{uuid7()}", AccountCode(str(where["lies"]))
    others = source == AccountCode.SUSPENSE
    posting = hand_return_posting(
        fund=gift.fund_id,
        gift=gift.batch_id or gift.pk,
        earmark=earmark,
        source=AccountCode.BANK if others else source,
        amount=total,
        short=Money(max(0, total.minor - max(0, free.minor)), gift.currency),
        key=key,
        day=day_of(now),
    )
    before = [suspense_of_lines(fund_id=gift.fund_id, amount=total, key=f"{key}:suspense", now=now)] if others else []
    with transaction.atomic():
        *held, line = post(postings=[*before, posting], now=now)
    keys = [one.pk for one in refunds]
    Refund.objects.filter(pk__in=keys).update(transaction_id=line.transaction_id)
    BankLine.objects.filter(subject_id__in=keys).update(transaction_id=line.transaction_id)
    for suspended in held:
        lines_are_open([one.gift_id for one in refunds], suspended.transaction_id, now)
    for one in refunds:
        Gift.objects.filter(pk=one.gift_id).update(refunded_minor=F("refunded_minor") + one.amount_minor)
    record(
        now=now,
        actor_id=None,
        town_slug=gift.fund.town.slug,
        action="donations.refunded",
        object_type="batch",
        object_id=gift.batch_id or gift.pk,
        detail={"seq": line.seq, "refunds": len(refunds)},
    )
    return 1


@transaction.atomic
def match_given_back(*, actor: User, line_id: UUID, refund_id: UUID, now: datetime) -> None:
    """The line is this confirmed refund, which is booked with others. Refuses one of another sum, fund or line."""
    taken = take(line_id=line_id, actor=actor, now=now)
    fresh(taken)
    # Two equal lines, two people at once: the second looks when the first is done.
    Fund.objects.select_for_update(no_key=True).get(pk=taken.fund.pk)
    refund = refunds_without_line(fund=taken.fund, amount=taken.amount).filter(pk=refund_id).first()
    if refund is None:
        raise DomainError("no_such_refund", _("No confirmed refund of this sum waits for its bank line."))
    explain(taken=taken, actor=actor, now=now, how="given_back", subject_id=refund.pk)
