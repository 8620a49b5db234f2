"""A step of the preparation runs exactly when something it depends on changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from devservices.account import server_account
from devservices.places import open_places
from devservices.process import Processes
from devservices.servers import Servers
from devservices.state import State
from devservices.steps import Steps

_MIGRATE, _STATIC, _TOWNS, _DEMO = "migrate --noinput", "collectstatic --noinput -v0", "load_towns", "demo"


@pytest.fixture
def steps(tiny_site: Path) -> Iterator[Steps]:
    run = tiny_site.parent / "run"
    places = open_places(run=run, account=server_account())
    processes = Processes(pids=places.pids, run=run)
    servers = Servers(
        places=places, processes=processes, environ={"REDIS_URL": "redis://x"}, say=lambda _line: None, fast=True
    )
    urls = servers.acquire()
    try:
        yield Steps(
            root=tiny_site,
            run=run,
            logs=places.logs,
            env={**urls, "ASAR_RUN_DIR": str(run), "PATH": "/usr/bin:/bin", "SITE_URL": "http://x"},
            state=State(run),
            processes=processes,
            say=lambda _line: None,
        )
    finally:
        servers.release()


@pytest.fixture
def done(steps: Steps) -> Callable[[], list[str]]:
    """Run all steps and return those that really ran."""

    def run() -> list[str]:
        steps.run_all(demo=True)
        with psycopg.connect(steps.env["DATABASE_OWNER_URL"]) as link:
            did = [what for (what,) in link.execute("SELECT what FROM said ORDER BY what = %s", [_STATIC]).fetchall()]
            link.execute("DELETE FROM said")
        return did

    return run


@pytest.mark.soak  # seven seconds: every step of a start, again and again
def test_only_what_changed_is_done_again(steps: Steps, done: Callable[[], list[str]]) -> None:
    assert done() == [_MIGRATE, _TOWNS, _DEMO, _STATIC]
    assert done() == []

    towns = steps.root / "platform" / "towns"
    (towns / "migrations").mkdir(parents=True)
    (towns / "towns.csv").write_text("Temirtau")
    assert done() == [_TOWNS, _DEMO]

    (towns / "migrations" / "0001_initial.py").write_text("")
    assert done() == [_MIGRATE, _TOWNS, _DEMO]

    (steps.root / "static").mkdir()
    (steps.root / "static" / "asar.css").write_text("body {}")
    assert done() == [_STATIC]

    (steps.run / "static" / "staticfiles.json").unlink()
    assert done() == [_STATIC]

    with psycopg.connect(steps.env["DATABASE_OWNER_URL"]) as link:  # as a restored backup would
        link.execute("INSERT INTO django_migrations DEFAULT VALUES")
    assert done() == [_MIGRATE, _TOWNS, _DEMO]

    with psycopg.connect(steps.env["DATABASE_OWNER_URL"]) as link:
        link.execute("DROP TABLE django_migrations")
    assert done() == [_MIGRATE, _TOWNS, _DEMO]

    (steps.root / "requirements" / "run.txt").write_text("django==6")
    assert done() == [_MIGRATE, _TOWNS, _DEMO, _STATIC]
    assert done() == []
