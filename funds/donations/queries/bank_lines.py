"""Lines of bank statements with what they may be. For the treasurer and the auditor alone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import NotFound
from common.money import Money
from funds.donations.models import Gift, Pledge, Refund
from funds.donations.rules.explaining import Candidate, Seen, Suggestion, What, suggestions
from funds.donations.states import GiftState, Method, PledgeState, RefundReason, RefundState
from funds.ledger.models import Entry, Fund, Transaction
from funds.ledger.queries import balance_of
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankLine, PayoutShare
from funds.payments.states import LineState, PayoutState

PAGE: Final = 50
_MOST: Final = 20
_AROUND: Final = timedelta(days=21)

FILTERS: Final = ("open", "suspense", "matched", "aside", "all")
Place = tuple[date, UUID]


def lines_of_fund(
    *, fund: Fund, shown: str = "open", account_id: UUID | None = None, before: Place | None = None, limit: int = PAGE
) -> list[BankLine]:
    """Lines of a fund's accounts, newest first; `shown` is one of FILTERS; `before` continues after the last one."""
    rows = BankLine.objects.filter(account__fund=fund).select_related("account", "transaction")
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    rows = _filtered(rows, shown)
    if before is not None:
        day, line_id = before
        rows = rows.filter(booked_date__lte=day).exclude(booked_date=day, pk__gte=line_id)
    return list(rows.order_by("-booked_date", "-id")[:limit])


def _filtered(rows: QuerySet[BankLine], shown: str) -> QuerySet[BankLine]:
    if shown == "suspense":
        return rows.filter(state=LineState.MATCHED, transaction__kind=Kind.SUSPENSE, subject_id=None)
    if shown == "matched":
        return rows.filter(state=LineState.MATCHED).exclude(transaction__kind=Kind.SUSPENSE, subject_id=None)
    return rows if shown == "all" else rows.filter(state=shown)


@dataclass(frozen=True, slots=True)
class Unexplained:
    """How many lines nobody explained yet, and what they add up to, by currency."""

    count: int
    sums: tuple[Money, ...]


def unexplained(*, fund: Fund) -> Unexplained:
    """The open lines of a fund together."""
    rows = BankLine.objects.filter(account__fund=fund, state=LineState.OPEN)
    sums = rows.values_list("currency").annotate(total=Sum("amount_minor")).order_by("currency")
    return Unexplained(rows.count(), tuple(Money(total, currency) for currency, total in sums))


def bank_line(*, line_id: UUID) -> BankLine:
    """One line with its account, fund and booking; raises NotFound."""
    rows = BankLine.objects.select_related("account__fund__town", "transaction", "statement", "explained_by")
    found = rows.filter(pk=line_id).first()
    if found is None:
        raise NotFound("no_line", _("There is no such line."))
    return found


def seen(line: BankLine) -> Seen:
    """A line as it is judged."""
    text = f"{line.purpose} {line.bank_reference}"
    return Seen(line.booked_date, Money(line.amount_minor, line.currency), line.counterparty, text)


def suggestions_for(*, line: BankLine) -> list[Suggestion]:
    """What a line may be, the likeliest first. A fixed number of queries."""
    fund, told = line.account.fund, seen(line)
    candidates: list[Candidate] = []
    if line.amount_minor > 0:
        candidates += _expected(fund, told) + _pledged(fund, told) + _sent(fund)
        cash = balance_of(fund=fund, code=AccountCode.CASH, currency=line.currency)
        candidates.append(Candidate(What.DEPOSIT, None, cash))
    else:
        candidates.append(Candidate(What.FEE, None, None))
        candidates += _given_back(fund, told)
    return suggestions(told, candidates + _booked(fund, told))


def _expected(fund: Fund, told: Seen) -> list[Candidate]:
    rows = Gift.objects.filter(fund=fund, method__in=[Method.BANK, Method.KASPI]).exclude(state=GiftState.SUCCEEDED)
    same = Q(state=GiftState.PENDING, expected_minor=told.amount.minor, currency=told.amount.currency)
    gifts = rows.filter(same | Q(reference_code__in=told.codes)).order_by("created_at")[:_MOST]
    return [expected_candidate(gift) for gift in gifts]


def expected_candidate(gift: Gift) -> Candidate:
    """An announced gift as a line may be it."""
    amount = None if gift.expected_minor is None else Money(gift.expected_minor, gift.currency)
    return Candidate(
        What.EXPECTED,
        gift.pk,
        amount,
        gift.donor_name,
        gift.donor_name,
        gift.reference_code or "",
        gift.created_at.date(),
    )


def _pledged(fund: Fund, told: Seen) -> list[Candidate]:
    rows = Pledge.objects.filter(fund=fund).exclude(state=PledgeState.WITHDRAWN)
    pledges = rows.filter(reference_code__in=told.codes)[:_MOST]
    return [Candidate(What.PLEDGE, one.pk, None, one.enterprise, one.enterprise, one.reference_code) for one in pledges]


def _sent(fund: Fund) -> list[Candidate]:
    # Also what the ledger does not tell yet: it is booked with others, and its line waits for them.
    rows = PayoutShare.objects.filter(fund=fund, bank_line=None, amount_minor__gt=0)
    rows = rows.exclude(payout__state__in=[PayoutState.FAILED, PayoutState.CANCELED]).select_related("payout")
    return [
        Candidate(
            What.PAYOUT,
            one.pk,
            Money(one.amount_minor, one.payout.currency),
            one.payout.payout_id,
            day=one.payout.arrival_date,
        )
        for one in rows.order_by("payout__arrival_date")[:_MOST]
    ]


def _booked(fund: Fund, told: Seen) -> list[Candidate]:
    """Lines of the ledger that were booked by hand and whose bank line has not come yet."""
    near = Q(effective_date__range=(told.day - _AROUND, told.day + _AROUND))
    rows = list(booked_by_hand(fund=fund, amount=told.amount).filter(near)[:_MOST])
    back = Refund.objects.filter(transaction__in=rows, refund_id=None).select_related("gift")
    names = {one.transaction_id: one.gift.donor_name for one in back}
    return [
        Candidate(
            What.REFUND if one.pk in names else What.BOOKED,
            one.pk,
            told.amount,
            f"{one.seq}",
            name=names.get(one.pk, ""),
            day=one.effective_date,
        )
        for one in rows
    ]


def _given_back(fund: Fund, told: Seen) -> list[Candidate]:
    """Confirmed refunds of gifts without a public name, which are booked together once their lines are known."""
    rows = refunds_without_line(fund=fund, amount=told.amount).select_related("gift").order_by("answered_at")[:_MOST]
    return [
        Candidate(
            What.GIVEN_BACK,
            one.pk,
            told.amount,
            name=one.gift.donor_name,
            day=day_of(one.answered_at) if one.answered_at else None,
        )
        for one in rows
    ]


def refunds_without_line(*, fund: Fund, amount: Money) -> QuerySet[Refund]:
    """Confirmed refunds by bank that are booked with others, of the sum that went out, and that no line was taken for.
    `amount` is below zero, as on the line."""
    lines = BankLine.objects.filter(subject_id=OuterRef("pk"))
    return Refund.objects.filter(
        ~Exists(lines),
        gift__fund=fund,
        gift__method__in=[Method.BANK, Method.KASPI],
        gift__name_public=False,
        gift__transaction=None,
        gift__currency=amount.currency,
        amount_minor=-amount.minor,
        state=RefundState.SUCCEEDED,
        transaction=None,
        answered_by__isnull=False,
    ).exclude(reason_code=RefundReason.OTHER_LINE)


def booked_by_hand(*, fund: Fund, amount: Money) -> QuerySet[Transaction]:
    """Transactions of a fund that moved its bank account by this amount, stand, and have no bank line."""
    moved = Entry.objects.filter(
        transaction=OuterRef("pk"),
        account__fund=fund,
        account__code=AccountCode.BANK,
        currency=amount.currency,
        amount_minor=amount.minor,
    )
    rows = Transaction.objects.filter(fund=fund, bank_lines=None, reversed_by=None).exclude(kind=Kind.REVERSAL)
    return rows.filter(Exists(moved)).exclude(key__startswith="bank:").order_by("-seq")


def expected_gifts(*, fund: Fund, before: UUID | None = None, limit: int = PAGE) -> list[Gift]:
    """Announced transfers that have not come, the newest first (ids grow with time). They are no money."""
    rows = Gift.objects.filter(fund=fund, state=GiftState.PENDING, method__in=[Method.BANK, Method.KASPI])
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.select_related("project", "need").order_by("-id")[:limit])
