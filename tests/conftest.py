"""What every test shares. The database is made by its owner and used as the application's own role, as in production."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from common.management.commands.migrate import as_owner
from django.conf import settings
from django.db import connections
from pytest_django import DjangoDbBlocker

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """A test database owned by the owner's role; afterwards the connection is the application's again."""
    from django.test.utils import setup_databases, teardown_databases

    application = connections["default"].settings_dict["USER"]
    with django_db_blocker.unblock():
        with as_owner("default"):
            made = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
            _grant(application)
    yield
    with django_db_blocker.unblock(), as_owner("default"):
        teardown_databases(made, verbosity=0)


def _grant(role: str) -> None:
    from common.database import grant_application_rights

    if settings.DATABASE_OWNER is not None:
        grant_application_rights(connection=connections["default"], role=role)


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen."""
    return NOW
