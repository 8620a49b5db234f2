"""Days and amounts as banks write them into cells. An amount is exact: no float takes part, nothing is rounded."""

import re
from datetime import date, datetime
from decimal import Decimal, DecimalException, InvalidOperation
from typing import Final

from common.money import Money
from funds.payments.statements.facts import LARGEST_MINOR, decimals_of

Cell = str | int | float | Decimal | date | datetime | bool | None

DATE_FORMATS: Final = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%m/%d/%Y", "%Y%m%d")
_TIME: Final = re.compile(r"(?<![T ])[T ]+\d{1,2}:\d{2}(:\d{2})?.*$")
_BLANKS: Final = re.compile(r"[\s'’]")
_SIGNS: Final = re.compile(r"(?i)(KZT|тенге|тг\.?|₸|EUR|€|USD|\$|RUB|руб\.?|₽)")
_NUMBER: Final = re.compile(r"[+\-]?\d+([.,]\d+)*")
_EARLIEST: Final = 2000
_LATEST: Final = 2100


def text_of_cell(cell: Cell) -> str:
    """A cell as words. A whole number in a float column is an account number or a reference, so it loses its `.0`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%d.%m.%Y")
    return str(cell).strip()


def day_of_cell(cell: Cell, date_format: str) -> date | None:
    """The day, or None for what is no day in this format."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    plain = _TIME.sub("", text_of_cell(cell))
    try:
        found = datetime.strptime(plain, date_format).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return found if _EARLIEST <= found.year < _LATEST else None


def guessed_format(cells: list[Cell]) -> str:
    """The format in which most of these cells are days; "" where none is."""
    told = [cell for cell in cells if text_of_cell(cell)]
    counts = {one: sum(day_of_cell(cell, one) is not None for cell in told) for one in DATE_FORMATS}
    best = max(DATE_FORMATS, key=lambda one: counts[one])
    return best if counts[best] else ""


def amount_of_cell(cell: Cell, currency: str) -> Money | None:
    """The amount, or None for what is none: `1 240 000,50`, `1,240.50`, `-500.00`, `(500,00)`, `500,00-`, `+ 500 ₸`."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | Decimal):
        return _minor(Decimal(cell), currency)
    if isinstance(cell, float):
        # A workbook holds fifteen digits; what stands behind them was never typed.
        return _minor(Decimal(format(cell, ".15g")), currency)
    if isinstance(cell, date):
        return None
    plain = _BLANKS.sub("", _SIGNS.sub("", text_of_cell(cell))).replace("\u2212", "-").replace("–", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    if plain.endswith("-"):
        plain = f"-{plain[:-1]}"
    if not _NUMBER.fullmatch(plain):
        return None
    return _minor_of_text(plain, currency)


def _minor_of_text(plain: str, currency: str) -> Money | None:
    """The last comma or point begins the decimals, unless it groups thousands: then it stands more than once."""
    last = max(plain.rfind(","), plain.rfind("."))
    mark = plain[last] if last >= 0 else ""
    other = "." if mark == "," else ","
    decimals = len(plain) - last - 1 if mark else 0
    groups = decimals == len("000") and (decimals_of(currency) != len("000") or plain.count(mark) > 1)
    whole = plain.replace(other, "")
    if mark and groups and plain.count(mark) == 1 and other not in plain:
        # `1,240` can be a thousand and more, or a little over one: nobody guesses.
        return None
    if mark and (groups or plain.count(mark) > 1):
        whole = whole.replace(mark, "")
    try:
        return _minor(Decimal(whole.replace(",", ".")), currency)
    except InvalidOperation:
        return None


def _minor(amount: Decimal, currency: str) -> Money | None:
    try:
        minor = amount.scaleb(decimals_of(currency))
    except DecimalException:  # `1e999999`, or a million digits
        return None
    if not minor.is_finite() or minor != minor.to_integral_value() or abs(minor) > LARGEST_MINOR:
        return None
    return Money(int(minor), currency)
