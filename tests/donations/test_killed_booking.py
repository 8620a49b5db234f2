"""Kill -9 while a line is being booked: what was posted and not committed is gone, the next worker books it once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from common.money import Money
from funds.donations import actions
from funds.donations.models import Batch
from funds.donations.tasks import publish_waiting
from funds.ledger.models import Entry, Fund, Transaction
from funds.payments.actions import store_movements
from funds.payments.models import Movement
from funds.payments.rules import MovementFact, Payment, PaymentStatus
from funds.payments.states import MovementState
from funds.payments.tasks import book_movements
from tests.payments.machines import Killable, broker, worker
from tests.payments.stage import make_fund, make_gift
from tests.standins.stripe.running import wait_for

__all__ = ["broker", "worker"]

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.soak]


@contextmanager
def shut(table: str) -> Iterator[None]:
    """Nobody writes to this table (locking rows is free): whoever is about to waits in the middle of a transaction."""
    own = connection.settings_dict
    address = f"postgres://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    with psycopg.connect(address) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        yield


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def unnamed_gifts(fund: Fund, now: datetime) -> None:
    """Two gifts without a public name that have waited long enough."""
    long_ago = now - timedelta(days=settings.ANONYMOUS_BATCH_DAYS + 2)
    for number in range(2):
        gift = make_gift(fund, long_ago, name_public=False)
        moved = MovementFact(
            f"txn_{number}", "charge", "charge", gift.amount_minor, 100, "KZT", long_ago, long_ago,
            source_id=f"ch_{number}", payment_id=f"pi_{number}",
        )  # fmt: skip
        amount = Money(gift.amount_minor, gift.currency)
        paid = Payment(f"pi_{number}", gift.pk, PaymentStatus.SUCCEEDED, amount, f"ch_{number}", long_ago, moved)
        actions.settle_gift(gift_id=gift.pk, payment=paid, now=long_ago)


def a_fee(_fund: Fund, now: datetime) -> None:
    """A fee of the card account as a whole."""
    store_movements(facts=[MovementFact("txn_fee", "stripe_fee", "fee", -500, 0, "EUR", now, now)])


@pytest.mark.parametrize(
    ("begin", "task", "table", "lines"),
    [
        (unnamed_gifts, publish_waiting, "donations_batch", 2),  # the gifts and their fee
        (a_fee, book_movements, "payments_movement", 1),
    ],
    ids=["publish_batch", "book_movement"],
)
def test_a_worker_killed_while_it_books_leaves_nothing_behind_and_the_next_books_once(
    worker: Killable, now: datetime, begin: Callable[[Fund, datetime], None], task: Any, table: str, lines: int
) -> None:
    begin(make_fund(now), now)
    with shut(table):
        task.delay()
        wait_for("the worker has posted and waits", somebody_waits, seconds=60)
        worker.kill()
    wait_for("its transaction is gone", lambda: not somebody_waits())
    assert (Transaction.objects.count(), Batch.objects.count()) == (0, 0)
    assert set(Movement.objects.values_list("state", flat=True)) == {MovementState.WAITING}
    worker.start()
    for _time in range(2):
        task.delay()
    wait_for("all is booked", lambda: not Movement.objects.filter(state=MovementState.WAITING).exists(), seconds=60)
    assert (Transaction.objects.count(), Entry.objects.count()) == (lines, 2 * lines)
    assert set(Movement.objects.values_list("state", flat=True)) == {MovementState.BOOKED}
