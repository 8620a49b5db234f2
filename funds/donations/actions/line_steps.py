"""What every explanation of a bank line begins and ends with: its lock, its key in the ledger, its record."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from funds.donations.rules.transfers import line_key
from funds.ledger.actions import Booked, post
from funds.ledger.models import Fund, Transaction
from funds.ledger.rules import Posting
from funds.ledger.states import AccountCode, Kind
from funds.payments.models import BankLine
from funds.payments.permissions import can_keep_bank
from funds.payments.states import LineState
from users.models import User


@dataclass(frozen=True, slots=True)
class Taken:
    """A locked line that waits for its explanation. `source`: the bank account, or suspense where it was booked so."""

    line: BankLine
    source: AccountCode
    attempt: int

    @property
    def fund(self) -> Fund:
        return self.line.account.fund

    @property
    def amount(self) -> Money:
        return Money(self.line.amount_minor, self.line.currency)

    def key(self, what: str = "") -> str:
        """The name of the booking in the ledger, for ever."""
        return line_key(self.line.pk, self.attempt, what)


def locked_line(line_id: UUID) -> BankLine:
    """The line with its account, fund and town, locked until the transaction ends."""
    rows = BankLine.objects.select_for_update(of=("self",)).select_related("account__fund__town", "transaction")
    return rows.get(pk=line_id)


def take(*, line_id: UUID, actor: User | None, now: datetime) -> Taken:
    """Lock a line for explaining. Refuses whoever is not the treasurer, and a line that is explained.

    `actor` None is the site's own task.
    """
    line = locked_line(line_id)
    if actor is not None:
        can_keep_bank(actor, line.account.fund.town, on=day_of(now)).enforce()
    suspended = is_suspended(line)
    if line.state != LineState.OPEN and not suspended:
        raise DomainError("line_explained", _("This line is explained already. Open it anew first, if that was wrong."))
    return Taken(line, AccountCode.SUSPENSE if suspended else AccountCode.BANK, attempt_of(line))


def is_suspended(line: BankLine) -> bool:
    """Whether a line is booked as what nobody has explained, and still is that."""
    held = line.transaction is not None and line.transaction.kind == Kind.SUSPENSE
    return held and line.subject_id is None


def attempt_of(line: BankLine) -> int:
    """Which booking of a line the next one is: one more than were reversed."""
    undone = Transaction.objects.filter(key__startswith=line_key(line.pk, 1), reversed_by__isnull=False)
    return undone.count() + 1


def came_in(taken: Taken) -> None:
    """Refuse a line that went out."""
    if taken.line.amount_minor < 0:
        raise DomainError("line_went_out", _("This money went out, so it cannot be this."))


def fresh(taken: Taken) -> None:
    """Refuse a line that is booked as not yet explained: this explanation needs the line itself."""
    if taken.source != AccountCode.BANK:
        raise DomainError(
            "line_in_suspense",
            _("This line is booked as not yet explained. Ask for the reversal of that booking and open the line anew."),
        )


def booked(postings: list[Posting], now: datetime) -> list[Booked]:
    """Book, so that a refusal leaves the caller's transaction whole."""
    with transaction.atomic():
        return post(postings=postings, now=now)


def explain(
    *,
    taken: Taken,
    actor: User | None,
    now: datetime,
    how: str,
    state: LineState = LineState.MATCHED,
    transaction_id: UUID | None = None,
    subject_id: UUID | None = None,
    payout_share_id: UUID | None = None,
    note: str = "",
) -> None:
    """Write down what a line is. The record holds codes and numbers alone."""
    line = taken.line
    line.state, line.note = state, note
    line.transaction_id, line.subject_id, line.payout_share_id = transaction_id, subject_id, payout_share_id
    line.explained_at, line.explained_by = now, actor
    line.save()
    tell(line, actor=actor, now=now, action="explain_line", how=how)


def tell(line: BankLine, *, actor: User | None, now: datetime, action: str, how: str = "") -> None:
    """The audit entry of a step with a line."""
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=line.account.fund.town.slug,
        action=f"donations.{action}",
        object_type="bank_line",
        object_id=line.pk,
        detail={"how": how},
    )
