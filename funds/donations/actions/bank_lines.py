"""What a bank line is when it is neither gift nor transfer from the card account: cash brought to the bank, the bank's
fee, something booked before, or nothing that anybody knows yet. And opening a line anew once its booking was reversed.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions.line_gifts import match_expected
from funds.donations.actions.line_steps import booked, came_in, explain, fresh, locked_line, take, tell
from funds.donations.actions.wrong_lines import take_back_unbooked, waits
from funds.donations.models import Gift, Refund
from funds.donations.queries.bank_lines import booked_by_hand, seen, suggestions_for
from funds.donations.rules.explaining import What
from funds.donations.rules.transfers import (
    OPEN_FOR,
    TOGETHER_BACK,
    TOGETHER_CAME,
    bank_fee_posting,
    deposit_posting,
    suspense_posting,
)
from funds.donations.states import RefundReason, RefundState
from funds.ledger.models import Fund, Transaction
from funds.ledger.rules import Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankLine
from funds.payments.permissions import can_keep_bank
from funds.payments.states import LineState
from users.models import User

_AT_ONCE: Final = 200


@transaction.atomic
def match_deposit(*, actor: User, line_id: UUID, now: datetime) -> None:
    """The line is cash from the box. Refused when the box does not hold so much."""
    taken = take(line_id=line_id, actor=actor, now=now)
    came_in(taken)
    fresh(taken)
    posting = deposit_posting(fund=taken.fund.pk, amount=taken.amount, key=taken.key(), day=taken.line.booked_date)
    [one] = booked([posting], now)
    explain(taken=taken, actor=actor, now=now, how="deposit", transaction_id=one.transaction_id)


@transaction.atomic
def match_fee(*, actor: User, line_id: UUID, now: datetime) -> None:
    """The line is what the bank took for itself: out of the account, by way of "not yet explained", to the fees."""
    taken = take(line_id=line_id, actor=actor, now=now)
    if taken.amount.minor > 0:
        raise DomainError("line_came_in", _("This money came in, so it cannot be this."))
    fund, day = taken.fund.pk, taken.line.booked_date
    postings = [bank_fee_posting(fund=fund, amount=-taken.amount, key=taken.key("fee"), day=day)]
    if taken.source == AccountCode.BANK:
        postings.insert(0, _suspense(taken.line, taken.key("suspense")))
    last = booked(postings, now)[-1]
    explain(taken=taken, actor=actor, now=now, how="fee", transaction_id=last.transaction_id)


@transaction.atomic
def match_booked(*, actor: User, line_id: UUID, transaction_id: UUID, now: datetime) -> None:
    """The line was booked by hand before it came: a payment, a transfer, an exchange of exactly this amount."""
    taken = take(line_id=line_id, actor=actor, now=now)
    fresh(taken)
    # Two equal lines, two people at once: the second looks when the first is done.
    Fund.objects.select_for_update(no_key=True).get(pk=taken.line.account.fund_id)
    found = booked_by_hand(fund=taken.fund, amount=taken.amount).filter(pk=transaction_id).first()
    if found is None:
        raise DomainError(
            "not_booked_before",
            _("No line of the ledger has moved the bank account by this amount without a bank line of its own."),
        )
    explain(taken=taken, actor=actor, now=now, how="booked", transaction_id=found.pk)


@transaction.atomic
def set_aside(*, actor: User, line_id: UUID, note: str, now: datetime) -> None:
    """The line stands in the ledger, but in no line of the same amount: the note says where. Nothing is booked."""
    taken = take(line_id=line_id, actor=actor, now=now)
    fresh(taken)
    if not note.strip():
        raise DomainError("note_missing", _("Say which lines of the ledger hold this money."), field="note")
    explain(taken=taken, actor=actor, now=now, how="aside", state=LineState.ASIDE, note=note.strip())


@transaction.atomic
def hold_unexplained(*, actor: User | None, line_id: UUID, now: datetime) -> None:
    """Book a line as not yet explained, so that the books hold what the bank has. It can be explained later."""
    taken = take(line_id=line_id, actor=actor, now=now)
    fresh(taken)
    [one] = booked([_suspense(taken.line, taken.key("suspense"))], now)
    explain(taken=taken, actor=actor, now=now, how="suspense", transaction_id=one.transaction_id)


def _suspense(line: BankLine, key: str) -> Posting:
    return suspense_posting(
        fund=line.account.fund_id, amount=Money(line.amount_minor, line.currency), key=key, day=line.booked_date
    )


def hold_old_lines(*, now: datetime) -> int:
    """Book lines that nobody explained for thirty days as not yet explained; how many. Each in its own transaction."""
    old = BankLine.objects.filter(state=LineState.OPEN, statement__imported_at__lt=now - OPEN_FOR)
    held = 0
    for line_id in old.order_by("booked_date", "amount_minor").values_list("pk", flat=True)[:_AT_ONCE]:
        try:
            hold_unexplained(actor=None, line_id=line_id, now=now)
        except DomainError:
            continue  # the account does not hold what went out: an earlier line is missing, and the treasurer sees it
        held += 1
    return held


@transaction.atomic
def open_again(*, actor: User, line_id: UUID, now: datetime) -> None:
    """Take back what was said of a line, once its booking is reversed; a set aside line at any time.

    A gift that the line had brought was no gift, or another one: it counts as given back, and no state goes backwards.
    """
    line = locked_line(line_id)
    can_keep_bank(actor, line.account.fund.town, on=day_of(now)).enforce()
    if line.state == LineState.OPEN:
        return
    if waits(line) and line.subject_id and line.amount_minor > 0 and line.payout_share_id is None:
        take_back_unbooked(line=line, actor=actor, now=now)
    undone = Transaction.objects.filter(reverses=line.transaction).exists()
    if line.transaction is not None and waits(line) and not undone:  # booked as not yet explained, as it was before
        line.subject_id = None
        line.save(update_fields=["subject_id"])
        tell(line, actor=actor, now=now, action="open_line")
        return
    if line.transaction is None:  # what it said waits no longer for its line
        line.subject_id = None
    own_keys = (f"bank:{line.pk}", TOGETHER_CAME, TOGETHER_BACK)
    own = line.transaction is not None and line.transaction.key.startswith(own_keys)
    mirror = Transaction.objects.filter(reverses=line.transaction).first() if own else None
    if mirror is None and (own or line.subject_id is not None):
        raise DomainError(
            "line_stands",
            _("What this line is booked as still stands. Ask for its reversal on the ledger's page first."),
        )
    gifts = Gift.objects.select_for_update().filter(transaction=line.transaction) if mirror is not None else None
    gift = gifts.first() if gifts is not None else None
    left = 0 if gift is None else gift.amount_minor - gift.refunded_minor
    if gift is not None and left:  # nothing is left of one whose refund was reversed before its own line
        Refund.objects.create(
            gift=gift,
            amount_minor=left,
            state=RefundState.SUCCEEDED,
            reason_code=RefundReason.OTHER_LINE,
            asked_by=actor,
            created_at=now,
            transaction=mirror,
        )
        gift.refunded_minor = gift.amount_minor
        gift.save(update_fields=["refunded_minor"])
    held = _suspended(line) if own else None
    line.subject_id, line.payout_share, line.note, line.transaction = None, None, "", held
    if held is None:
        line.state, line.explained_at, line.explained_by = LineState.OPEN, None, None
    line.save()
    tell(line, actor=actor, now=now, action="open_line")


def _suspended(line: BankLine) -> Transaction | None:
    """The booking as "not yet explained" that stands under the one that was reversed."""
    rows = Transaction.objects.filter(key__startswith=f"bank:{line.pk}", kind=Kind.SUSPENSE, reversed_by=None)
    return next((one for one in rows if one.pk != line.transaction_id), None)


def accept_sure(*, actor: User, fund: Fund, now: datetime) -> list[Gift]:
    """Match every open line whose code and amount are both those of one announced gift. One by one."""
    can_keep_bank(actor, fund.town, on=day_of(now)).enforce()
    rows = BankLine.objects.select_related("account__fund").filter(account__fund=fund, state=LineState.OPEN)
    accepted: list[Gift] = []
    for line in rows.filter(amount_minor__gt=0).order_by("booked_date", "pk")[:_AT_ONCE]:
        if not seen(line).codes:
            continue
        sure = next((one for one in suggestions_for(line=line) if one.sure), None)
        if sure is None or sure.candidate.what != What.EXPECTED or sure.candidate.id is None:
            continue
        try:
            gift = match_expected(actor=actor, line_id=line.pk, gift_id=sure.candidate.id, now=now)
        except DomainError:
            continue  # another line has just brought it: the treasurer sees this one still open
        accepted.append(gift)
    return accepted
