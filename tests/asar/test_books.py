"""Books that the owner of the key himself wrote wrongly: every hash and the signature fit, and the line is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from asar.__main__ import main
from tests.asar.town_log import KEY, Body, a_ledger, log_of, served

Output = pytest.CaptureFixture[str]


def audit(capsys: Output, folder: Path) -> tuple[int, str]:
    """Exit code and what was said."""
    with served(folder) as address:
        code = main(["audit", address, "--key", KEY.verifier.vkey])
    out, err = capsys.readouterr()
    return code, out + err


def first_line(said: str) -> str:
    return said.split("\n", maxsplit=1)[0]


def rewritten(folder: Path, change: Callable[[list[Body]], None]) -> None:
    """A log whose owner wrote these entries himself: every hash and the signature fit."""
    ledger = a_ledger()
    change(ledger.bodies)
    log_of(folder, ledger).write()


def _unbalanced(bodies: list[Body]) -> None:
    bodies[50]["entries"][0]["amount"] += 1
    bodies[50]["entries"][0]["after"] += 1


def _balance(bodies: list[Body]) -> None:
    bodies[50]["entries"][1]["after"] -= 100


def _gap(bodies: list[Body]) -> None:
    del bodies[50]


def _earlier(bodies: list[Body]) -> None:
    bodies[50]["at"] = "2026-11-01T00:00:00.000000Z"


def _closed(bodies: list[Body]) -> None:
    bodies[50]["date"] = "2026-10-31"


def _future(bodies: list[Body]) -> None:
    bodies[50]["date"] = "2026-12-24"


def _below_zero(bodies: list[Body]) -> None:
    lines = bodies[50]["entries"]
    lines[0] |= {"account": "cash", "amount": -50000, "after": -50000}
    lines[1] |= {"account": "spending", "amount": 50000, "after": 50000}


def _not_a_mirror(bodies: list[Body]) -> None:
    for line in bodies[-1]["entries"]:
        line["after"] -= line["amount"] // 2
        line["amount"] //= 2


def _trial(bodies: list[Body]) -> None:
    bodies[2]["trial"][0]["balance"] += 500


def _trial_short(bodies: list[Body]) -> None:
    del bodies[2]["trial"][1]


def _other_fund(bodies: list[Body]) -> None:
    bodies[50]["fund"] = "ekibastuz"


def _fields(bodies: list[Body]) -> None:
    bodies[50]["donor"] = "somebody"


def _version(bodies: list[Body]) -> None:
    bodies[50]["v"] = 2


WRONG_BOOKS = [
    (_unbalanced, "entry 51 (transaction 49): its lines do not sum to zero: 0.01 KZT is left over"),
    (_balance, ("entry 51 (transaction 49): it says that gifts in KZT for project 0190a000-0000-7000-8000-000000000001"
               " stands at -24,201.00 KZT after it, but that is -24,200.00 KZT")),
    (_gap, "entry 51 (transaction 50): its number is 50 where 49 follows: one is missing or stands twice"),
    (_earlier, "entry 51 (transaction 49): it was booked at 2026-11-01 00:00:00+00:00, before the one above it"),
    (_closed, "entry 51 (transaction 49): it is dated 2026-10-31, in a period that was closed up to 2026-10-31"),
    (_future, "entry 51 (transaction 49): it is dated 2026-12-24, after it was booked"),
    (_below_zero, "entry 51 (transaction 49): it leaves cash in KZT at -500.00 KZT, below zero"),
    (_not_a_mirror, "entry 307 (transaction 305): it is not the exact mirror of transaction 304 that it reverses"),
    (_trial, ("entry 3: its trial balance of 2026-10-31 says 10,005.00 KZT for bank in KZT,"
             " but the lines add up to 10,000.00 KZT")),
    (_trial_short, "entry 3: its trial balance of 2026-10-31 leaves out gifts in KZT for project"),
    (_other_fund, "entry 51 (transaction 49): it belongs to the fund ekibastuz, and this is the ledger of temirtau"),
    (_fields, "entry 51: `donor` is not a field that this version has"),
    (_version, "entry 51: it is of a version that this program does not know: 2"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), WRONG_BOOKS)
def test_wrong_books_under_a_right_signature(
    tmp_path: Path, capsys: Output, change: Callable[[list[Body]], None], words: str
) -> None:
    rewritten(tmp_path, change)
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert first_line(said).startswith(f"WRONG: {words}")
    assert "are exactly those that were signed" in said


def test_a_second_reversal(tmp_path: Path, capsys: Output) -> None:
    ledger = a_ledger()
    ledger.book(("spending", -300_00), ("bank", 300_00), kind="reversal", reverses=304)
    log_of(tmp_path, ledger).write()
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert first_line(said) == "WRONG: entry 308 (transaction 306): it reverses transaction 304 a second time"


def test_the_reversal_of_a_reversal(tmp_path: Path, capsys: Output) -> None:
    ledger = a_ledger()
    ledger.book(("spending", 300_00), ("bank", -300_00), kind="reversal", reverses=305)
    log_of(tmp_path, ledger).write()
    assert "which is a reversal itself" in first_line(audit(capsys, tmp_path)[1])


def test_an_entry_in_another_spelling(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.entries[9] = log.entries[9].replace(b":", b": ", 1)
    log.write()
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said)) == (1, "WRONG: entry 10: this JSON is not in the one spelling of RFC 8785")
