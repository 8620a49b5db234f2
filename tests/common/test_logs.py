"""What the database says about rows reaches no log: neither the site's own lines nor the server's."""

import logging
import sys
import time
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from common.logs import Discreet
from users.models import User

ADDRESS = "aigerim.in.the.log@example.org"


def _refused() -> IntegrityError:
    User.objects.create(email=ADDRESS)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create(email=ADDRESS)
    assert ADDRESS in str(caught.value)  # the control: there is something to hide
    return caught.value


@pytest.mark.django_db
def test_a_line_of_the_site_tells_no_values_of_a_refused_row() -> None:
    error = _refused()
    found = (type(error), error, error.__traceback__)
    told_by_celery = ({"exc": repr(error), "name": "a"},)
    lines = [
        logging.LogRecord("django.request", logging.ERROR, "", 1, "Internal Server Error: %s", ("/kk/",), found),
        logging.LogRecord("a.room", logging.WARNING, "", 1, "It was not stored: %s", (error,), None),
        logging.LogRecord("celery", logging.ERROR, "", 1, "Task %(name)s: %(exc)s", told_by_celery, found),
    ]
    told = [Discreet("%(levelname)s %(message)s").format(line) for line in lines]
    assert [ADDRESS in text for text in told] == [False, False, False]
    assert "duplicate key value violates unique constraint" in told[1]
    assert "Traceback" in told[0]
    assert "test_logs.py" in told[2]


def test_other_lines_are_as_they_were() -> None:
    try:
        int("seven")
    except ValueError:
        found = sys.exc_info()
    line = logging.LogRecord("a.room", logging.ERROR, "", 1, "Counted %d", (7,), found)
    assert Discreet("%(message)s").format(line) == logging.Formatter("%(message)s").format(line)


@pytest.mark.django_db
def test_the_servers_log_tells_no_values_of_a_refused_row() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        log = Path(f"/proc/{cursor.fetchone()[0]}/fd/2").readlink()
        begins = log.stat().st_size
        _refused()
        mark = f"no_such_table_{time.monotonic_ns()}"  # a later line, to know that the earlier one is there
        with pytest.raises(Exception, match=mark), transaction.atomic():
            cursor.execute(f"SELECT 1 FROM {mark} WHERE '{ADDRESS}' <> ''")  # noqa: S608
    deadline = time.monotonic() + 10
    while mark not in (written := log.read_bytes()[begins:].decode()):
        assert time.monotonic() < deadline
    assert "duplicate key value violates unique constraint" in written
    assert ADDRESS not in written
