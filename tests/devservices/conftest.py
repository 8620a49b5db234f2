"""A tiny site that stands where the real one stands, so that starting, killing and stopping are tested in seconds.

The servers, the processes and the supervisor are the real ones; only what they serve is small.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devservices.places import remove_places

_MANAGE = """
import os, sys
from pathlib import Path
import psycopg
command = sys.argv[1]
link = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
link.execute("SELECT pg_advisory_lock(1)")
link.execute("CREATE TABLE IF NOT EXISTS said (what text)")
link.execute("GRANT SELECT, INSERT ON said TO asar_app")
if command == "migrate":
    link.execute("CREATE TABLE IF NOT EXISTS django_migrations (id serial, applied timestamptz DEFAULT now())")
elif command == "collectstatic":
    folder = Path(os.environ["ASAR_RUN_DIR"]) / "static"
    folder.mkdir(exist_ok=True)
    (folder / "staticfiles.json").write_text("{}")
elif sys.argv[1:] == ["demo", "--list"]:
    print("Treasurer: " + os.environ["SITE_URL"] + "/enter/treasurer")
link.execute("INSERT INTO said VALUES (%s)", [" ".join(sys.argv[1:])])
"""
_WSGI = """
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["DJANGO_SETTINGS_MODULE"].encode()]
"""
_CELERY = """
import os
from pathlib import Path
from celery import Celery
if Path(__file__).with_name("broken").exists():
    raise SystemExit("the tiny site is broken")
app = Celery("tiny", broker=os.environ["REDIS_URL"], fixups=set())
"""
_STRIPE = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])))
while True:
    server.accept()[0].close()
"""
_FILES = {
    "manage.py": _MANAGE,
    "config/__init__.py": "",
    "config/wsgi.py": _WSGI,
    "config/celery.py": _CELERY,
    "config/serving.py": (Path(__file__).parents[2] / "platform/config/serving.py").read_text(),
    "tests/standins/stripe/__main__.py": _STRIPE,
    "requirements/run.txt": "",
}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that every user may enter (pytest's own is closed), deleted with the data it points to."""
    folder = Path(tempfile.mkdtemp(prefix="asar-test-"))
    folder.chmod(0o755)
    yield folder
    remove_places(run=folder / "run")
    shutil.rmtree(folder)


@pytest.fixture
def tiny_site(open_folder: Path) -> Path:
    """A folder with a site that starts quickly."""
    root = open_folder / "site"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def bare_environ(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment without what `make test` or a developer's shell set; also in force for this process."""
    for key in list(os.environ):
        if key.startswith(("DATABASE_", "REDIS_URL", "STRIPE_", "DJANGO_", "ASAR_", "PORT", "SITE_URL")):
            monkeypatch.delenv(key)
    return dict(os.environ)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something holds, at most 90 s."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 90
        while not holds():
            assert time.monotonic() < deadline, "waited 90 s in vain"
            time.sleep(0.02)

    return wait
