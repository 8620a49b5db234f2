"""The next period of a subscription: its invoice, its collection, or its end.

By the clock, or when a test says so. A period must NEVER be invoiced twice: the timer's row goes with its transaction.
"""

import calendar
from datetime import UTC, datetime, timedelta

from . import invoices
from .call import Moment
from .lapses import ENDED, RENEWAL_JOB, cancel, change
from .shapes_billing import items_list
from .wire import Json

_DAYS = {"day": 1, "week": 7}


def after(start: int, recurring: Json, *, anchor: int) -> int:
    """The end of a period that begins at `start` (Unix seconds); months keep the day of the anchor where they can."""
    moment, count = datetime.fromtimestamp(start, UTC), recurring["interval_count"]
    if recurring["interval"] in _DAYS:
        return int((moment + timedelta(days=_DAYS[recurring["interval"]] * count)).timestamp())
    months = moment.month - 1 + count * (12 if recurring["interval"] == "year" else 1)
    year, month = moment.year + months // 12, months % 12 + 1
    day = min(datetime.fromtimestamp(anchor, UTC).day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())


def schedule(moment: Moment, subscription: Json) -> None:
    """Set the timer of the next renewal: the end of the period, or the shortened one of demonstrations."""
    end = min(item["current_period_end"] for item in subscription["items"]["data"])
    short = moment.settings.renew_every
    moment.tx.schedule(RENEWAL_JOB, subscription["id"], moment.now + short if short else end)


def renew(moment: Moment, subscription_id: str) -> Json:
    """Begin the next period; returns the subscription as it is then."""
    subscription = moment.tx.need("subscription", subscription_id).body
    if subscription["status"] in ENDED:
        return subscription
    if subscription["cancel_at_period_end"]:
        return cancel(moment, subscription, reason="cancellation_requested")
    if subscription["status"] == "paused":
        return subscription
    paused = subscription["pause_collection"]
    if paused and paused["resumes_at"] is not None and paused["resumes_at"] <= moment.now:
        subscription = change(moment, subscription, pause_collection=None)
        paused = None
    subscription = change(moment, subscription, items=items_list(_next(subscription), subscription_id))
    made = invoices.draft(moment, subscription, reason="subscription_cycle")
    behavior = paused["behavior"] if paused else None
    if behavior != "keep_as_draft" and subscription["status"] != "unpaid":
        made = invoices.finalize(moment, made)
        if behavior == "void":
            invoices.void(moment, made)
        elif behavior == "mark_uncollectible":
            invoices.mark_uncollectible(moment, made)
        else:
            invoices.collect(moment, made)
    after_all = moment.tx.need("subscription", subscription_id).body
    if after_all["status"] not in ENDED:
        schedule(moment, after_all)
    return after_all


def _next(subscription: Json) -> list[Json]:
    anchor = subscription["billing_cycle_anchor"]
    return [
        {
            **item,
            "current_period_start": item["current_period_end"],
            "current_period_end": after(item["current_period_end"], item["price"]["recurring"], anchor=anchor),
        }
        for item in subscription["items"]["data"]
    ]
