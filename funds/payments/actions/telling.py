"""Transfers from the card account to the bank are booked: divided among the funds, told once, and so that no line tells
the sum of a gift without a public name.

An automatic transfer is divided as its members are, once all of them are booked; one begun by hand (whose members
Stripe does not name) in proportion to what each fund holds. A fund's share that carries unnamed gifts waits until its
sum, alone or with the next ones, follows from what the ledger tells already or is of enough gifts. Nothing here may
book a share whose sum would tell more.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from common.clock import day_of
from common.ids import uuid7
from common.money import Money
from funds.ledger.actions import post
from funds.ledger.models import Balance
from funds.ledger.states import AccountCode
from funds.payments.actions.movements import mark_booked
from funds.payments.models import Movement, Payout, PayoutShare
from funds.payments.queries.payouts import carried, few_behind, untold_shares
from funds.payments.rules import UnexpectedFactError, kinds
from funds.payments.rules.payouts import divided, returned_posting, sent_posting, together_posting
from funds.payments.rules.telling import tells_nothing
from funds.payments.states import MovementState


def book_payout(movement: Movement, now: datetime) -> UUID | None:
    """Book what left for the bank, or what came back. The fund with the largest share; None while it has to wait.

    Runs in the caller's transaction, may run twice: what is told is not told again.
    """
    payout = Payout.objects.select_for_update().filter(payout_id=movement.source_id).first()
    if payout is None:
        return None
    if movement.type != "payout":
        return _bring_back(payout, movement, now)
    if not PayoutShare.objects.filter(payout=payout).exists():
        shares = _shares(payout, movement)
        if not shares:
            return None
        PayoutShare.objects.bulk_create(
            PayoutShare(payout=payout, fund_id=fund, amount_minor=minor) for fund, minor in sorted(shares.items())
        )
    known = PayoutShare.objects.filter(payout=payout)
    for share in known.filter(transaction=None).order_by("fund_id"):
        _tell(share.fund_id, payout, now)
    if known.filter(transaction=None).exists():
        return None
    return _largest(list(known))


def _largest(shares: Sequence[PayoutShare]) -> UUID:
    return max(shares, key=lambda one: (abs(one.amount_minor), one.fund_id)).fund_id


def _shares(payout: Payout, movement: Movement) -> dict[UUID, int] | None:
    """What of a transfer is whose; None while that is not known."""
    if not payout.automatic:
        return _by_hand(payout, movement)
    if payout.members_known_at is None:
        return None
    members = Movement.objects.filter(payout=payout)
    if members.filter(state=MovementState.WAITING).exists():
        return None
    rows = members.exclude(type__in=kinds.PAYOUTS).values_list("fund_id").annotate(total=Sum("net_minor"))
    found = {fund: total for fund, total in rows if fund is not None}
    by_hand = members.filter(type="payout").values_list("source_id", flat=True)
    for fund, minor in PayoutShare.objects.filter(payout__payout_id__in=by_hand).values_list("fund_id", "amount_minor"):
        found[fund] = found.get(fund, 0) - minor
    if sum(found.values()) != payout.amount_minor:
        # A transfer that came back is among its members, and what that one had carried is not known.
        raise UnexpectedFactError(f"{payout.payout_id} carries what is known of no fund")
    return {fund: total for fund, total in found.items() if total}


def _by_hand(payout: Payout, movement: Movement) -> dict[UUID, int] | None:
    held = Balance.objects.filter(account__code=AccountCode.STRIPE, account__currency=movement.currency)
    weights = dict(held.values_list("account__fund_id").annotate(total=Sum("amount_minor")))
    for fund, minor in untold_shares().filter(payout__currency=payout.currency).values_list("fund_id", "amount_minor"):
        weights[fund] = weights.get(fund, 0) - minor
    if -movement.net_minor > sum(weight for weight in weights.values() if weight > 0):
        return None  # gifts that it carries are not booked yet
    return divided(-movement.net_minor, weights)


def _tell(fund_id: UUID, payout: Payout, now: datetime) -> None:
    """Book what may be told by now of a fund's shares in one currency. Whoever else does so at this moment is not
    waited for: what they hold is left to them."""
    rows = untold_shares(fund_id=fund_id).filter(payout__currency=payout.currency, payout__automatic=payout.automatic)
    shares = list(rows.select_for_update(of=("self",), skip_locked=True).select_related("payout"))
    if not payout.automatic:
        least, until = settings.ANONYMOUS_BATCH, payout.created_at
        if shares and not few_behind(fund_id=fund_id, currency=payout.currency, until=until, least=least):
            _book(shares, now)
        return
    seen = carried(fund_id=fund_id, currency=payout.currency)
    waiting = []
    for share in shares:
        if seen.unnamed(share.payout_id):
            waiting.append(share)
        else:
            _book([share], now)
    while waiting:
        going = next(
            (
                waiting[:number]
                for number in range(len(waiting), 0, -1)
                if tells_nothing(seen.seen({one.payout_id for one in waiting[:number]}), least=settings.ANONYMOUS_BATCH)
            ),
            None,
        )
        if going is None:
            return
        _book(going, now)
        waiting = waiting[len(going) :]
        seen = carried(fund_id=fund_id, currency=payout.currency)


def _book(shares: Sequence[PayoutShare], now: datetime) -> None:
    """One line for these shares of one fund; a transfer that is told whole by it has changed the ledger."""
    names = [one.payout.payout_id for one in shares]
    leaving = {one.source_id: one for one in Movement.objects.filter(type="payout", source_id__in=names)}
    fund, day = shares[0].fund_id, day_of(max(one.created_at for one in leaving.values()))
    sums = {one.payout_id: Money(one.amount_minor, one.payout.currency) for one in shares}
    if len(shares) == 1:
        [(payout, sum_)] = sums.items()
        name = leaving[shares[0].payout.payout_id].movement_id
        posting = sent_posting(fund=fund, movement_id=name, share=sum_, payout=payout, day=day)
    else:
        posting = together_posting(fund=fund, shares=sums, key=f"stripe:sent:together:{uuid7()}", day=day)
    [booked] = post(postings=[posting], now=now)
    PayoutShare.objects.filter(pk__in=[one.pk for one in shares]).update(transaction_id=booked.transaction_id)
    for share in shares:
        whole = list(PayoutShare.objects.filter(payout_id=share.payout_id))
        if all(one.transaction_id is not None for one in whole):
            mark_booked(movement_ids=[leaving[share.payout.payout_id].pk], fund_id=_largest(whole), now=now)


def _bring_back(payout: Payout, movement: Movement, now: datetime) -> UUID | None:
    """What was told of it is mirrored, with those that it was told together with: they wait anew. What was not told
    never is. Only then its gifts count as being on the card account again."""
    shares = list(PayoutShare.objects.select_for_update().filter(payout=payout).order_by("pk"))
    if not shares or sum(one.amount_minor for one in shares) != movement.net_minor:
        return None  # it has not left yet, or does not come back whole
    for share in shares:
        if share.transaction_id is None:
            continue
        together = PayoutShare.objects.filter(transaction=share.transaction_id)
        posting = returned_posting(
            fund=share.fund_id,
            movement_id=movement.movement_id,
            share=Money(sum(together.values_list("amount_minor", flat=True)), movement.currency),
            payout=payout.pk,
            sent=share.transaction_id,
            day=day_of(movement.created_at),
        )
        post(postings=[posting], now=now)
        others = together.exclude(payout=payout).values_list("payout__payout_id", flat=True)
        Movement.objects.filter(type="payout", source_id__in=list(others)).update(
            state=MovementState.WAITING, booked_at=None, fund=None
        )
        together.update(transaction=None)
    left = Movement.objects.filter(type="payout", source_id=payout.payout_id)
    mark_booked(movement_ids=left.values_list("pk", flat=True), fund_id=_largest(shares), now=now)
    return _largest(shares)
