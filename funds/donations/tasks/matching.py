"""Matches of enterprises, brought up to date. Safe to run twice; a sweep, because nothing may depend on one message."""

from celery import shared_task

from common.clock import day_of, now
from funds.donations.actions.matching import match_gifts
from funds.donations.queries.matching import waiting_pledges


@shared_task
def match_new_gifts() -> int:
    """Match published gifts that came since the last time. Returns how many matches changed."""
    waiting = waiting_pledges(on=day_of(now()))
    return sum(match_gifts(pledge_id=pledge_id, now=now()) for pledge_id in waiting)
