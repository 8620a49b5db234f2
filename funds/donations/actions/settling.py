"""A paid gift is received and booked: its sum, what became of it in another currency, and what the card service kept.

Once, whoever asks how often and from how many places at the same time; many gifts cost little more than one. What
Stripe says that is not exactly the gift is refused aloud (`UnexpectedFactError`), never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from common.clock import day_of
from common.errors import DomainError
from common.money import EXPONENTS, Money
from funds.donations.actions.gifts import note_all
from funds.donations.models import Gift
from funds.donations.rules import exchange_posting, fee_posting, gift_posting, next_check
from funds.donations.states import GiftState, Method
from funds.ledger.actions import Booked, post
from funds.ledger.rules import Posting
from funds.payments.actions import mark_booked, store_movements
from funds.payments.models import Movement
from funds.payments.rules import Payment, PaymentStatus, UnexpectedFactError, kinds
from funds.payments.states import MovementState
from funds.projects.queries import project_of_need

_WRITTEN: Final = (
    ("id", "uuid"),
    ("state", "text"),
    ("succeeded_at", "timestamptz"),
    ("payment_intent", "text"),
    ("transaction_id", "uuid"),
    ("settled_currency", "text"),
    ("settled_minor", "bigint"),
    ("exchange_rate", "numeric"),
    ("fee_minor", "bigint"),
    ("settlement_transaction_id", "uuid"),
    ("fee_transaction_id", "uuid"),
    ("next_check_at", "timestamptz"),
    ("donor_email", "text"),
)
"""The columns that settling writes, the key first, with PostgreSQL's types."""


def earmark_of(gift: Gift) -> UUID | None:
    """What a gift is tied to: its project, the project that its need led to, its need; None for the fund as a whole."""
    if gift.need_id is None:
        return gift.project_id
    project = project_of_need(need_id=gift.need_id)
    return gift.need_id if project is None else project.pk


def settle_gift(*, gift_id: UUID, payment: Payment, now: datetime) -> Gift:
    """Receive one gift that Stripe was paid for, with its fee when that is known. Raises what `settle_gifts` raises."""
    settle_gifts(payments={gift_id: payment}, now=now)
    return Gift.objects.select_related("fund__town").get(pk=gift_id)


@transaction.atomic
def settle_gifts(*, payments: Mapping[UUID, Payment], now: datetime) -> None:
    """Receive gifts that Stripe was paid for (at most 150 at once): the gift's id -> its payment.

    A gift whose giver is named is booked at once. One without a public name is received and waits for others
    (publishing.py). Raises `UnexpectedFactError` when a payment is not a received one of exactly its gift's amount.
    """
    facts = [payment.movement for payment in payments.values() if payment.movement is not None]
    store_movements(facts=facts)
    rows = Gift.objects.select_for_update(of=("self",)).select_related("fund__town").filter(pk__in=payments)
    # Most of what is told is known already: nothing of it is locked.
    gifts = list(rows.exclude(state=GiftState.SUCCEEDED, settled_minor__isnull=False).order_by("pk"))
    if not gifts:
        return
    fresh = [gift for gift in gifts if gift.state != GiftState.SUCCEEDED]
    for gift in fresh:
        _refuse_other(gift, payments[gift.pk])
    named = [gift for gift in fresh if gift.name_public]
    booked = _post([_gift_posting(gift, payments[gift.pk]) for gift in named], now)
    for gift in fresh:
        payment = payments[gift.pk]
        gift.state = GiftState.SUCCEEDED
        gift.succeeded_at = payment.paid_at
        gift.payment_intent = payment.id
        gift.donor_email = gift.donor_email or payment.email  # typed at Stripe alone: the receipt goes there
        gift.next_check_at = next_check(since=now, now=now)
    for gift, line in zip(named, booked, strict=True):
        gift.transaction_id = line.transaction_id
    settled = settle_movements(gifts=gifts, now=now, save=False)
    just_now = {gift.pk for gift in fresh}
    later = [gift for gift in settled if gift.pk not in just_now]
    _write([*fresh, *later])
    seqs = dict(zip((gift.pk for gift in named), (line.seq for line in booked), strict=True))
    note_all(fresh, "donations.settle", now, seqs)
    note_all(later, "donations.fee", now)


def settle_movements(*, gifts: Sequence[Gift], now: datetime, save: bool = True) -> list[Gift]:
    """Book what received gifts of these (locked) became on the card account: exchange and fee, once. Those it was.

    Where a purpose cannot bear it because its money is spent, the fund as a whole does. Of a gift that waits for others
    it is only noted: it is booked with them.
    """
    waiting = [gift for gift in gifts if gift.state == GiftState.SUCCEEDED and gift.settled_minor is None]
    by_payment = {gift.payment_intent: gift for gift in waiting if gift.payment_intent}
    rows = Movement.objects.select_for_update(of=("self",)).filter(
        payment_id__in=by_payment, type__in=kinds.CHARGES, currency__in=EXPONENTS
    )
    found = [(by_payment[row.payment_id], row) for row in rows.order_by("movement_id")]
    own = [(gift, row) for gift, row in found if gift.transaction_id is not None and row.state == MovementState.WAITING]
    lines = _post_settlements(own, now)
    for gift, row in found:
        gift.settled_currency, gift.settled_minor = row.currency, row.amount_minor
        gift.exchange_rate, gift.fee_minor = row.exchange_rate, row.fee_minor
        gift.settlement_transaction_id, gift.fee_transaction_id = lines.get(gift.pk, (None, None))
        gift.next_check_at = None
    by_fund: dict[UUID, list[UUID]] = {}
    for gift, row in own:
        by_fund.setdefault(gift.fund_id, []).append(row.pk)
    for fund_id, keys in by_fund.items():
        mark_booked(movement_ids=keys, fund_id=fund_id, now=now)
    changed = [gift for gift, _row in found]
    if save:
        _write(changed)
        note_all(changed, "donations.fee", now)
    return changed


def _write(gifts: Sequence[Gift]) -> None:
    """What settling changes of many gifts, in one statement."""
    if not gifts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE donations_gift g SET "  # noqa: S608 - the names are ours
            + ", ".join(f"{name} = o.{name}" for name, _type in _WRITTEN[1:])
            + " FROM unnest("
            + ", ".join(f"%s::{kind}[]" for _name, kind in _WRITTEN)
            + f") AS o({', '.join(name for name, _kind in _WRITTEN)}) WHERE g.id = o.id",
            [[getattr(gift, name) for gift in gifts] for name, _kind in _WRITTEN],
        )


def _refuse_other(gift: Gift, payment: Payment) -> None:
    """No sums in these words: they reach the log, and a gift may have no public name."""
    own = payment.reference == gift.pk or (payment.reference is None and gift.invoice is not None)
    paid = payment.status == PaymentStatus.SUCCEEDED and payment.paid_at is not None
    if not own or not paid or gift.method != Method.CARD:
        raise UnexpectedFactError(f"{payment.id} is no received payment of gift {gift.pk}")
    if not payment.whole:
        raise UnexpectedFactError(f"{payment.id} succeeded without its whole amount in one charge")
    if payment.amount != Money(gift.amount_minor, gift.currency):
        raise UnexpectedFactError(f"{payment.id} is of another amount than the gift {gift.pk}")


def _gift_posting(gift: Gift, payment: Payment) -> Posting:
    if payment.paid_at is None:
        raise UnexpectedFactError(f"{payment.id} is no received payment of gift {gift.pk}")
    return gift_posting(
        fund=gift.fund_id,
        gift=gift.pk,
        earmark=earmark_of(gift),
        amount=Money(gift.amount_minor, gift.currency),
        payment_id=payment.id,
        day=day_of(payment.paid_at),
        donor=gift.donor_name,
    )


def _settlement(gift: Gift, row: Movement, *, exchange_for: UUID | None, fee_for: UUID | None) -> list[Posting]:
    key, day = f"stripe:{row.movement_id}", day_of(row.created_at)
    postings = []
    if row.currency != gift.currency:
        postings.append(
            exchange_posting(
                fund=gift.fund_id,
                subject=gift.pk,
                earmark=exchange_for,
                given=Money(gift.amount_minor, gift.currency),
                settled=Money(row.amount_minor, row.currency),
                key=key,
                day=day,
            )
        )
    if row.fee_minor > 0:
        fee = Money(row.fee_minor, row.currency)
        postings.append(fee_posting(fund=gift.fund_id, subject=gift.pk, earmark=fee_for, fee=fee, key=key, day=day))
    return postings


def _post_settlements(
    own: Sequence[tuple[Gift, Movement]], now: datetime
) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Exchange and fee of gifts with lines of their own: (exchange, fee) transactions by gift."""
    purposes = {gift.pk: earmark_of(gift) for gift, _row in own}
    together = [
        posting
        for gift, row in own
        for posting in _settlement(gift, row, exchange_for=purposes[gift.pk], fee_for=purposes[gift.pk])
    ]
    try:
        with transaction.atomic():
            booked = {line.key: line.transaction_id for line in _post(together, now)}
    except DomainError as refused:
        if refused.code != "not_enough_earmarked":
            raise
        booked = {}
        for gift, row in own:
            booked |= {line.key: line.transaction_id for line in _post_bearable(gift, row, purposes[gift.pk], now)}
    return {
        gift.pk: (booked.get(f"stripe:{row.movement_id}:exchange"), booked.get(f"stripe:{row.movement_id}:fee"))
        for gift, row in own
    }


def _post_bearable(gift: Gift, row: Movement, purpose: UUID | None, now: datetime) -> list[Booked]:
    """As the purpose can bear it: the fee falls to the fund as a whole first, then the exchange too."""
    for exchange_for, fee_for in ((purpose, purpose), (purpose, None)):
        try:
            with transaction.atomic():
                return _post(_settlement(gift, row, exchange_for=exchange_for, fee_for=fee_for), now)
        except DomainError as refused:
            if refused.code != "not_enough_earmarked":
                raise
    return _post(_settlement(gift, row, exchange_for=None, fee_for=None), now)


def _post(postings: Iterable[Posting], now: datetime) -> list[Booked]:
    told = list(postings)
    return post(postings=told, now=now) if told else []
