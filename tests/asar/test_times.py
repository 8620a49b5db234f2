"""Kinds, accounts and moments of the log's entries: the auditor knows the same closed lists as the project."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from asar.__main__ import main
from asar.books import BooksError
from asar.entries import ACCOUNTS, BOOKED, DECIMALS, KINDS, Other, Transaction, read_entry
from asar.times import Times
from common.money import EXPONENTS
from funds.ledger.states import AccountCode
from funds.ledger.states import Kind as Booked
from tests.asar.town_log import KEY, Ledger, a_ledger, log_of, served
from transparency.rules.canonical import canonical
from transparency.states import Kind

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_closed_lists_are_those_of_the_project() -> None:
    assert set(KINDS) == set(Kind.values)
    assert set(BOOKED) == set(Booked.values)
    assert set(ACCOUNTS) == set(AccountCode.values)
    assert {code: places for code, places in EXPONENTS.items() if places != 2} == DECIMALS


def other(at: datetime, kind: str = "decision") -> Other:
    return Other(kind=kind, at=at)


def refused(times: Times, entry: Other | Transaction) -> str:
    with pytest.raises(BooksError) as caught:
        times.take(entry)
    return str(caught.value)


def test_moments_do_not_lie_in_the_future_and_do_not_run_backwards() -> None:
    times = Times(NOW)
    times.take(other(NOW + timedelta(hours=23)))
    times.take(other(NOW + timedelta(hours=22)))  # waited for its turn
    assert "long before what stands above it" in refused(times, other(NOW + timedelta(hours=21)))
    assert "dated in the future: 2026-11-23 09:00 UTC" in refused(Times(NOW), other(NOW + timedelta(days=1, seconds=1)))


def test_kinds_and_accounts_are_known() -> None:
    assert "a kind that this program does not know: 'poem'" in refused(Times(NOW), other(NOW, "poem"))
    ledger = Ledger()
    lottery = read_entry(canonical(ledger.book(("bank", 1), ("opening", -1), kind="lottery")))
    assert "books something that this program does not know: 'lottery'" in refused(Times(NOW), lottery)  # type: ignore[arg-type]
    drawer = read_entry(canonical(ledger.book(("drawer", 1), ("opening", -1), kind="opening")))
    assert "names an account that no fund has: 'drawer'" in refused(Times(NOW), drawer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at": "2199-01-01T00:00:00.000000Z"}, "it is dated in the future"),
        ({"at": "2001-01-01T00:00:00.000000Z"}, "long before what stands above it"),
        ({"type": "poem"}, "a kind that this program does not know"),
    ],
)
def test_the_audit_names_the_first_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str], words: str
) -> None:
    ledger = a_ledger(gifts=20)
    index = next(n for n, body in enumerate(ledger.bodies) if body["type"] == "heartbeat")
    ledger.bodies[index] |= change
    log_of(tmp_path, ledger).write()
    with served(tmp_path) as address:
        code = main(["audit", address, "--key", KEY.verifier.vkey])
    said = capsys.readouterr().out
    assert (code, said.startswith(f"WRONG: entry {index + 1}: "), words in said.split("\n")[0]) == (1, True, True)
