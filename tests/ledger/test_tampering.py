"""Somebody with every right on the server changes what is booked. `asar audit` over HTTP names what they did.

They have the tables' owner, with the triggers switched off, but not the sequencer's key.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from pytest_django.fixtures import Settings

from asar.__main__ import main
from common.management.commands.migrate import as_owner
from funds.ledger.actions import post
from funds.ledger.models import Fund
from tests.ledger.books import check_books, gift, payout
from tests.raw_ledger import sql
from transparency.actions import integrate
from transparency.queries.keys import log_key

Audit = Callable[..., tuple[int, str]]
BOOKED = 300


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def site() -> Iterator[str]:
    """The whole site over real HTTP at the database of the test."""
    with ThreadedWSGIServer(("127.0.0.1", 0), Quiet) as server:
        server.set_app(WSGIHandler())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(timeout=20)


@pytest.fixture
def signed(committed_db: str, fund: Fund, now: datetime) -> Iterator[Fund]:
    """Three hundred transactions, of which the last one is signed in a checkpoint of its own."""
    post(postings=[gift(fund, 100 + n) if n % 5 else payout(fund, 70) for n in range(1, BOOKED)], now=now)
    assert integrate(slug="temirtau", now=now) is not None
    post(postings=[gift(fund, 999)], now=now)
    assert integrate(slug="temirtau", now=now + timedelta(seconds=2)) is not None
    yield fund
    connections.close_all()


@pytest.fixture
def audit(signed: Fund, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Run `asar audit` against the site; its code and the first line that it says."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]

    def run(*options: str, ledger: bool = True) -> tuple[int, str]:
        cache.clear()
        with site() as base:
            shown = ["--ledger", f"{base}/en/ledger/temirtau/ledger.json"] if ledger else []
            key = log_key("temirtau").verifier.vkey
            code = main(["audit", f"{base}/log/temirtau", "--key", key, *shown, *options])
        out, err = capsys.readouterr()
        return code, (out + err)

    return run


def tamper(*statements: str) -> None:
    """As the owner of the tables, with every trigger that would refuse switched off."""
    guarded = (
        "ledger_entry",
        "ledger_transaction",
        "transparency_entry",
        "transparency_tile",
        "transparency_checkpoint",
    )
    with as_owner("default"):
        for table in guarded:
            sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            sql(statement)
        for table in guarded:
            sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")


CHANGE = "UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE line = 1 AND transaction_id = {}"
CHANGE_ALL = (
    "UPDATE ledger_entry SET amount_minor = amount_minor + sign(amount_minor) WHERE transaction_id = {}",
    "UPDATE ledger_entry SET balance_after = balance_after + sign(amount_minor) WHERE id >= 33",
    "UPDATE ledger_balance SET amount_minor = amount_minor + sign(amount_minor)",
)
CHANGE_LOG = (
    "UPDATE transparency_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), '117', '118'), 'UTF8')"
    " WHERE index = 16"
)
CHANGE_BYTE = "UPDATE transparency_entry SET body = set_byte(body, 60, get_byte(body, 60) # 1) WHERE index = 270"
THE_17TH = "(SELECT id FROM ledger_transaction WHERE seq = 17)"
SWAP_BODIES = (
    "UPDATE transparency_entry a SET body = b.body FROM transparency_entry b"
    " WHERE a.index IN (40, 41) AND b.index IN (40, 41) AND a.index <> b.index"
)
SWAP_ROWS = (
    "UPDATE ledger_transaction SET seq = -seq WHERE seq IN (41, 42)",
    "UPDATE ledger_transaction SET seq = 83 + seq WHERE seq IN (-41, -42)",
)
DROP_ROW = (
    "DELETE FROM ledger_entry WHERE transaction_id = (SELECT id FROM ledger_transaction WHERE seq = 300)",
    "DELETE FROM ledger_transaction WHERE seq = 300",
)
DROP_ENTRY = ("DELETE FROM transparency_entry WHERE index = 299",)
DROP_HEADS = ("UPDATE transparency_head SET seq = 299, size = 299",)


def test_untouched_books_are_proven(audit: Audit, signed: Fund) -> None:
    code, said = audit()
    assert (code, "WRONG" in said) == (0, False)
    assert "All 300 entries are exactly those that were signed, in their order." in said
    assert "Transactions 1 to 300 follow without a gap and sum to zero" in said
    assert "The public ledger shows the same 300 lines as the log." in said
    assert check_books(signed) == BOOKED


CASES: dict[str, tuple[list[str], str]] = {
    "one amount": (
        [CHANGE.format(THE_17TH)],
        "entry 17 (transaction 17): the public ledger shows it otherwise: change 118 instead of 117",
    ),
    "one amount and all that follows from it": (
        [statement.format(THE_17TH) for statement in CHANGE_ALL],
        "entry 17 (transaction 17): the public ledger shows it otherwise: change 118 instead of 117",
    ),
    "one amount in the log": ([CHANGE_LOG], "entry 17: its bytes are not what was signed"),
    "one byte of a stored entry": ([CHANGE_BYTE], "entry 271: its bytes are not what was signed"),
    "two entries swapped": ([SWAP_BODIES], "entry 41: its bytes are not what was signed"),
    "two rows swapped": (
        [*SWAP_ROWS],
        "entry 41 (transaction 41): the public ledger shows it otherwise: id",
    ),
    "the last row dropped": (
        [*DROP_ROW],
        "entry 300 (transaction 300): the public ledger ends here instead of transaction 300 in KZT",
    ),
    "the last entry dropped": ([*DROP_ENTRY], "entry 300: it is signed but not shown"),
    "the last row dropped with entry and heads": (
        [*DROP_ROW, *DROP_ENTRY, *DROP_HEADS],
        "entry 300: it is signed but not shown",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_was_done_is_named(audit: Audit, what: str) -> None:
    statements, words = CASES[what]
    tamper(*statements)
    code, said = audit()
    assert code == 1
    assert said.startswith(f"WRONG: {words}"), said


def test_the_ledger_beside_the_log_is_found_and_compared(audit: Audit) -> None:
    """The log itself is untouched by a change of the site's own rows: the audit looks at the ledger by itself."""
    assert audit(ledger=False)[0] == 0
    tamper(*CASES["one amount"][0])
    assert audit(ledger=False)[0] == 1
    assert audit()[0] == 1


def test_a_shortened_log_is_named_by_whoever_kept_a_copy(audit: Audit, tmp_path: Path, now: datetime) -> None:
    """Everything of the last posting is taken back, its checkpoint too: what is left is whole, but it has shrunk.
    The sequencer notices as well, from its own file of what it signed last, and signs nothing more."""
    kept = ("--keep", str(tmp_path / "copy"))
    assert audit(*kept)[0] == 0
    tamper(
        *DROP_ROW,
        *DROP_ENTRY,
        *DROP_HEADS,
        "DELETE FROM transparency_checkpoint WHERE size = 300",
        "UPDATE transparency_tile SET hashes = substring(hashes FROM 1 FOR octet_length(hashes) - 32)"
        " WHERE level = 0 AND index = 1",
    )
    assert audit()[0] == 0
    code, said = audit(*kept)
    assert code == 1
    assert "299" in said.partition("\n")[0], said
    assert "300" in said.partition("\n")[0], said
    post(postings=[gift(Fund.objects.get(), 5)], now=now)
    assert integrate(slug="temirtau", now=now) is None
    assert [size for (size,) in sql("SELECT max(size) FROM transparency_checkpoint")] == [299]
