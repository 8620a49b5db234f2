"""A bank line that was taken for the wrong gift: its money becomes again what nobody has explained.

While the gift waits to be booked with others, the treasurer opens the line alone. Once it is in a common line of the
ledger, that line stays, and an approver confirms that this gift leaves it: nobody corrects the books alone. It leaves
with others whose lines were another's too (hand_returns.py), so that no line tells the sum of one.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.line_steps import locked_line, tell
from funds.donations.models import Gift, Refund
from funds.donations.rules.transfers import suspense_posting
from funds.donations.states import RefundReason, RefundState
from funds.ledger.rules import Posting
from funds.ledger.states import Kind
from funds.payments.models import BankLine
from funds.payments.permissions import can_keep_bank
from funds.payments.states import LineState
from users.models import User

TOO_MUCH: Final = DomainError("too_much", _("So much of this gift cannot be given back."), field="amount")


def gift_of_line(line: BankLine) -> Gift | None:
    """The gift without a public name that a line brought and that has no line of the ledger of its own."""
    if line.subject_id is None or line.amount_minor < 0:
        return None
    return Gift.objects.filter(pk=line.subject_id, transaction=None, refunded_minor=0).first()


def leaving(gift: Gift) -> Refund | None:
    """What is asked for, or confirmed and to be booked with others, so that the gift leaves the books."""
    states = [RefundState.PENDING, RefundState.SUCCEEDED]
    return Refund.objects.filter(gift=gift, state__in=states, transaction=None).order_by("created_at").first()


def waits(line: BankLine) -> bool:
    """Whether an explained line waits to be booked with others."""
    if line.transaction is None:
        return True
    return line.transaction.kind == Kind.SUSPENSE and line.subject_id is not None


@transaction.atomic
def ask_to_take_back(*, actor: User, line_id: UUID, now: datetime) -> Refund:
    """Keep, for an approver, that the line was another's than the gift in a common line of the ledger. Asked twice, it
    is asked once. Refuses a line whose gift has a line of its own (that one is reversed), waits, or went back."""
    line = locked_line(line_id)
    can_keep_bank(actor, line.account.fund.town, on=day_of(now)).enforce()
    gift = gift_of_line(line)
    if gift is None or gift.batch_id is None:
        raise DomainError("no_gift_in_common", _("This line has brought no gift that was booked with others."))
    waiting = leaving(gift)
    if waiting is not None:
        return waiting
    refund = Refund.objects.create(
        id=uuid5(line.pk, f"taken back {gift.pk} {gift.refunds.count()}"),
        gift=gift,
        amount_minor=gift.amount_minor,
        reason_code=RefundReason.OTHER_LINE,
        asked_by=actor,
        created_at=now,
    )
    tell(line, actor=actor, now=now, action="ask_line_back")
    return refund


def take_back_unbooked(*, line: BankLine, actor: User, now: datetime) -> None:
    """The gift of a locked line was not booked yet: it counts as gone back whole, and the line is open again."""
    gift = locked(line.subject_id) if line.subject_id else None
    if gift is None or gift.transaction_id is not None or gift.batch_id is not None or gift.refunded_minor:
        return
    Refund.objects.create(
        gift=gift,
        amount_minor=gift.amount_minor,
        state=RefundState.SUCCEEDED,
        reason_code=RefundReason.OTHER_LINE,
        asked_by=actor,
        created_at=now,
    )
    gift.refunded_minor = gift.amount_minor
    gift.save(update_fields=["refunded_minor"])
    note(gift, "donations.refunded", now)


def refuse_other_sum(gift: Gift, refund: Refund) -> None:
    """A gift leaves with its line or not at all: refuses one whose line is another's by now or of another sum."""
    line = _line_of(gift)
    if line is None or line.amount_minor != refund.amount_minor:
        raise TOO_MUCH


def suspense_of_lines(*, fund_id: UUID, amount: Money, key: str, now: datetime) -> Posting:
    """What books the money of several gifts' lines as not yet explained, before the gifts leave the books."""
    return suspense_posting(fund=fund_id, amount=amount, key=key, day=day_of(now))


def lines_are_open(gifts: Collection[UUID], transaction_id: UUID, now: datetime) -> None:
    """The lines that had brought these gifts are now what was booked as not yet explained."""
    rows = BankLine.objects.select_for_update(of=("self",)).select_related("account__fund__town")
    for line in rows.filter(subject_id__in=gifts).order_by("pk"):
        line.transaction_id, line.subject_id, line.state = transaction_id, None, LineState.MATCHED
        line.save(update_fields=["transaction", "subject_id", "state"])
        tell(line, actor=None, now=now, action="open_line")


def _line_of(gift: Gift) -> BankLine | None:
    rows = BankLine.objects.select_for_update(of=("self",)).select_related("account__fund__town")
    return rows.filter(subject_id=gift.pk, account__fund_id=gift.fund_id).first()
