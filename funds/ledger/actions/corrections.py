"""Reversals, redesignations and exchanges. What corrects or moves money is asked for by one person and booked by
another; nothing here may change or hide what was booked before."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.money import Money
from councils.meetings.models import Decision
from councils.meetings.states import Outcome
from funds.ledger.actions.combining import post
from funds.ledger.actions.posting import BookedOtherwiseError
from funds.ledger.models import Correction, Earmark, Fund, Transaction
from funds.ledger.permissions import can_ask_for_correction, can_confirm, can_exchange
from funds.ledger.queries import balance_of
from funds.ledger.queries.corrections import free_of_purpose, lines_of_transaction
from funds.ledger.rules import Posting
from funds.ledger.rules.corrections import (
    Exchange,
    exchange_posting,
    holds_several_gifts,
    redesignation_posting,
    reversal_posting,
    told_by_processor,
)
from funds.ledger.states import Kind
from users.models import User

Undoer = Callable[[Transaction, datetime], None]
"""Brings the rows of a room above back to where they stood before a line that is reversed just now."""

_UNDOERS: Final[dict[str, Undoer]] = {}

SENT_BEFORE = DomainError(
    "sent_before", _("This form was sent before with other facts. Open the form anew and look first.")
)


def undone_with(undoer: Undoer, *, prefix: str) -> None:
    """Say at start-up who has to hear of the reversal of a line whose key begins so."""
    _UNDOERS[prefix] = undoer


def _tell(*, now: datetime, actor: User, fund: Fund, action: str, object_id: UUID, detail: dict[str, object]) -> None:
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=fund.town.slug,
        action=f"ledger.{action}",
        object_type="correction" if action != "exchange" else "fund",
        object_id=object_id,
        detail=detail,
    )


def _refuse_reversal_of_returned(booked: Transaction) -> None:
    """What was given back has left the books once already. The refund's own line stands for it."""
    given = booked.kind in {Kind.GIFT, Kind.CLEARING} and booked.subject_id is not None
    back = Transaction.objects.filter(subject_id=booked.subject_id, kind=Kind.REFUND, reversed_by=None)
    if given and back.exists():
        raise DomainError("given_back", _("So much of this gift cannot be given back."))


def refuse_unfit_reversal(booked: Transaction) -> None:
    """Raise `DomainError` (reversal_is_final, reversed_before, processor_told, gifts_together, given_back) where a line
    cannot be reversed.
    """
    if booked.kind == Kind.REVERSAL:
        raise DomainError("reversal_is_final", _("A reversal is final. Book what is right as a new line."))
    if Transaction.objects.filter(reverses=booked).exists():
        raise DomainError("reversed_before", _("This line has been reversed already."))
    if told_by_processor(booked.key):
        raise DomainError(
            "processor_told",
            _("The card processor told of this line, so only a refund there undoes it. It cannot be reversed here."),
        )
    if holds_several_gifts(booked.key):
        raise DomainError(
            "gifts_together",
            _(
                "This line holds gifts of several people, so it stays. A gift by card is given back; what a bank line"
                " brought by mistake is taken out on the page of that line."
            ),
        )
    _refuse_reversal_of_returned(booked)


def refuse_unfit_redesignation(
    *, fund: Fund, source_id: UUID | None, target_id: UUID, decision: Decision, today: date
) -> None:
    """Raise `DomainError` (same_purpose, no_project, not_adopted) where a decision does not move this money."""
    if source_id == target_id:
        raise DomainError("same_purpose", _("Choose another project: the money is tied to this one."), field="target")
    wanted = {target_id} if source_id is None else {target_id, source_id}
    if Earmark.objects.filter(fund=fund, pk__in=wanted).count() != len(wanted):
        raise DomainError("no_project", _("This fund has no such project."), field="target")
    voted = decision.council.town_id == fund.town_id and decision.outcome == Outcome.ADOPTED
    if not voted or decision.decided_date > today:
        raise DomainError(
            "not_adopted", _("Only a decision that this town's council has adopted moves money."), field="decision"
        )


def posting_of(correction: Correction, *, day: date) -> Posting:
    """What a correction books, dated `day`."""
    if correction.kind == Kind.REVERSAL and correction.reverses is not None:
        return reversal_posting(
            fund=correction.fund_id,
            correction=correction.pk,
            reverses=correction.reverses.pk,
            lines=lines_of_transaction(correction.reverses),
            day=day,
            memo=correction.reason,
        )
    if correction.target_id is None or correction.decision_id is None or correction.amount_minor is None:
        raise ValueError("a redesignation names a project, a decision and a sum")
    return redesignation_posting(
        fund=correction.fund_id,
        correction=correction.pk,
        source=correction.source_id,
        target=correction.target_id,
        amount=Money(correction.amount_minor, correction.currency),
        decision=correction.decision_id,
        day=day,
        memo=correction.reason,
    )


@transaction.atomic
def ask_for_correction(*, actor: User, correction: Correction, now: datetime) -> Correction:
    """Keep a wished reversal or redesignation for a second person to confirm. One form asks once.

    `correction` is new and not saved. Refuses what cannot be booked as such, and a line that waits for its reversal.
    """
    can_ask_for_correction(actor, correction.fund.town, on=day_of(now)).enforce()
    if not correction.reason.strip():
        raise DomainError("reason_missing", _("Say why, so that everybody can read it."), field="reason")
    # Those who ask in one fund take turns: the second sender of a form finds what the first one wrote.
    fund = Fund.objects.select_for_update(of=("self",)).select_related("town").get(pk=correction.fund_id)
    same = Correction.objects.filter(pk=correction.pk).first()
    if same is not None:
        facts = ("fund_id", "kind", "reverses_id", "source_id", "target_id", "amount_minor", "currency", "decision_id")
        if any(getattr(same, name) != getattr(correction, name) for name in facts):
            raise SENT_BEFORE
        return same
    if correction.reverses is not None:
        refuse_unfit_reversal(correction.reverses)
        if Correction.objects.filter(reverses=correction.reverses, answered_at__isnull=True).exists():
            raise DomainError("asked_before", _("The reversal of this line waits for its confirmation already."))
    elif correction.target_id is not None and correction.decision is not None:
        refuse_unfit_redesignation(
            fund=fund,
            source_id=correction.source_id,
            target_id=correction.target_id,
            decision=correction.decision,
            today=day_of(now),
        )
    correction.asked_by, correction.asked_at = actor, now
    correction.save(force_insert=True)
    detail: dict[str, object] = {"kind": correction.kind}
    if correction.reverses is not None:
        detail["seq"] = correction.reverses.seq
    _tell(now=now, actor=actor, fund=fund, action="ask_correction", object_id=correction.pk, detail=detail)
    return correction


@transaction.atomic
def answer_correction(
    *, actor: User, correction_id: UUID, accepted: bool, reason: str = "", now: datetime
) -> Correction:
    """A second person books a correction or refuses it with a reason. Raises what `post` raises when it cannot be."""
    rows = Correction.objects.select_for_update(of=("self",)).select_related("fund__town", "reverses", "decision")
    found = rows.get(pk=correction_id)
    can_confirm(actor, found, on=day_of(now)).enforce()
    if not accepted and not reason.strip():
        raise DomainError("reason_missing", _("Say why you refuse, so that the treasurer can mend it."), field="reason")
    if accepted:
        with transaction.atomic():
            [booked] = post(postings=[posting_of(found, day=day_of(now))], now=now)
        if found.reverses is not None:
            # Once more, now that the fund's turn is ours: the gift may have been given back since it was asked for.
            _refuse_reversal_of_returned(found.reverses)
            for prefix, undo in _UNDOERS.items():
                if found.reverses.key.startswith(prefix):
                    undo(found.reverses, now)
        found.booked_id = booked.transaction_id
    else:
        found.answer = reason.strip()
    found.answered_by, found.answered_at = actor, now
    found.save(update_fields=["answered_by", "answered_at", "answer", "booked"])
    _tell(
        now=now,
        actor=actor,
        fund=found.fund,
        action="answer_correction",
        object_id=found.pk,
        detail={"kind": found.kind, "accepted": accepted},
    )
    return found


def refuse_unfit_exchange(*, exchange: Exchange, day: date, today: date) -> None:
    """Raise `DomainError` (amount_not_positive, same_currency, in_future) where nothing can have been exchanged."""
    if exchange.given.minor <= 0:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="given")
    if exchange.got.minor <= 0:
        raise DomainError("amount_not_positive", _("The amount must be more than zero."), field="got")
    if exchange.given.currency == exchange.got.currency:
        raise DomainError("same_currency", _("Choose another currency: this one was given."), field="got_currency")
    if day > today:
        raise DomainError("in_future", _("The day cannot lie in the future."), field="day")


def refuse_uncovered_exchange(*, fund: Fund, exchange: Exchange, booked: bool = False) -> None:
    """Raise `DomainError` where account or purpose hold less than is given, or are left below zero once it is `booked`.

    PostgreSQL holds this for the bank, the cash box and projects; the processor and the fund as a whole may owe.
    """
    wanted = Money(0, exchange.given.currency) if booked else exchange.given
    if balance_of(fund=fund, code=exchange.source, currency=wanted.currency) < wanted:
        raise DomainError("not_enough_money", _("That account does not hold so much."), field="given")
    if free_of_purpose(fund_id=fund.pk, earmark_id=exchange.earmark, currency=wanted.currency) < wanted:
        raise DomainError(
            "not_enough_earmarked",
            _("So much is not free for this purpose in this currency. Choose whose money was exchanged."),
            field="purpose",
        )


@transaction.atomic
def record_exchange(
    *, actor: User, fund: Fund, exchange: Exchange, day: date, memo: str, submission: UUID, now: datetime
) -> int:
    """Book an exchange as the bank made it; gives the line's number. One form books once."""
    can_exchange(actor, fund.town, on=day_of(now)).enforce()
    refuse_unfit_exchange(exchange=exchange, day=day, today=day_of(now))
    posting = exchange_posting(fund=fund.pk, submission=submission, exchange=exchange, day=day, memo=memo)
    if not Transaction.objects.filter(key=posting.key).exists():
        refuse_uncovered_exchange(fund=fund, exchange=exchange)
    try:
        with transaction.atomic():
            [booked] = post(postings=[posting], now=now)
            # Once more, now that the fund's turn is ours: two exchanges at once may each have seen enough.
            if booked.created:
                refuse_uncovered_exchange(fund=fund, exchange=exchange, booked=True)
    except BookedOtherwiseError as error:
        raise SENT_BEFORE from error
    if booked.created:
        detail: dict[str, object] = {
            "seq": booked.seq,
            "given_minor": exchange.given.minor,
            "given": exchange.given.currency,
            "got_minor": exchange.got.minor,
            "got": exchange.got.currency,
        }
        _tell(now=now, actor=actor, fund=fund, action="exchange", object_id=fund.pk, detail=detail)
    return booked.seq
