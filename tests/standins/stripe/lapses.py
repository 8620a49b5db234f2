"""How a subscription's status follows from its payments, and how it ends.

Every change is told by an event with what was before. An ended subscription must NEVER come back.
"""

from .call import Moment
from .kinds import SUBSCRIPTION_OF_INVOICE
from .wire import Json

RENEWAL_JOB = "renewal"
RETRY_JOB = "retry"
ENDED = frozenset({"canceled", "incomplete_expired"})


def change(moment: Moment, subscription: Json, **changes: object) -> Json:
    """Save and tell; nothing is told when nothing changes."""
    previous = {name: subscription[name] for name, value in changes.items() if subscription[name] != value}
    if not previous:
        return subscription
    changed = {**subscription, **changes}
    moment.tx.save(changed)
    moment.emit("customer.subscription.updated", changed, previous=previous)
    return changed


def mark_active(moment: Moment, subscription_id: str) -> None:
    """It is paid."""
    subscription = moment.tx.need("subscription", subscription_id).body
    if subscription["status"] in {"past_due", "unpaid", "incomplete"}:
        change(moment, subscription, status="active")


def mark_past_due(moment: Moment, subscription_id: str) -> None:
    """A payment failed and is tried again."""
    subscription = moment.tx.need("subscription", subscription_id).body
    if subscription["status"] == "active":
        change(moment, subscription, status="past_due")


def give_up(moment: Moment, subscription_id: str) -> None:
    """The last try failed: what the account's setting says."""
    subscription = moment.tx.need("subscription", subscription_id).body
    if subscription["status"] in ENDED:
        return
    if moment.settings.after_retries == "cancel":
        cancel(moment, subscription, reason="payment_failed")
    else:
        change(moment, subscription, status=moment.settings.after_retries)


def cancel(moment: Moment, subscription: Json, *, reason: str, details: Json | None = None) -> Json:
    """End it now."""
    now = int(moment.now)
    ended = {
        **subscription,
        "cancel_at_period_end": False,
        "canceled_at": subscription["canceled_at"] or now,
        "cancellation_details": {**subscription["cancellation_details"], **(details or {}), "reason": reason},
        "ended_at": now,
        "status": "canceled",
    }
    moment.tx.save(ended)
    moment.tx.unschedule(RENEWAL_JOB, ended["id"])
    moment.emit("customer.subscription.deleted", ended)
    waiting = {SUBSCRIPTION_OF_INVOICE: [ended["id"]], "$.status": ["draft", "open"]}
    for invoice in moment.tx.page("invoice", filters=waiting):
        # It stays as a debt that nobody collects by itself.
        moment.tx.unschedule(RETRY_JOB, invoice["id"])
        moment.tx.save({**invoice, "auto_advance": False, "next_payment_attempt": None})
    return ended
