"""Cheap version numbers for conditional pages. One small query each; they must change with every audited write."""

from common.postgresql.asking import ask


def town_version(slug: str, *args: object, **kwargs: object) -> int:
    """The number of audited writes of one town (and of none): what an ETag of its pages is made from."""
    found = ask("SELECT coalesce(sum(number), 0) FROM audit_version WHERE town_slug IN ($1::text, '')", [slug])
    return int(found[0][0])


def site_version(*args: object, **kwargs: object) -> int:
    """The number of audited writes of all towns."""
    return int(ask("SELECT coalesce(sum(number), 0) FROM audit_version")[0][0])
