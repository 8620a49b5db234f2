"""Days and amounts in the cells of statements: exact, or refused."""

import codecs
from datetime import date
from decimal import Decimal

import pytest

from funds.payments.statements.cells import amount_of_cell, day_of_cell


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1 240 000,50", 124000050),
        ("1\u00a0240,5", 124050),
        ("1,240,000.50", 124000050),
        ("1.240.000,50", 124000050),
        ("12500", 1250000),
        ("-500.00", -50000),
        ("\u2212500", -50000),
        ("(500,00)", -50000),
        ("500,00-", -50000),
        ("+ 500 ₸", 50000),
        ("1'240.50", 124050),
        (1234.56, 123456),
        (0.1 + 0.2, 30),
        (10000, 1000000),
        ("1,240", None),
        ("1,2345", None),
        ("", None),
        ("abc", None),
        ("1e9", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (1.005, None),
        ("9" * 20, None),
        ("9" * 1_100_000, None),
        (Decimal("1e999999"), None),
    ],
)
def test_amounts_are_exact_or_refused(typed: str | float | Decimal, minor: int | None) -> None:
    found = amount_of_cell(typed, "KZT")
    assert (None if found is None else found.minor) == minor


def test_days_are_read_as_they_are_written() -> None:
    assert day_of_cell("22.11.2026 14:05:00", "%d.%m.%Y") == date(2026, 11, 22)
    assert day_of_cell("31.02.2026", "%d.%m.%Y") is None
    assert day_of_cell("22.11.1026", "%d.%m.%Y") is None
    # Refused at once: a search that begins anew at every blank would take minutes.
    assert day_of_cell("22.11.2026" + " " * 100_000 + "x", "%d.%m.%Y") is None
    assert codecs.lookup("kz1048").name == "kz1048"
