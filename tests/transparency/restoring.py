"""What tests of an ended log share: a database that goes back while the disk beside the seed remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from transparency import queries
from transparency.models import Entry
from transparency.queries.keys import log_key
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.rules.successions import Succession, open_succession
from transparency.states import Refusal

SLUG = "temirtau"


class _Lost(Exception):  # noqa: N818 - what happens to the database, not an error of the code
    """The database goes back to an earlier state."""


@contextmanager
def lost_afterwards() -> Iterator[None]:
    """What is written inside is gone from the database at the end, and stays on the disk beside the seed."""
    try:
        with transaction.atomic():
            yield
            raise _Lost  # noqa: TRY301 - it ends the transaction
    except _Lost:
        pass


def root_of_all() -> bytes:
    tree = Tree()
    tree.append_leaf_hashes([leaf_hash(bytes(one.body)) for one in Entry.objects.order_by("index")])
    return tree.root()


def refusal(now: datetime) -> Refusal:
    return queries.log_state(SLUG, now=now).refusal


def told(generation: int = 1) -> Succession:
    keys = [log_key(SLUG, generation).verifier]
    return open_succession(data=queries.statement_of(SLUG, generation), keys=keys)
