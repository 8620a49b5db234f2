"""Logs with entries in them, and shorthand for appending."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from tests.transparency.killing import site
from tests.transparency.restoring import lost_afterwards, refusal
from transparency import actions, queries
from transparency.states import Kind, Refusal

__all__ = ["site"]
SLUG = "temirtau"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def write(now: datetime) -> Callable[..., int]:
    """Append one entry in a transaction of its own; gives its index."""

    def one(
        number: int = 0,
        *,
        slug: str = SLUG,
        kind: Kind = Kind.DECISION,
        ref: UUID | None = None,
        personal: dict[str, str] | None = None,
    ) -> int:
        with transaction.atomic():
            return actions.append(slug=slug, kind=kind, body={"number": number}, now=now, ref=ref, personal=personal)

    return one


@pytest.fixture
def fill(now: datetime) -> Callable[..., None]:
    """Append many entries at once, as the ledger's set-based functions do."""

    def many(count: int, *, slug: str = SLUG) -> None:
        said = f'{{"at":"{actions.moment_text(now)}","number":N,"type":"minutes","v":1}}'
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT max(transparency_append(%s, 'minutes', NULL, %s,"
                " convert_to(replace(%s, ':N', ':' || n), 'UTF8')))"
                " FROM generate_series(1, %s) AS n",
                [slug, now, said, count],
            )

    return many


@pytest.fixture
def old_proof() -> list[bytes]:
    """Proofs that somebody downloaded before the restore: of an entry that comes back, and of one that does not."""
    return []


@pytest.fixture
def restored(fill: Callable[..., None], now: datetime, old_proof: list[bytes]) -> int:
    """300 signed entries and 5 that wait come back; 45 more were signed after the backup. Gives what was signed."""
    fill(300)
    actions.integrate(slug=SLUG, now=now)
    fill(5)
    with lost_afterwards():
        fill(45)
        actions.integrate(slug=SLUG, now=now)
        old_proof += [queries.proof_file(SLUG, 7), queries.proof_file(SLUG, 340)]
    assert actions.integrate(slug=SLUG, now=now) is None
    assert refusal(now) == Refusal.OLDER_THAN_SIGNED
    return 350
