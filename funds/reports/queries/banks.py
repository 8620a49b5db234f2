"""What the bank says and what the ledger says of the same money: transfers that arrive, accounts on a day.

No sum here may tell a gift without a public name: neither one that waits for others nor a line that may be one.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, Sum

from funds.donations.rules.transfers import TOGETHER_BACK, TOGETHER_CAME
from funds.ledger.models import Balance
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankAccount, BankLine, PayoutShare, Statement
from funds.payments.states import LineState, PayoutState
from funds.reports.rules import Compared
from funds.reports.states import Hop


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


def bank_comparisons(*, now: datetime) -> list[Compared]:
    """Per fund and currency: the closing balances of the latest statements against the ledger's bank account that day.

    A currency is compared once each of its open accounts has a statement with a balance; all must end on one day, the
    earliest of theirs: later lines are taken off the later balances. What is booked with others later than that day
    (gifts without a public name, refunds, transfers) is taken off too: no sum here tells one of them. So are, for
    ANONYMOUS_BATCH_DAYS from their import, lines that nobody has explained: one may be such a gift. All are counted.
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
        # Those of later days are counted too: an account whose statements lag would else hide them all.
        unsaid = BankLine.objects.filter(account__in=[account for account, _told in latest], state=LineState.OPEN)
        young = Q(statement__imported_at__gt=now - timedelta(days=settings.ANONYMOUS_BATCH_DAYS), booked_date__lte=day)
        open_lines = unsaid.aggregate(
            number=Count("pk"), oldest=Min("booked_date"), untold=Sum("amount_minor", filter=young, default=0)
        )
        outside -= open_lines["untold"]
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
