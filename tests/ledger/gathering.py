"""Helpers for tests with several connections: hold a fund's turn, and wait for something with a deadline."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from common.management.commands.migrate import as_owner
from funds.ledger.models import Fund

DEADLINE = 60.0


def until(met: Callable[[], bool], what: str = "it happens") -> None:
    """Wait until `met`, at most a minute."""
    deadline = time.monotonic() + DEADLINE
    while not met():
        assert time.monotonic() < deadline, f"a minute is over before {what}"
        time.sleep(0.005)


def address(**change: str) -> str:
    """Where a psycopg connection of one's own reaches the test's database, as the role of Django's connection."""
    own = {**connection.settings_dict, **change}
    return f"postgresql://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"


@contextmanager
def turn_taken(fund: Fund) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else holds the fund's turn meanwhile: nothing of the fund can be booked."""
    with as_owner("default"):
        where = address()
    with psycopg.connect(where) as other:
        other.execute("SELECT 1 FROM transparency_head WHERE fund_id = %s FOR UPDATE", [fund.pk])
        yield other
