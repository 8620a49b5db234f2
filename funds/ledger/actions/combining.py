"""`post`: what the rest of the site calls to book. Single postings that wait at the same moment travel together.

A posting holds its fund's turn until its commit has reached the disk, so postings one by one are never faster than the
disk. Threads of a process that post outside a transaction therefore book together (`common.combining`). Nothing is ever
answered before it is committed, and a refusal reaches the one who asked, nobody else.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from django.db import connection

from common import combining
from funds.ledger.actions.posting import MOST_POSTINGS, Booked, post_directly
from funds.ledger.rules import Posting

_Asked = tuple[Sequence[Posting], datetime]


class Combiner(combining.Combiner[_Asked, list[Booked]]):
    """The postings that wait in one process."""

    def __init__(self) -> None:
        super().__init__(
            together=_together, alone=_alone, most=MOST_POSTINGS, weight=lambda asked: len(asked[0]), gathers=True
        )

    def post(self, *, postings: Sequence[Posting], now: datetime) -> list[Booked]:
        """Book in the company of whatever waits. Raises what `post_directly` raises. A key makes a second time
        harmless."""
        return self.send((postings, now))


def _together(asked: list[_Asked]) -> list[list[Booked]]:
    booked = iter(
        post_directly(postings=[one for postings, _now in asked for one in postings], now=max(now for _, now in asked))
    )
    return [list(islice(booked, len(postings))) for postings, _now in asked]


def _alone(asked: _Asked) -> list[Booked]:
    postings, now = asked
    return post_directly(postings=postings, now=now)


_COMBINER = Combiner()


def post(*, postings: Sequence[Posting], now: datetime) -> list[Booked]:
    """Book up to 500 transactions, all or none. Safe to repeat: a booked key is returned, not booked again.

    Raises `DomainError` (not_enough_money, not_enough_earmarked, more_than_held, approvals_missing, period_closed,
    hold_does_not_cover) when the database refuses, `BookedOtherwiseError` when a key is booked with other entries.
    Inside a transaction the refusal marks it to be rolled back: whoever wants to go on wraps the call in `atomic()`.
    """
    if connection.in_atomic_block:
        return post_directly(postings=postings, now=now)
    return _COMBINER.post(postings=postings, now=now)
