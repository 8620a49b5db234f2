"""What every test shares. The database is made by its owner and used as the application's role, as in production."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone, translation
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from common import clock
from common.management.commands.migrate import as_owner
from funds.ledger.models import Earmark, Fund
from portal.demo import world
from portal.demo.people import TOWN
from tests.thread import Thread
from towns.models import Town

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

# Pytest and Django keep half a million objects alive, and what a test leaves is seldom a cycle: looking for garbage as
# often as Python usually does took a sixth of the processors' time.
gc.set_threshold(100_000, 50, 50)

# Cores are shared: a slow moment is no failure.
hypothesis_settings.register_profile("shared", deadline=None)
hypothesis_settings.load_profile("shared")


def pytest_collection_finish() -> None:
    """What the collected tests and their modules hold lives as long as the process and is looked through no more."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """A test database owned by the owner's role; afterwards the connection is the application's again."""
    from django.test.utils import setup_databases, teardown_databases

    application = connections["default"].settings_dict["USER"]
    with django_db_blocker.unblock(), as_owner("default"):
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


@pytest.fixture(scope="session")
def log_seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed of the run's log keys. The same in every process, so that a database outlives its test run."""
    path = tmp_path_factory.mktemp("log") / "seed"
    path.write_bytes(b"tests only, never for a real log")
    path.chmod(0o600)
    return path


_state_dirs = count()


@pytest.fixture(autouse=True)
def log_state_dir(log_seed: Path, settings: Settings) -> Path:
    """Each test's logs start with nothing signed, as its database does."""
    settings.LOG_SEED_FILE = str(log_seed)
    settings.LOG_STATE_DIR = str(log_seed.parent / f"signed{next(_state_dirs)}")
    return Path(settings.LOG_STATE_DIR)


@pytest.fixture(autouse=True)
def language(settings: Settings) -> None:
    """Each test begins in the site's own language and time zone, whatever the page that was asked last left behind."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


@pytest.fixture
def now(request: pytest.FixtureRequest) -> datetime:
    """The moment at which tests happen: always the same, but with the stand-in of Stripe its own, the real clock's."""
    return clock.now() if "stand_in" in request.fixturenames else NOW


@pytest.fixture
def as_database_owner(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database is asked as the owner of its tables. Name it first, and leave the mark `django_db` off."""
    with django_db_blocker.unblock(), as_owner("default"):
        request.getfixturevalue("db")
        yield


def _not_in_a_transaction() -> None:
    if connections["default"].in_atomic_block:
        raise RuntimeError("leave the mark `django_db` off: this test has a database of its own")


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Every connection that is opened meanwhile, in this thread or another, goes to the database `name`."""
    _not_in_a_transaction()
    settings_dict = connections["default"].settings_dict
    before = settings_dict["NAME"]
    connections.close_all()
    settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        settings_dict["NAME"] = before


@contextmanager
def copied_database(name: str) -> Iterator[None]:
    """A copy of the database that the connection points at, with its towns, owners and rights; dropped afterwards.

    A copy can only be taken of a database that nobody is connected to, so no test may leave a connection behind.
    """
    connection = connections["default"]
    _not_in_a_transaction()
    source, copy = (connection.ops.quote_name(n) for n in (connection.settings_dict["NAME"], name))
    connections.close_all()
    with as_owner("default"), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {copy}")  # left by a run that was killed
        cursor.execute(f"CREATE DATABASE {copy} TEMPLATE {source} STRATEGY WAL_LOG")
    try:
        yield
    finally:
        connections.close_all()
        with as_owner("default"), connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {copy}")


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of the test's own, where commits are real and many threads may connect. Yields its name.

    Do not mark such a test `django_db`. The towns stand in it; `town`, `fund` and `earmark` are made in it.
    """
    name = f"{connections['default'].settings_dict['NAME']}_copy"
    with django_db_blocker.unblock(), copied_database(name), pointed_at(name):
        yield name


@pytest.fixture(scope="session")
def demo_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The demo world, built once a run in a database of its own. Tests ask for `demo`, which leaves no trace."""
    name = f"{connections['default'].settings_dict['NAME']}_demo"
    with django_db_blocker.unblock(), copied_database(name):
        with pointed_at(name):
            world.build(now=clock.now())
        yield name


@pytest.fixture
def demo(demo_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Town]:
    """The demo town with everything that happened in it up to this moment. What a test writes is taken back."""
    with django_db_blocker.unblock(), pointed_at(demo_database), transaction.atomic():
        yield Town.objects.get(slug=TOWN)
        transaction.set_rollback(True)


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Town:
    """Temirtau, as the project's own data has it."""
    request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")
    return Town.objects.get(slug="temirtau")


@pytest.fixture
def fund(town: Town) -> Fund:
    """An empty fund of that town."""
    return Fund.objects.create(town=town, legal_entity="Tests e.V.", founded_date=NOW.date())


@pytest.fixture
def earmark(fund: Fund) -> UUID:
    """Something that the fund's money can be tied to."""
    return Earmark.objects.create(fund=fund, label="Lamps for Mira street").pk


@pytest.fixture
def thread(town: Town, fund: Fund, now: datetime) -> Thread:
    """That town's council and fund, and every step from need to proof."""
    return Thread(town=town, fund=fund, now=now)
