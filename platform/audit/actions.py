"""The last line of every write. It must stand in the same transaction as the write itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from audit.models import Record


def record(
    *,
    now: datetime,
    actor_id: UUID | str | None,
    town_slug: str,
    action: str,
    object_type: str,
    object_id: object,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note who did what, and move the town's version on (which locks it until commit: call this last).

    `actor_id` is None for anonymous people and for the machine. `detail` holds codes and numbers, no personal data.
    `town_slug` is "" for writes that belong to no town.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs into the transaction of its write")
    Record.objects.create(
        recorded_at=now,
        actor_id=actor_id,
        town_slug=town_slug,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=detail or {},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_version (town_slug, number) VALUES (%s, 1)"
            " ON CONFLICT (town_slug) DO UPDATE SET number = audit_version.number + 1",
            [town_slug],
        )


def record_all(
    *, now: datetime, town_slug: str, action: str, object_type: str, told: Sequence[tuple[Any, dict[str, Any]]]
) -> None:
    """The same step of many things of one town, done by the machine: (object_id, detail) of each. Two statements."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs into the transaction of its write")
    if not told:
        return
    Record.objects.bulk_create(
        Record(
            recorded_at=now,
            actor_id=None,
            town_slug=town_slug,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            detail=detail,
        )
        for object_id, detail in told
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_version (town_slug, number) VALUES (%s, %s)"
            " ON CONFLICT (town_slug) DO UPDATE SET number = audit_version.number + excluded.number",
            [town_slug, len(told)],
        )
