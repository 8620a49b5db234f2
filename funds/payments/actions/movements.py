"""The card account's movements: each kept once, each booked exactly once by whoever knows what it was.

Rooms above say here which types are theirs. What nobody explains is booked as not yet explained, in the open, so that
the ledger equals the card account at any time; nothing is ever left out of both.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.actions import record
from common.clock import day_of
from common.money import EXPONENTS, Money
from funds.ledger.actions import post
from funds.ledger.models import Fund
from funds.payments.models import Movement
from funds.payments.rules import MovementFact, UnexpectedFactError, kinds
from funds.payments.rules.postings import account_fee_posting, suspense_posting
from funds.payments.states import MovementState

Booker = Callable[[Movement, datetime], UUID | None]
"""Books one movement in the running transaction; the fund whose it was, or None: not yet, ask again later.

Called with the movement's row locked. Safe to run twice. Raises `NotOursError` for what it will never explain."""

BOOKERS: Final[dict[str, Booker]] = {}

_FINER: Final = "finer than"  # words of `from_stripe`: the ledger cannot hold it exactly
_BELONG_TO_BOOKERS: Final = frozenset((*kinds.PAYOUTS, *kinds.CHARGES, *kinds.REFUNDS))

logger = logging.getLogger(__name__)


class NotOursError(Exception):
    """The booker of a movement's type says that it will never explain this one."""


def book_with(booker: Booker, types: Iterable[str]) -> None:
    """Say at start-up that movements of these types are booked by `booker`. Each type has one booker."""
    for name in types:
        if BOOKERS.setdefault(name, booker) is not booker:
            raise ValueError(f"{name} has a booker already")


def store_movements(*, facts: Sequence[MovementFact]) -> int:
    """Keep movements that are not kept yet; how many those were. The mirror is its own record: no audit entry.

    A payment that was not known when a movement was first seen is added to it; nothing else ever changes.
    """
    if not facts:
        return 0
    by_id = {fact.id: fact for fact in facts}
    known = dict(Movement.objects.filter(movement_id__in=by_id).values_list("movement_id", "payment_id"))
    fresh = [_row(fact) for name, fact in by_id.items() if name not in known]
    made = Movement.objects.bulk_create(fresh, ignore_conflicts=True)
    for row in fresh:
        if _FINER in row.trouble:
            # The operator's alert: what was cut off is found as a difference of less than a unit.
            logger.error("Movement %s of the card account: %s", row.movement_id, row.trouble)
    for name, payment_id in known.items():
        if not payment_id and by_id[name].payment_id:
            Movement.objects.filter(movement_id=name, payment_id="").update(payment_id=by_id[name].payment_id)
    return len(made)


def _row(fact: MovementFact) -> Movement:
    return Movement(
        movement_id=fact.id,
        type=fact.type[:60],
        category=fact.category[:60],
        amount_minor=fact.amount_minor,
        fee_minor=fact.fee_minor,
        net_minor=fact.net_minor,
        currency=fact.currency,
        exchange_rate=fact.exchange_rate,
        source_id=fact.source_id,
        payment_id=fact.payment_id,
        description=fact.description,
        created_at=fact.created_at,
        available_at=fact.available_at,
        trouble=fact.trouble[:200],
    )


def mark_booked(*, movement_ids: Iterable[UUID], fund_id: UUID, now: datetime, together_id: UUID | None = None) -> None:
    """These movements changed the ledger, in the running transaction; `together_id` is the one line that holds them all
    where none of them has a line of its own."""
    waiting = Movement.objects.filter(pk__in=list(movement_ids), state=MovementState.WAITING)
    waiting.update(state=MovementState.BOOKED, fund_id=fund_id, booked_at=now, trouble="", together_id=together_id)


@transaction.atomic
def book_movement(*, movement_pk: UUID, now: datetime) -> bool:
    """Book one movement if it waits and its time has come; whether it stands in the ledger now.

    Raises what its booker raises; then nothing was booked.
    """
    movement = (
        Movement.objects.select_for_update(skip_locked=True).filter(pk=movement_pk, state=MovementState.WAITING).first()
    )
    if movement is None or movement.currency not in EXPONENTS:
        return False
    booker = BOOKERS.get(movement.type)
    fund_id: UUID | None
    try:
        if _FINER in movement.trouble and movement.type not in kinds.CHARGES:
            fund_id = _suspend(movement, now, memo=movement.trouble)
        else:
            fund_id = booker(movement, now) if booker else _book_for_the_account(movement, now)
    except NotOursError as reason:
        fund_id = _suspend(movement, now, memo=str(reason))
    if fund_id is None:
        return False
    # A movement booked as not yet explained says so itself, and stays as it is here.
    mark_booked(movement_ids=[movement.pk], fund_id=fund_id, now=now)
    return True


def note_trouble(*, movement_pk: UUID, trouble: str) -> None:
    """Why a movement could not be booked, for the operator; it is tried again. `trouble` holds no secrets."""
    Movement.objects.filter(pk=movement_pk, state=MovementState.WAITING).update(trouble=trouble[:200])


def account_fund() -> Fund:
    """The fund that bears what concerns the card account as a whole (settings.CARD_ACCOUNT_FUND).

    Raises `UnexpectedFactError` while there is no fund at all.
    """
    funds = Fund.objects.select_related("town").order_by("founded_date", "pk")
    slug = settings.CARD_ACCOUNT_FUND
    found = funds.filter(town__slug=slug).first() if slug else funds.first()
    if found is None:
        raise UnexpectedFactError("no fund bears what concerns the card account: see the setting CARD_ACCOUNT_FUND")
    return found


def _book_for_the_account(movement: Movement, now: datetime) -> UUID | None:
    if movement.type in _BELONG_TO_BOOKERS:
        return None
    if movement.type in kinds.FEES and movement.net_minor:
        fund = account_fund()
        posting = account_fee_posting(
            fund=fund.pk,
            movement_id=movement.movement_id,
            net=Money(movement.net_minor, movement.currency),
            day=day_of(movement.created_at),
            memo=f"Fee of the card account: {movement.type}",
        )
        post(postings=[posting], now=now)
        _tell(fund, movement, "payments.fee", now)
        return fund.pk
    if movement.type not in kinds.KNOWN_MOVEMENTS:
        # The operator's alert: Stripe moved money in a way that nobody here has read about yet.
        logger.error("Movement %s of the card account is of an unknown type: %s", movement.movement_id, movement.type)
    return _suspend(movement, now, memo=kinds.HELD.get(movement.type, f"Not yet explained: {movement.type}"))


def _suspend(movement: Movement, now: datetime, *, memo: str) -> UUID:
    fund = account_fund()
    if movement.net_minor:
        posting = suspense_posting(
            fund=fund.pk,
            movement_id=movement.movement_id,
            net=Money(movement.net_minor, movement.currency),
            day=day_of(movement.created_at),
            memo=memo[:200],
        )
        post(postings=[posting], now=now)
        _tell(fund, movement, "payments.suspend", now)
    Movement.objects.filter(pk=movement.pk).update(
        state=MovementState.SUSPENSE, fund_id=fund.pk, booked_at=now, trouble=memo[:200]
    )
    return fund.pk


def _tell(fund: Fund, movement: Movement, action: str, now: datetime) -> None:
    record(
        now=now,
        actor_id=None,
        town_slug=fund.town.slug,
        action=action,
        object_type="movement",
        object_id=movement.movement_id,
        detail={"type": movement.type},
    )
