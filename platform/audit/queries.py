"""Cheap version numbers for conditional pages. One small query each; they must change with every audited write."""

from django.db import connection


def town_version(slug: str, *args: object, **kwargs: object) -> int:
    """The number of audited writes of one town (and of none): what an ETag of its pages is made from."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(number), 0) FROM audit_version WHERE town_slug IN (%s, '')", [slug])
        return int(cursor.fetchone()[0])


def site_version(*args: object, **kwargs: object) -> int:
    """The number of audited writes of all towns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(number), 0) FROM audit_version")
        return int(cursor.fetchone()[0])
