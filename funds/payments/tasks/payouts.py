"""Transfers to the bank: what their events and movements mean, and the sweep that finds those that nobody told of."""

from celery import shared_task

from common.clock import now
from funds.payments.actions import book_with, handle_with, sweep_start, swept
from funds.payments.actions.payouts import catch_up_payout, take_payout_event
from funds.payments.actions.telling import book_payout
from funds.payments.queries.payouts import payouts_without_members
from funds.payments.rules import kinds
from funds.payments.stripe import fetch_payout, is_configured, list_payouts


@shared_task
def sweep_payouts() -> int:
    """Keep every transfer to the bank that Stripe lists, and whose money it carries. How many it looked at."""
    if not is_configured():
        return 0
    began, looked = now(), 0
    for fact in list_payouts(since=sweep_start(name="payouts", now=began)):
        catch_up_payout(fact=fact, now=now())
        looked += 1
    # Those whose members were not told yet are asked after however old they are.
    for payout_id in payouts_without_members():
        catch_up_payout(fact=fetch_payout(payout_id=payout_id), now=now())
    swept(name="payouts", read_through=began, now=now())
    return looked


def take_payouts() -> None:
    """Tell the inbox and the card account, at start-up, what is about transfers to the bank."""
    handle_with(take_payout_event, kinds.PAYOUT_EVENTS)
    book_with(book_payout, kinds.PAYOUTS)
