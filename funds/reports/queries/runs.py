"""What earlier runs found, and the ways of transfers to the bank, hop by hop."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from funds.payments.models import BankLine, Movement, Payout
from funds.payments.rules import kinds
from funds.reports.models import OFF, Comparison, Run
from funds.reports.queries.cards import told_together
from funds.reports.states import Hop


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its comparisons, those that do not fit first."""

    run: Run
    comparisons: list[Comparison]

    @property
    def clean(self) -> bool:
        """Whether everything was compared and nothing is unexplained."""
        return self.run.card_reached and not any(one.is_off for one in self.comparisons)


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
    rows.sort(key=lambda one: (not one.is_off, order[one.hop], one.currency, one.subject))
    return RunView(run, rows)


def days_of_runs(*, limit: int = 31) -> list[tuple[date, bool]]:
    """The latest days that were compared and whether their last run left nothing unexplained, newest first."""
    broken = Comparison.objects.filter(OFF, run=OuterRef("pk"))
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
