"""What every test shares. The database is made by its owner and used as the application's own role, as in production."""

from collections.abc import Iterator
from datetime import UTC, datetime

from uuid import UUID

import pytest
from common.management.commands.migrate import as_owner
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker
from towns.models import Town

from funds.ledger.models import Earmark, Fund

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
            call_command("load_towns", verbosity=0)
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


@pytest.fixture
def as_database_owner(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database is asked as the owner of its tables. Name it first, and leave the mark `django_db` off."""
    with django_db_blocker.unblock(), as_owner("default"):
        request.getfixturevalue("db")
        yield


@pytest.fixture
def town(db: None) -> Town:
    """Temirtau, as the project's own data has it."""
    return Town.objects.get(slug="temirtau")


@pytest.fixture
def fund(town: Town) -> Fund:
    """An empty fund of that town."""
    return Fund.objects.create(town=town, legal_entity="Tests e.V.", founded_date=NOW.date())


@pytest.fixture
def earmark(fund: Fund) -> UUID:
    """Something that the fund's money can be tied to."""
    return Earmark.objects.create(fund=fund, label="Lamps for Mira street").pk
