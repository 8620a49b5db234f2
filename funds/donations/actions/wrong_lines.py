"""A bank line that was taken for the wrong gift: its money becomes again what nobody has explained.

While the gift waits to be booked with others, the treasurer opens the line alone. Once it is in a common line of the
ledger, that line stays, and an approver confirms that this gift leaves it: nobody corrects the books alone.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.actions.gifts import locked, note
from funds.donations.actions.line_steps import attempt_of, locked_line, tell
from funds.donations.models import Gift, Refund
from funds.donations.rules.transfers import line_key, suspense_posting
from funds.donations.states import RefundReason, RefundState
from funds.ledger.models import Transaction
from funds.ledger.rules import Posting
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


@transaction.atomic
def ask_to_take_back(*, actor: User, line_id: UUID, now: datetime) -> Refund:
    """Keep, for an approver, that the line was another's than the gift in a common line of the ledger. Asked twice, it
    is asked once. Refuses a line whose gift has a line of its own (that one is reversed), waits, or went back."""
    line = locked_line(line_id)
    can_keep_bank(actor, line.account.fund.town, on=day_of(now)).enforce()
    gift = gift_of_line(line)
    if gift is None or gift.batch_id is None:
        raise DomainError("no_gift_in_common", _("This line has brought no gift that was booked with others."))
    waiting = Refund.objects.filter(gift=gift, state=RefundState.PENDING).first()
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


def suspense_of_line(gift: Gift, refund: Refund, now: datetime) -> list[Posting]:
    """What books the money of a gift's line as not yet explained, before the gift leaves the books."""
    line = _line_of(gift)
    if line is None or line.amount_minor != refund.amount_minor:
        raise TOO_MUCH
    return [
        suspense_posting(
            fund=gift.fund_id,
            amount=Money(line.amount_minor, line.currency),
            key=line_key(line.pk, attempt_of(line), "suspense"),
            day=day_of(now),
        )
    ]


def line_is_open(gift: Gift, key: str, now: datetime) -> None:
    """The line that had brought the gift is now what was booked under this key."""
    line = _line_of(gift)
    if line is None:
        return
    line.transaction, line.subject_id, line.state = Transaction.objects.get(key=key), None, LineState.MATCHED
    line.save(update_fields=["transaction", "subject_id", "state"])
    tell(line, actor=None, now=now, action="open_line")


def _line_of(gift: Gift) -> BankLine | None:
    rows = BankLine.objects.select_for_update(of=("self",)).select_related("account__fund__town")
    return rows.filter(subject_id=gift.pk, account__fund_id=gift.fund_id).first()
