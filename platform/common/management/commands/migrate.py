"""`migrate` as the owner of the database, whoever the site connects as; then the site's role gets its rights.

The site's own role must never own a table: an owner can switch its triggers off.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections

from common.database import grant_application_rights


@contextmanager
def as_owner(alias: str) -> Iterator[None]:
    """Connect `alias` as DATABASE_OWNER_URL for the duration; without that setting nothing changes."""
    owner = settings.DATABASE_OWNER
    if owner is None:
        yield
        return
    connection = connections[alias]
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


class Command(MigrateCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MIGRATE_NEEDS_OWNER and settings.DATABASE_OWNER is None:
            raise CommandError("Set DATABASE_OWNER_URL: the site's own role must not own the tables.")
        alias = options["database"]
        role = connections[alias].settings_dict["USER"]
        with as_owner(alias):
            super().handle(*args, **options)
            if settings.DATABASE_OWNER is not None and role != settings.DATABASE_OWNER["USER"]:
                grant_application_rights(connection=connections[alias], role=role)
