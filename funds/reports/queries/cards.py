"""What the two sides of each hop of the card account say now.

Sums are given without what was received and is still to be published with other gifts.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from funds.donations.actions.returning import MOVES_TOGETHER
from funds.donations.models import Gift
from funds.donations.states import GiftState, Method
from funds.ledger.models import Balance
from funds.ledger.states import AccountCode
from funds.payments.models import Movement, Payout, PayoutShare
from funds.payments.rules import kinds
from funds.payments.states import MovementState, PayoutState
from funds.reports.rules import Compared
from funds.reports.states import Hop


def movement_sums() -> dict[str, int]:
    """What all movements that we know add up to, by currency."""
    return dict(Movement.objects.values_list("currency").annotate(total=Sum("net_minor")).order_by("currency"))


def _unpublished() -> Q:
    """Movements of gifts that wait to be published with others, and what goes back of such gifts and waits likewise."""
    unnamed = Gift.objects.filter(payment_intent=OuterRef("payment_id"), state=GiftState.SUCCEEDED, transaction=None)
    return Q(Exists(unnamed.filter(batch=None))) | (Q(Exists(unnamed)) & MOVES_TOGETHER)


def unpublished_sums() -> dict[str, int]:
    """What movements that wait to be published with others (gifts, refunds, transfers) add up to, by currency."""
    rows = Movement.objects.filter(_unpublished(), state=MovementState.WAITING)
    # A transfer whose gifts wait does so itself; one that could not be booked says why, and is unexplained.
    payouts = Movement.objects.filter(type__in=kinds.PAYOUTS, state=MovementState.WAITING, trouble="")
    found: dict[str, int] = defaultdict(int)
    for part in (rows, payouts):
        for currency, minor in part.values_list("currency").annotate(total=Sum("net_minor")).order_by("currency"):
            found[currency] += minor
    leaving = payouts.filter(type="payout").values("source_id")
    told = PayoutShare.objects.filter(transaction__isnull=False, payout__payout_id__in=leaving)
    for currency, minor in told.values_list("payout__currency", "amount_minor"):
        found[currency] += minor
    return dict(found)


def waiting_movements() -> dict[str, tuple[int, date]]:
    """How many movements nobody could book, and the day of the oldest, by currency; unpublished gifts, refunds and
    transfers are not among them."""
    untold = PayoutShare.objects.filter(payout__payout_id=OuterRef("source_id"), transaction=None)
    rows = Movement.objects.filter(~_unpublished(), ~(Q(type="payout") & Exists(untold)), state=MovementState.WAITING)
    told = rows.values_list("currency").annotate(number=Count("pk"), oldest=Min("created_at")).order_by("currency")
    return {currency: (number, oldest.date()) for currency, number, oldest in told}


def under_way_sums() -> dict[str, int]:
    """Card gifts in the ledger whose movement the processor has not told of yet, by currency."""
    rows = Gift.objects.filter(
        state=GiftState.SUCCEEDED, method=Method.CARD, settled_minor=None, transaction__isnull=False
    )
    return dict(rows.values_list("currency").annotate(total=Sum("amount_minor")).order_by("currency"))


def card_ledger_sums() -> dict[str, int]:
    """What the ledgers of all funds say that the card account holds, by currency."""
    rows = Balance.objects.filter(account__code=AccountCode.STRIPE)
    return dict(rows.values_list("account__currency").annotate(total=Sum("amount_minor")).order_by("account__currency"))


def told_together(*, payouts: Iterable[Payout]) -> dict[UUID, int]:
    """With how many transfers at most the ledger tells each in one line, itself among them: 1 is by itself for every
    fund, and its sums are public there; 0 is not yet."""
    rows = PayoutShare.objects.filter(payout__in=[one.pk for one in payouts])
    lines: dict[UUID, list[int]] = defaultdict(list)
    for payout, told in rows.values_list("payout_id").annotate(told=Count("transaction__payout_shares")):
        lines[payout].append(told)
    return {payout: 0 if 0 in told else max(told) for payout, told in lines.items()}


def unnamed_sums(*, payouts: Iterable[Payout]) -> dict[UUID, int]:
    """What transfers carry of gifts without a public name, net, by transfer."""
    unnamed = Gift.objects.filter(payment_intent=OuterRef("payment_id"), transaction=None)
    rows = Movement.objects.filter(Exists(unnamed), payout__in=[one.pk for one in payouts])
    found = rows.values_list("payout_id").annotate(total=Sum("net_minor")).order_by("payout_id")
    return {payout: total for payout, total in found if payout is not None}


def payout_comparisons(*, since: date) -> list[Compared]:
    """Each transfer to the bank since a day against the sum of its members; failed ones brought nothing. Where the
    ledger does not tell a transfer by itself, its gifts without a public name are taken off both sides."""
    members = Movement.objects.exclude(type__in=kinds.BROUGHT_BACK).filter(payout=OuterRef("pk")).values("payout")
    rows = (
        Payout.objects.filter(created_at__date__gte=since, members_known_at__isnull=False, automatic=True)
        .exclude(state__in=[PayoutState.FAILED, PayoutState.CANCELED])
        .annotate(total=members.annotate(total=Sum("net_minor")).values("total"))
        .order_by("created_at", "pk")
    )
    payouts = list(rows)
    told = told_together(payouts=payouts)
    hidden = unnamed_sums(payouts=[one for one in payouts if told.get(one.pk) != 1])
    return [
        Compared(
            Hop.PAYOUT,
            one.currency,
            one.amount_minor - hidden.get(one.pk, 0),
            (one.total or 0) - hidden.get(one.pk, 0),
            subject=one.payout_id,
        )
        for one in payouts
    ]
