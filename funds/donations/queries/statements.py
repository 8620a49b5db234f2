"""What one giver gave and got back within a period, in whatever town, for that giver alone.

Whose gifts these are is decided by the caller: an account, or an e-mail address whose owner has proven it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.clock import KAZAKHSTAN, day_of
from common.errors import NotFound
from common.money import Money
from funds.donations.models import Dispute, Gift, Refund
from funds.donations.queries.receipts import (
    TOLD_ON_RECEIPTS,
    line_of,
    mirror_of,
    number_of,
    purpose_of,
    refunds_told,
)
from funds.donations.rules.papers import totals
from funds.donations.states import DisputeState, GiftState, RefundReason, RefundState
from users.models import User


@dataclass(frozen=True, slots=True)
class Given:
    """A gift of the period. `line` is the ledger's (None: it waits), `fee` and `settled` as on its receipt."""

    gift: Gift
    number: str
    day: date
    purpose: str
    amount: Money
    fee: Money | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Returned:
    """A part of some gift that went back within the period."""

    gift: Gift
    number: str
    day: date
    amount: Money
    words: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What one purpose got from this giver in the period, in one currency, before fees and what went back."""

    gift: Gift
    purpose: str
    amount: Money
    stage: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One giver's period, both days included, days as in Kazakhstan. `as_of` is when the last of its facts came."""

    since: date
    until: date
    given: tuple[Given, ...]
    returned: tuple[Returned, ...]
    reached: tuple[Reached, ...]
    as_of: datetime

    @property
    def sums(self) -> list[tuple[Money, Money]]:
        """Per currency: given, and given back."""
        given = totals((one.amount.currency, one.amount.minor) for one in self.given)
        back = totals((one.amount.currency, one.amount.minor) for one in self.returned)
        currencies = dict.fromkeys([*given, *back])
        return [(Money(given.get(one, 0), one), Money(back.get(one, 0), one)) for one in currencies]


def gifts_of_user(user: User) -> QuerySet[Gift]:
    """The gifts of an account: given while signed in, or with its address, which signing in by code has proven."""
    return Gift.objects.filter(Q(donor=user) | Q(donor_email__iexact=user.email))


def gifts_of_email(email: str) -> QuerySet[Gift]:
    """The gifts given with an address. Only for whoever has proven that it is theirs."""
    if not email:
        raise NotFound("no_address", _("No address was left with this gift."))
    return Gift.objects.filter(donor_email__iexact=email)


def statement_of(gifts: QuerySet[Gift], *, since: date, until: date) -> Statement:
    """The statement of these gifts for the period. Four queries, however many gifts."""
    begins, ends = _begin(since), _begin(until + timedelta(days=1))
    received = gifts.filter(state=GiftState.SUCCEEDED).select_related(*TOLD_ON_RECEIPTS)
    within = [*received.filter(succeeded_at__gte=begins, succeeded_at__lt=ends).order_by("succeeded_at", "pk")]
    returned, last = _returned(received, begins, ends)
    moments = [one.succeeded_at for one in within if one.succeeded_at is not None]
    moments += [line.booked_at for one in within if (line := line_of(one)) is not None]
    moments += [one.fee_transaction.booked_at for one in within if one.fee_transaction is not None]
    return Statement(
        since=since,
        until=until,
        given=tuple(_given(one) for one in within),
        returned=tuple(returned),
        reached=_reached(within),
        as_of=max([*moments, *last], default=begins),
    )


def years_of(gifts: QuerySet[Gift]) -> list[int]:
    """The years in which something was received, newest first."""
    found = gifts.filter(state=GiftState.SUCCEEDED).datetimes("succeeded_at", "year", order="DESC", tzinfo=KAZAKHSTAN)
    return [moment.year for moment in found]


def gift_with_address(*, receipt_code: str | None = None, gift_id: UUID | None = None) -> Gift:
    """The received gift of a receipt, or by its id, with its town. Raises NotFound."""
    chosen = Q(receipt_code=receipt_code) if receipt_code is not None else Q(pk=gift_id)
    gift = Gift.objects.filter(chosen, state=GiftState.SUCCEEDED).select_related("fund__town").first()
    if gift is None:
        raise NotFound("no_receipt", _("There is no receipt at this address. Check that the whole address was copied."))
    return gift


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=KAZAKHSTAN).astimezone(UTC)


def _given(gift: Gift) -> Given:
    line = line_of(gift)
    fee = gift.fee_minor
    return Given(
        gift=gift,
        number=number_of(gift),
        day=day_of(gift.succeeded_at or gift.created_at),
        purpose=purpose_of(gift),
        amount=Money(gift.amount_minor, gift.currency),
        fee=None if fee is None else Money(fee, gift.settled_currency or gift.currency),
        line=None if line is None else line.seq,
    )


def _returned(gifts: QuerySet[Gift], begins: datetime, ends: datetime) -> tuple[list[Returned], list[datetime]]:
    """What went back in the time, oldest first, and the moments of all that is told of it."""
    mine = {"gift__in": gifts.order_by().values("pk")}
    around = [f"gift__{name}" for name in TOLD_ON_RECEIPTS]
    refunds = (
        Refund.objects.filter(**mine, created_at__gte=begins, created_at__lt=ends)
        .exclude(state__in=[RefundState.FAILED, RefundState.CANCELED])
        .select_related(*around)
        .order_by("created_at", "pk")
    )
    disputes = (
        Dispute.objects.filter(**mine, opened_at__gte=begins, opened_at__lt=ends)
        .filter(state__in=[DisputeState.OPEN, DisputeState.LOST])
        .select_related(*around)
        .order_by("opened_at", "pk")
    )
    told = [one for one in refunds if refunds_told(one.gift, [one])]
    found = [(one.created_at, one.gift, one.amount_minor, _refund_words(one)) for one in told]
    found += [(one.opened_at, one.gift, one.amount_minor, str(DisputeState(one.state).label)) for one in disputes]
    reversed_ = gifts.filter(transaction__reversed_by__booked_at__gte=begins).order_by("pk")
    for gift in reversed_.filter(transaction__reversed_by__booked_at__lt=ends):
        if (mirror := mirror_of(gift)) is not None:
            found.append((mirror.booked_at, gift, gift.amount_minor, _("gift taken back")))
    found.sort(key=lambda row: row[0])
    rows = [
        Returned(
            gift=gift,
            number=number_of(gift),
            day=day_of(at),
            amount=Money(minor, gift.currency),
            words=words,
        )
        for at, gift, minor, words in found
    ]
    return rows, [at for at, *_rest in found]


def _refund_words(refund: Refund) -> str:
    if refund.reason_code == RefundReason.OTHER_LINE:
        return _("gift taken back")
    return str(RefundState(refund.state).label)


def _reached(gifts: Sequence[Gift]) -> tuple[Reached, ...]:
    """Sums per town, purpose and currency, in the order of the first gift."""
    sums: dict[tuple[UUID, UUID | None, UUID | None, str], list[Gift]] = {}
    for gift in gifts:
        sums.setdefault((gift.fund_id, gift.project_id, gift.need_id, gift.currency), []).append(gift)
    return tuple(
        Reached(
            gift=members[0],
            purpose=purpose_of(members[0]),
            amount=Money(sum(one.amount_minor for one in members), members[0].currency),
            stage=_stage(members[0]),
        )
        for members in sums.values()
    )


def _stage(gift: Gift) -> str:
    if gift.project is not None:
        return str(gift.project.get_state_display())
    return _("waits for its project") if gift.need is not None else _("in the fund")
