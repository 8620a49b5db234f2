"""What one cell of a data file may hold: each function turns text into a value or says in a sentence what is wrong.

They raise ValueError; `rules.dataset` adds file, line and column.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from towns.rules import figures
from towns.rules.spelling import LANGUAGES

Convert = Callable[[str], Any]


def text(longest: int, *, empty: bool = False) -> Convert:
    def convert(cell: str) -> str:
        if cell != cell.strip():
            raise ValueError("remove the blanks around the text")
        if not cell and not empty:
            raise ValueError("is empty; fill it in")
        if len(cell) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return cell

    return convert


def one_of(choices: Sequence[str]) -> Convert:
    def convert(cell: str) -> str:
        if cell not in choices:
            raise ValueError(f"{cell!r} is none of {', '.join(choices)}")
        return cell

    return convert


def whole(low: int, high: int, *, empty: bool = False) -> Convert:
    def convert(cell: str) -> int | None:
        if not cell and empty:
            return None
        if not re.fullmatch(r"\d+", cell) or not low <= int(cell) <= high:
            raise ValueError(f"{cell!r} is not a whole number from {low} to {high}")
        return int(cell)

    return convert


def degrees(low: int, high: int) -> Convert:
    def convert(cell: str) -> Decimal:
        try:
            found = Decimal(cell)
        except InvalidOperation:
            raise ValueError(f"{cell!r} is not a number of degrees such as 50.05197") from None
        if not found.is_finite() or not low <= found <= high:
            raise ValueError(f"{cell} lies outside Kazakhstan ({low} to {high} degrees)")
        return found.quantize(Decimal("0.00001"))

    return convert


def day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise ValueError(f"{cell!r} is not a day such as 2024-12-31") from None


def known_day(cell: str) -> date:
    found = day(cell)
    if found is None:
        raise ValueError("is empty; give a day such as 2022-04-01")
    return found


def yes(cell: str) -> bool:
    return bool(one_of(("no", "yes"))(cell) == "yes")


def kato(cell: str) -> str:
    if not re.fullmatch(r"\d{9}", cell):
        raise ValueError(f"{cell!r} is not a KATO code of nine digits")
    return cell


def katos(cell: str) -> list[str]:
    return [kato(code) for code in cell.split(";")] if cell else []


def year(cell: str) -> str:
    try:
        figures.year_of(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is neither a year nor a day such as 2014-08-01") from None
    return cell


def slug(cell: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell):
        raise ValueError(f"{cell!r} is not a short name of small Latin letters, digits and hyphens")
    return cell


def pattern(cell: str) -> str:
    if cell.count("{value}") != 1:
        raise ValueError("must hold {value} exactly once")
    return str(text(120)(cell))


def languages(cell: str) -> str:
    if not set(cell.split()) <= set(LANGUAGES):
        raise ValueError(f"{cell!r} holds more than {', '.join(LANGUAGES)}")
    return cell


def code(cell: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]{1,40}", cell):
        raise ValueError(f"{cell!r} is not a code of small Latin letters, digits and _")
    return cell
