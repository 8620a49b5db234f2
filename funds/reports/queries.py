"""What the two sides of each hop say now, and what earlier runs found.

Sums of the card account are given without what was received and is still to be published with other gifts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, Sum

from funds.donations.actions.returning import MOVES_TOGETHER
from funds.donations.models import Gift
from funds.donations.rules.transfers import TOGETHER_BACK, TOGETHER_CAME
from funds.donations.states import GiftState, Method
from funds.ledger.models import Balance
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankAccount, BankLine, Movement, Payout, PayoutShare, Statement
from funds.payments.rules import kinds
from funds.payments.states import LineState, MovementState, PayoutState
from funds.reports.models import Comparison, Run
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


def arrival_comparisons() -> list[Compared]:
    """Per fund and currency: told transfers that have not arrived, each with those that it was told together with,
    against the ledger's money in transit."""
    shares = PayoutShare.objects.filter(transaction__isnull=False).exclude(
        payout__state__in=[PayoutState.FAILED, PayoutState.CANCELED]
    )
    arrived = BankLine.objects.filter(payout_share=OuterRef("pk"), transaction__isnull=False)
    told: dict[tuple[UUID, str], tuple[int, int, date | None]] = {
        (fund, currency): (total, number, oldest)
        for fund, currency, total, number, oldest in shares.filter(~Exists(arrived))
        .values_list("fund_id", "payout__currency")
        .annotate(total=Sum("amount_minor"), number=Count("pk"), oldest=Min("payout__arrival_date"))
    }
    booked: dict[tuple[UUID, str], int] = {
        (fund, currency): total
        for fund, currency, total in Balance.objects.filter(account__code=AccountCode.TRANSIT)
        .values_list("account__fund_id", "account__currency")
        .annotate(total=Sum("amount_minor"))
    }
    found = []
    for key in sorted(told.keys() | booked.keys(), key=str):
        total, number, oldest = told.get(key, (0, 0, None))
        if total or booked.get(key):
            found.append(
                Compared(
                    Hop.ARRIVAL, key[1], total, booked.get(key, 0), fund=key[0], items_open=number, oldest_open=oldest
                )
            )
    return found


_BANK_LEDGER = """
SELECT coalesce(sum(e.amount_minor), 0)::bigint
  FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transaction t ON t.id = e.transaction_id
 WHERE a.fund_id = %s AND a.code = 'bank' AND a.currency = %s AND t.effective_date <= %s
"""


def bank_comparisons() -> list[Compared]:
    """Per fund and currency: the closing balances of the latest statements against the ledger's bank account that day.

    A currency is compared once each of its open accounts has a statement with a balance; all must end on one day, the
    earliest of theirs: later lines are taken off the later balances. What is booked with others later than that day
    (gifts without a public name, refunds, transfers) is taken off too: no sum here tells one of them.
    """
    with_balance = Statement.objects.exclude(closing_minor=None)
    accounts = BankAccount.objects.filter(closed_at__isnull=True).prefetch_related(
        Prefetch("statements", queryset=with_balance.order_by("last_date", "imported_at"))
    )
    by_pot: dict[tuple[UUID, str], list[tuple[BankAccount, Statement | None]]] = defaultdict(list)
    for account in accounts:
        statements = list(account.statements.all())
        by_pot[(account.fund_id, account.currency)].append((account, statements[-1] if statements else None))
    found = []
    for (fund, currency), pairs in sorted(by_pot.items(), key=str):
        latest = [(account, told) for account, told in pairs if told is not None]
        if len(latest) != len(pairs):
            continue
        day = min(told.last_date for _account, told in latest)
        outside = sum(_balance_on(account, told, day) - _unpublished_on(account, day) for account, told in latest)
        open_lines = BankLine.objects.filter(
            account__in=[account for account, _told in latest], state=LineState.OPEN, booked_date__lte=day
        ).aggregate(number=Count("pk"), oldest=Min("booked_date"))
        found.append(
            Compared(
                Hop.BANK,
                currency,
                outside,
                _bank_ledger(fund, currency, day),
                fund=fund,
                subject=day.isoformat(),
                items_open=open_lines["number"],
                oldest_open=open_lines["oldest"],
            )
        )
    return found


def _balance_on(account: BankAccount, told: Statement, day: date) -> int:
    later = BankLine.objects.filter(account=account, booked_date__gt=day, booked_date__lte=told.last_date)
    return (told.closing_minor or 0) - (later.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _unpublished_on(account: BankAccount, day: date) -> int:
    """What explained lines moved up to a day whose common booking is later, or to come."""
    lines = BankLine.objects.filter(account=account, state=LineState.MATCHED, booked_date__lte=day)
    waiting = lines.filter(
        Q(transaction=None)
        | Q(transaction__effective_date__gt=day, transaction__kind=Kind.GIFT, transaction__gift_batch__isnull=False)
        | Q(transaction__effective_date__gt=day, transaction__key__startswith=TOGETHER_BACK)
        | Q(transaction__effective_date__gt=day, transaction__key__startswith=TOGETHER_CAME)
    )
    return waiting.aggregate(total=Sum("amount_minor"))["total"] or 0


def _bank_ledger(fund: UUID, currency: str, day: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_BANK_LEDGER, [fund, currency, day])
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its comparisons, those with a remainder first."""

    run: Run
    comparisons: list[Comparison]

    @property
    def clean(self) -> bool:
        """Whether everything was compared and nothing is unexplained."""
        return self.run.card_reached and not any(one.remainder_minor for one in self.comparisons)


def run_of(*, day: date | None = None) -> RunView | None:
    """The last run of a day, or of all days; None when there is none."""
    runs = Run.objects.order_by("-finished_at", "-pk")
    if day is not None:
        runs = runs.filter(day=day)
    run = runs.first()
    if run is None:
        return None
    rows = list(run.comparisons.select_related("fund__town"))
    order = {hop.value: place for place, hop in enumerate(Hop)}
    rows.sort(key=lambda one: (one.remainder_minor == 0, order[one.hop], one.currency, one.subject))
    return RunView(run, rows)


def days_of_runs(*, limit: int = 31) -> list[tuple[date, bool]]:
    """The latest days that were compared and whether their last run left nothing unexplained, newest first."""
    broken = Comparison.objects.filter(run=OuterRef("pk")).exclude(remainder_minor=0)
    rows = (
        Run.objects.annotate(broken=Exists(broken))
        .order_by("-day", "-finished_at", "-pk")
        .distinct("day")
        .values_list("day", "broken", "card_reached")[:limit]
    )
    return [(day, reached and not found) for day, found, reached in rows]


@dataclass(frozen=True, slots=True)
class Way:
    """One transfer to the bank, hop by hop, in minor units of `currency`: what gifts brought, what was kept, what came.

    `rate` is the average of what one unit of the gifts' money became, where all of them were in one other currency.
    """

    payout: Payout
    gross: int
    fees: int
    returned: int
    arrived: Mapping[str, int]
    together: int


def ways(*, before: UUID | None = None, limit: int = 20) -> list[Way]:
    """The latest transfers with what each carried. `together` is 1 where the ledger tells one by itself, else its
    sums are nobody's to read. Ids grow with time."""
    rows = Payout.objects.filter(members_known_at__isnull=False)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    payouts = list(rows.order_by("-pk")[:limit])
    sums: dict[UUID, dict[str, int]] = defaultdict(lambda: {"gross": 0, "fees": 0, "returned": 0})
    members = Movement.objects.filter(payout__in=payouts).exclude(type__in=kinds.BROUGHT_BACK)
    for payout, type_, amount, fee in members.values_list("payout_id", "type").annotate(
        amount=Sum("amount_minor"), fee=Sum("fee_minor")
    ):
        if payout is not None:
            sums[payout]["gross" if type_ in kinds.CHARGES else "returned"] += amount
            sums[payout]["fees"] += fee
    arrived: dict[UUID, dict[str, int]] = defaultdict(dict)
    lines = BankLine.objects.filter(payout_share__payout__in=payouts)
    for payout, currency, total in lines.values_list("payout_share__payout_id", "currency").annotate(
        total=Sum("amount_minor")
    ):
        if payout is not None:
            arrived[payout][currency] = total
    told = told_together(payouts=payouts)
    return [Way(payout=one, arrived=arrived[one.pk], together=told.get(one.pk, 0), **sums[one.pk]) for one in payouts]
