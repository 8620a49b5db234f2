"""Giving a gift back: the treasurer asks, an approver confirms, and only then the money goes.

A card gift goes back through the card service, under the refund's own id, so that asking twice gives back once. What
came by bank or in cash the fund itself pays back; that is booked when it is confirmed, or, of a gift without a public
name, together with others.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.returning import waits_for_others
from funds.donations.actions.returns import follow_refunds
from funds.donations.actions.settling import earmark_of
from funds.donations.actions.wrong_lines import TOO_MUCH, refuse_other_sum
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.permissions import can_ask_for_refund, can_confirm_refund
from funds.donations.rules import hand_return_posting
from funds.donations.rules.transfers import TOGETHER_BACK
from funds.donations.states import DisputeState, GiftState, Method, RefundReason, RefundState
from funds.ledger.actions import post
from funds.ledger.models import Transaction
from funds.ledger.queries.corrections import free_of_purpose
from funds.ledger.states import AccountCode
from funds.payments.stripe import create_refund
from users.models import User

_ACCOUNTS = {Method.BANK: AccountCode.BANK, Method.KASPI: AccountCode.BANK, Method.CASH: AccountCode.CASH}


def returnable(gift: Gift) -> Money:
    """What of a gift can still be given back: neither back already, nor disputed, nor asked for."""
    left = _not_back(gift) - _under_way(gift)
    return Money(max(0, left) if gift.state == GiftState.SUCCEEDED else 0, gift.currency)


def _under_way(gift: Gift) -> int:
    """What is asked for, goes back or is disputed, and is not booked yet."""
    going = Refund.objects.filter(gift=gift, state__in=[RefundState.PENDING, RefundState.SUCCEEDED], transaction=None)
    taking = Dispute.objects.filter(gift=gift, state__in=[DisputeState.OPEN, DisputeState.LOST], taken_transaction=None)
    return sum(int(rows.aggregate(total=Sum("amount_minor", default=0))["total"]) for rows in (going, taking))


def _not_back(gift: Gift) -> int:
    """What of a gift is neither back nor disputed; nothing once its line in the ledger was reversed."""
    if gift.transaction_id is not None and Transaction.objects.filter(reverses=gift.transaction_id).exists():
        return 0
    return gift.amount_minor - gift.refunded_minor - gift.disputed_minor


@transaction.atomic
def ask_for_refund(
    *, actor: User, gift_id: UUID, amount: Money, reason: str, submission: UUID, now: datetime
) -> Refund:
    """Keep the wish to give (a part of) a gift back, for an approver. One form asks once; nothing is given back by it.

    Raises `DomainError` (forbidden, reason_missing, too_much).
    """
    gift = locked(gift_id)
    can_ask_for_refund(actor, gift.fund.town, on=day_of(now)).enforce()
    same = Refund.objects.filter(pk=submission).first()
    if same is not None:
        return same
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why the gift is given back."), field="reason")
    if amount.currency != gift.currency or not 0 < amount.minor <= returnable(gift).minor:
        raise TOO_MUCH
    refund = Refund.objects.create(
        id=submission, gift=gift, amount_minor=amount.minor, reason=reason.strip(), asked_by=actor, created_at=now
    )
    _tell(refund, actor, "donations.ask_refund", now)
    return refund


@transaction.atomic
def answer_refund(*, actor: User, refund_id: UUID, accepted: bool, answer: str = "", now: datetime) -> Refund:
    """A second person confirms or refuses. A card gift is then given back by `send_refund`, any other is booked now.

    Raises `DomainError` (forbidden, reason_missing, too_much: the gift went back in another way meanwhile).
    """
    gift_id = Refund.objects.values_list("gift_id", flat=True).get(pk=refund_id)
    gift = locked(gift_id)
    refund = Refund.objects.select_for_update(of=("self",)).get(pk=refund_id)
    can_confirm_refund(actor, refund, gift.fund.town, on=day_of(now)).enforce()
    if not accepted and not answer.strip():
        raise DomainError("reason_missing", _("Say why you refuse, so that the treasurer can mend it."), field="reason")
    refund.answered_by, refund.answered_at = actor, now
    if not accepted:
        refund.state, refund.answer = RefundState.CANCELED, answer.strip()
    elif gift.method != Method.CARD:
        _pay_back_by_hand(gift, refund, now)
    refund.save(update_fields=["answered_by", "answered_at", "answer", "state", "transaction"])
    _tell(refund, actor, "donations.answer_refund", now)
    return refund


def send_refund(*, refund_id: UUID, now: datetime) -> None:
    """Give a confirmed refund of a card gift back at the card service, once. Never called in a transaction.

    Raises `DomainError` (unavailable: it is tried again by the sweep). What the card service refuses is cancelled.
    """
    refund = Refund.objects.select_related("gift").get(pk=refund_id)
    gift = refund.gift
    if refund.answered_by_id is None or refund.state != RefundState.PENDING or refund.refund_id is not None:
        return
    if gift.payment_intent is None:
        return
    try:
        fact = create_refund(
            reference=refund.pk, payment_id=gift.payment_intent, amount=Money(refund.amount_minor, gift.currency)
        )
    except DomainError as error:
        if error.code != "refund_refused":
            raise
        Refund.objects.filter(pk=refund.pk, refund_id__isnull=True).update(
            state=RefundState.CANCELED, answer=str(error.message)[:300]
        )
        return
    follow_refunds(gift_id=gift.pk, refunds=[fact], now=now)


def _pay_back_by_hand(gift: Gift, refund: Refund, now: datetime) -> None:
    if waits_for_others(gift):
        if refund.reason_code == RefundReason.OTHER_LINE:
            refuse_other_sum(gift, refund)
        if _under_way(gift) > _not_back(gift):  # this one is among what is under way
            raise TOO_MUCH
        refund.state = RefundState.SUCCEEDED  # it is booked with others, by hand_returns.book_returns_due
        return
    earmark, amount = earmark_of(gift), Money(refund.amount_minor, gift.currency)
    free = free_of_purpose(fund_id=gift.fund_id, earmark_id=earmark, currency=gift.currency)
    posting = hand_return_posting(
        fund=gift.fund_id,
        gift=gift.batch_id or gift.pk,
        earmark=earmark,
        source=_ACCOUNTS[Method(gift.method)],
        amount=amount,
        short=Money(max(0, amount.minor - max(0, free.minor)), gift.currency),
        key=f"refund:{refund.pk}",
        day=day_of(now),
    )
    with transaction.atomic():
        [booked] = post(postings=[posting], now=now)
    # Asked now that the fund's turn is ours: a reversal of the gift's line at this moment is seen by one of the two.
    if refund.amount_minor > _not_back(gift):
        raise TOO_MUCH
    refund.state, refund.transaction_id = RefundState.SUCCEEDED, booked.transaction_id
    gift.refunded_minor += refund.amount_minor
    gift.save(update_fields=["refunded_minor"])


def refund_reversed(line: Transaction, now: datetime) -> None:
    """The line of a refund by hand is reversed: the gift has not gone back, and may go back again.

    Raises `DomainError` (line_taken_back) where a bank line has become another's since.
    """
    if line.key.startswith(TOGETHER_BACK):
        raise DomainError(
            "returned_together",
            _("Several gifts went back with this line. If the bank sent one back, take its line for a gift again."),
        )
    refund = Refund.objects.select_related("gift__fund__town").filter(transaction=line).first()
    if refund is None or refund.state != RefundState.SUCCEEDED:
        return
    if refund.reason_code == RefundReason.OTHER_LINE:
        raise DomainError(
            "line_taken_back",
            _("This gift was taken back because its bank line was another's. Explain that line instead."),
        )
    gift = locked(refund.gift_id)
    refund.state = RefundState.FAILED
    refund.save(update_fields=["state"])
    gift.refunded_minor -= refund.amount_minor
    gift.save(update_fields=["refunded_minor"])
    note(gift, "donations.refund_reversed", now)


def _tell(refund: Refund, actor: User, action: str, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=refund.gift.fund.town.slug,
        action=action,
        object_type="refund",
        object_id=refund.pk,
    )
