"""What tests of an ended log share: a database that goes back while the disk beside the seed remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from django.db import transaction
from django.test import Client

from transparency import queries
from transparency.models import Entry
from transparency.queries.keys import log_key
from transparency.rules.hashing import leaf_hash
from transparency.rules.merkle import Tree
from transparency.rules.successions import Succession, open_succession
from transparency.rules.tiles import bundle_path, tile_path, tiles_of
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


def mirrored(client: Client, folder: Path, address: str, size: int) -> None:
    """What the site serves of a log of that size, as files."""
    paths = [tile_path(level=level, index=index, width=width) for level, index, width in tiles_of(size=size)]
    paths += [bundle_path(index=index, width=width) for level, index, width in tiles_of(size=size) if level == 0]
    for path in ("checkpoint", "succession", "policy", "vkey", *paths):
        answer = client.get(f"{address}/{path}")
        if answer.status_code == HTTPStatus.OK:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(answer.content)
