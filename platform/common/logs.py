"""Log lines without what PostgreSQL says about rows.

An error of the database carries the values it is about: `Key (email)=(...) already exists`, a whole failing row, the
place in the statement. A line keeps what happened and where in the code, never the values. Nothing may log around it.
"""

import logging
from collections.abc import Iterator
from typing import Final

import psycopg

LINE: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class Discreet(logging.Formatter):
    """Lines as usual, in which every error of the database is told by its first sentence alone."""

    def __init__(self, fmt: str = LINE) -> None:
        super().__init__(fmt)

    def format(self, record: logging.LogRecord) -> str:
        """The line with its traceback, without details of rows."""
        text = super().format(record)
        for error in _database_errors(record):
            whole, said = str(error), error.diag.message_primary or type(error).__name__
            if whole and whole != said:
                text = text.replace(whole, said).replace(repr(whole)[1:-1], said)  # as Celery writes it: on one line
        return text


def _database_errors(record: logging.LogRecord) -> Iterator[psycopg.Error]:
    """Those that a record is about, and those that led to them."""
    args = record.args.values() if isinstance(record.args, dict) else record.args or ()
    waiting = [one for one in args if isinstance(one, BaseException)]
    if record.exc_info and record.exc_info[1] is not None:
        waiting.append(record.exc_info[1])
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        if isinstance(error, psycopg.Error):
            yield error
        waiting.extend(one for one in (error.__cause__, error.__context__) if one is not None)
