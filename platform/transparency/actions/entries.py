"""Writing to a town's log, as one of the last steps of the action that the entry is about, in its transaction.

A body must never hold personal data: such fields go into `personal`, of which the log shows keyed commitments alone.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError, NotFound
from transparency.models import Entry, Log
from transparency.rules.canonical import KEY_BYTES, canonical, commitment, read_canonical
from transparency.states import Kind

_OURS = frozenset({"at", "type", "v", "commitments"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands behind one commitment: the entry's index, the field's name, the key (32 random bytes), the value."""

    index: int
    field: str
    key: bytes
    value: str


def moment_text(moment: datetime) -> str:
    """A moment as entries write it: 2026-11-22T07:15:00.123456Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_key() -> bytes:
    """A fresh key for one personal field of one entry."""
    return secrets.token_bytes(KEY_BYTES)


def append(
    *,
    slug: str,
    kind: Kind,
    body: Mapping[str, object],
    now: datetime,
    ref: UUID | None = None,
    personal: Mapping[str, str] | None = None,
) -> int:
    """Write one entry and return its index. The town's other writers wait until this transaction ends: call it late.

    `body` is what everybody may read (text, whole numbers, lists, names); moment, kind, version and commitments are
    added here. `personal` is kept apart and can be erased. Money is written by the ledger itself and refused here.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an entry belongs into the transaction of what it is about")
    if _OURS & body.keys():
        raise ValueError("at, type, v and commitments are written by the log itself")
    keys = {field: new_key() for field in personal or {}}
    whole: dict[str, object] = {**body, "at": moment_text(now), "type": kind.value, "v": 1}
    if personal:
        whole["commitments"] = {
            field: commitment(key=keys[field], field=field, value=value) for field, value in personal.items()
        }
    with connection.cursor() as cursor:
        cursor.execute("SELECT transparency_append(%s, %s, %s, %s, %s)", [slug, kind.value, ref, now, canonical(whole)])
        index = int(cursor.fetchone()[0])
    if personal:
        _keep(slug, [Kept(index, field, keys[field], value) for field, value in personal.items()])
    return index


@transaction.atomic
def keep_openings(*, slug: str, openings: Sequence[Kept]) -> None:
    """Keep what stands behind commitments that other code wrote (the ledger's). Part of the action that books.

    Refuses with ValueError what does not open its commitment: it could never be shown to anybody.
    """
    entries = Entry.objects.filter(
        log_id__in=Log.objects.filter(slug=slug).values("id"), index__in={one.index for one in openings}
    )
    committed = {entry.index: read_canonical(bytes(entry.body)).get("commitments") for entry in entries}
    for one in openings:
        found = committed.get(one.index)
        said = found.get(one.field) if isinstance(found, dict) else None
        if said != commitment(key=one.key, field=one.field, value=one.value):
            raise ValueError(f"entry {one.index} holds no commitment to this value of {one.field}")
    _keep(slug, openings)


def _keep(slug: str, openings: Sequence[Kept]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(transparency_keep(%s, o.place, o.part, o.secret, o.said)) FROM"
            " unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[]) AS o(place, part, secret, said)",
            [
                slug,
                [one.index for one in openings],
                [one.field for one in openings],
                [one.key for one in openings],
                [one.value for one in openings],
            ],
        )


@transaction.atomic
def erase(*, slug: str, index: int, field: str, now: datetime, actor_id: UUID | None = None) -> int:
    """Delete key and value behind one commitment, and say so in the log; gives the index of that entry.

    The erased entry keeps its bytes, so every proof stays valid; what it committed to can never be shown again.
    """
    body = {"at": moment_text(now), "type": Kind.ERASURE.value, "v": 1, "index": index, "field": field}
    with connection.cursor() as cursor:
        cursor.execute("SELECT transparency_erase(%s, %s, %s, %s, %s)", [slug, index, field, now, canonical(body)])
        place = cursor.fetchone()[0]
    if place is None:
        raise NotFound("nothing_to_erase", _("There is nothing to erase here: it was erased before, or never kept."))
    record(
        now=now,
        actor_id=actor_id,
        town_slug=slug,
        action="transparency.erase",
        object_type="log_entry",
        object_id=f"{slug}/{index}",
        detail={"field": field, "erasure": int(place)},
    )
    return int(place)


@transaction.atomic
def heartbeat(*, slug: str, now: datetime) -> int | None:
    """Today's sign of life of an open log: whoever reads along sees that nothing was held back. Once a day."""
    body = {"at": moment_text(now), "type": Kind.HEARTBEAT.value, "v": 1}
    if not Log.objects.filter(slug=slug).exists():
        raise DomainError("no_log", _("This town has no log yet. It opens with the first entry."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT transparency_heartbeat(%s, %s, %s)", [slug, now, canonical(body)])
        place = cursor.fetchone()[0]
    return None if place is None else int(place)
