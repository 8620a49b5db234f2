"""Everything a receipt says of one gift, for whoever holds its secret address alone.

Where several gifts are booked together, only the asked one may be told: neither the others' sums nor their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import NotFound
from common.money import Money
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.rules.papers import opening_fields, receipt_number
from funds.donations.states import DisputeState, GiftState, RefundReason, RefundState
from funds.ledger.models import Transaction
from transparency.queries import NOT_THERE, Signed, first_covering

_LONGEST_NEED: Final = 160
TOLD_ON_RECEIPTS: Final = (
    "fund__town",
    "project__decision",
    "need",
    "transaction__reversed_by",
    "batch__transaction",
    "settlement_transaction",
    "fee_transaction",
)
"""What stands around a gift on its receipt, to be read with it."""


@dataclass(frozen=True, slots=True)
class Back:
    """A part of a gift that goes back. `state` is a RefundState or, where `disputed`, a DisputeState.

    `taken`: nothing was paid to the giver. Its line was reversed, or its bank line was another's.
    """

    amount: Money
    state: str
    at: datetime
    disputed: bool = False
    taken: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the money has left, or is on its way out."""
        if self.disputed:
            return self.state in {DisputeState.OPEN, DisputeState.LOST}
        return self.state in {RefundState.PENDING, RefundState.SUCCEEDED}

    @property
    def words(self) -> str:
        """Where it stands, for a person."""
        if self.taken:
            return _("gift taken back")
        return str((DisputeState if self.disputed else RefundState)(self.state).label)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A received gift with its line of the ledger (None: it waits for others), what went back, and its checkpoint.

    `together` is how many gifts share the line (0: it has its own); `fields` are the sealed fields that are this
    gift's. `mirror` is the line that reversed its own. `as_of` is when the last of these facts came to be.
    """

    gift: Gift
    number: str
    line: Transaction | None
    mirror: Transaction | None
    together: int
    fields: tuple[str, ...] | None
    back: tuple[Back, ...]
    checkpoint: Signed | None
    as_of: datetime

    @property
    def taken_back(self) -> datetime | None:
        """When the gift ceased to count as one without anything being paid to the giver; None: it counts."""
        return next((one.at for one in self.back if one.taken), None)

    @property
    def amount(self) -> Money:
        """What was given, in the giver's currency."""
        return Money(self.gift.amount_minor, self.gift.currency)

    @property
    def fee(self) -> Money | None:
        """What the card service kept, in the currency that its account holds; None while it has not told."""
        if self.gift.fee_minor is None:
            return None
        return Money(self.gift.fee_minor, self.gift.settled_currency or self.gift.currency)

    @property
    def covered(self) -> Money | None:
        """What the giver added so that about the whole gift arrives: the fee as expected. None where nothing was."""
        gift = self.gift
        if not gift.covers_fee or not gift.fee_estimate_minor:
            return None
        return Money(gift.fee_estimate_minor, gift.currency)

    @property
    def settled(self) -> Money | None:
        """What the card account received before its fee, where that is another currency than the giver's."""
        gift = self.gift
        if gift.settled_minor is None or gift.settled_currency in ("", gift.currency):
            return None
        return Money(gift.settled_minor, gift.settled_currency)

    @property
    def arrives(self) -> Money | None:
        """What is left for the town after the fee; None while the fee is not known."""
        if self.fee is None:
            return None
        return (self.settled or self.amount) - self.fee


def received_gift(*, receipt_code: str) -> Gift:
    """The received gift whose secret this is; raises NotFound, also for one that was not received."""
    gift = (
        Gift.objects.select_related(*TOLD_ON_RECEIPTS)
        .filter(receipt_code=receipt_code, state=GiftState.SUCCEEDED)
        .first()
    )
    if gift is None:
        raise NotFound("no_receipt", _("There is no receipt at this address. Check that the whole address was copied."))
    return gift


def line_of(gift: Gift) -> Transaction | None:
    """The line of the ledger that holds a gift: its own, or that of its batch; None while it waits."""
    if gift.transaction is not None:
        return gift.transaction
    return gift.batch.transaction if gift.batch is not None else None


def mirror_of(gift: Gift) -> Transaction | None:
    """The line that reversed a gift's own line; None while it stands. Lines of several gifts are never reversed."""
    return getattr(gift.transaction, "reversed_by", None)


def refunds_told(gift: Gift, refunds: Sequence[Refund]) -> list[Refund]:
    """What a giver is told of. A reversed line took the gift back whole, so no refund stands beside it; that a bank
    line was another's is no fact before an approver has confirmed it."""
    reversed_ = mirror_of(gift) is not None
    told = [one for one in refunds if one.reason_code != RefundReason.OTHER_LINE or one.state == RefundState.SUCCEEDED]
    gone = {RefundState.PENDING, RefundState.SUCCEEDED}
    return [one for one in told if not (reversed_ and one.state in gone)]


def own_fields(gift: Gift) -> tuple[str, ...] | None:
    """Which sealed fields of the gift's line are this giver's; None: all, because nobody else stands there."""
    if gift.batch_id is None:
        return None
    members = batch_members(batch_id=gift.batch_id)
    return (dict(zip(members, opening_fields(len(members)), strict=True))[gift.pk],)


def batch_members(*, batch_id: UUID) -> list[UUID]:
    """The gifts of a batch in the order in which their sealed fields were named."""
    return list(Gift.objects.filter(batch_id=batch_id).order_by("pk").values_list("pk", flat=True))


def number_of(gift: Gift) -> str:
    """The number of a gift's receipt."""
    seq = gift.transaction.seq if gift.transaction is not None else None
    return receipt_number(slug=gift.fund.town.slug, seq=seq, gift=gift.pk)


def purpose_of(gift: Gift) -> str:
    """What a gift is for, in words: its project, its need, or the whole fund. In the language that is active."""
    if gift.project is not None:
        return gift.project.title
    if gift.need is not None:
        return shorten(gift.need.text, width=_LONGEST_NEED, placeholder=" …")
    return _("The whole fund: where it is needed most")


def receipt_of(gift: Gift, *, sealed: bool = True) -> Receipt:
    """The receipt of a received gift. The same facts give the same receipt, whoever asks and when.

    `sealed=False` leaves the checkpoint out, for a page that shows the newest one by itself.
    """
    line = line_of(gift)
    mirror = mirror_of(gift)
    asked = list(Refund.objects.filter(gift=gift).select_related("transaction", "failed_transaction"))
    refunds = refunds_told(gift, asked)
    disputes = list(Dispute.objects.filter(gift=gift).select_related("taken_transaction", "returned_transaction"))
    checkpoint = _checkpoint(gift, line) if sealed else None
    return Receipt(
        gift=gift,
        number=number_of(gift),
        line=line,
        mirror=mirror,
        together=gift.batch.gifts_count if gift.batch is not None else 0,
        fields=own_fields(gift),
        back=_back(gift, mirror, refunds, disputes),
        checkpoint=checkpoint,
        as_of=max(_moments(gift, [line, mirror], refunds, disputes, checkpoint)),
    )


def _back(
    gift: Gift, mirror: Transaction | None, refunds: Sequence[Refund], disputes: Sequence[Dispute]
) -> tuple[Back, ...]:
    given = [
        Back(
            Money(one.amount_minor, gift.currency),
            one.state,
            one.created_at,
            taken=one.reason_code == RefundReason.OTHER_LINE,
        )
        for one in refunds
    ]
    if mirror is not None:
        whole = Money(gift.amount_minor, gift.currency)
        given.append(Back(whole, RefundState.SUCCEEDED, mirror.booked_at, taken=True))
    asked = [Back(Money(one.amount_minor, gift.currency), one.state, one.opened_at, disputed=True) for one in disputes]
    return tuple(sorted([*given, *asked], key=lambda one: (one.at, one.disputed, one.amount.minor)))


def _checkpoint(gift: Gift, line: Transaction | None) -> Signed | None:
    if line is None:
        return None
    try:
        return first_covering(gift.fund.town.slug, line.log_index)
    except NotFound as missing:
        if missing.code != NOT_THERE:
            raise
        return None


def _moments(
    gift: Gift,
    lines: Sequence[Transaction | None],
    refunds: Sequence[Refund],
    disputes: Sequence[Dispute],
    checkpoint: Signed | None,
) -> list[datetime]:
    booked = [*lines, gift.settlement_transaction, gift.fee_transaction]
    told = [gift.succeeded_at, checkpoint.signed_at if checkpoint else None]
    for refund in refunds:
        told.append(refund.created_at)
        booked += [refund.transaction, refund.failed_transaction]
    for dispute in disputes:
        told += [dispute.opened_at, dispute.closed_at]
        booked += [dispute.taken_transaction, dispute.returned_transaction]
    return [moment for moment in (*told, *(one.booked_at for one in booked if one is not None)) if moment is not None]
