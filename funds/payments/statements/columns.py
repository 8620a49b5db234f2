"""Which column of a bank's table is what: told by a person once per account and remembered; a guess saves typing.

A remembered answer is used only for a table with the very same headings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from funds.payments.statements.cells import DATE_FORMATS, Cell, guessed_format, text_of_cell

Row = tuple[Cell, ...]
NONE: Final = -1
_LOOKED_AT: Final = 60  # rows that stand above a table at most, and rows that a guess looks at
_FEWEST_COLUMNS: Final = 3

# Words in headings as Kaspi Pay, Halyk, Sparkasse and others write them. The first word that a heading holds wins, and
# each column is one thing: what stands further up chooses first.
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "booked": (
        "дата операции", "дата проводки", "операция күні", "buchungstag", "booking date", "дата", "күні", "date",
    ),
    "purpose": ("назначение", "тағайындалу", "мақсаты", "verwendungszweck", "детали", "описание", "purpose", "details"),
    "number": ("иик", "жск", "iban", "счет корреспондента", "счет контрагента", "счёт контрагента", "kontonummer"),
    "counterparty": (
        "наименование", "контрагент", "отправитель", "корреспондент", "плательщик", "бенефициар", "атауы", "жөнелтуші",
        "beguenstigter", "begünstigter", "zahlungspflichtiger", "auftraggeber", "counterparty", "name",
    ),
    "debit": ("дебет", "расход", "списан", "шығыс", "debit", "soll"),
    "credit": ("кредит", "приход", "поступлен", "зачислен", "кіріс", "credit", "haben"),
    "balance": ("остаток", "қалдық", "saldo", "balance"),
    "amount": ("сумма", "сомасы", "betrag", "umsatz", "amount"),
    "currency": ("валюта", "währung", "waehrung", "currency"),
    "reference": ("№ док", "номер док", "номер операции", "құжат", "референс", "referenz", "reference"),
}  # fmt: skip
PLACES: Final = (
    "booked", "amount", "debit", "credit", "currency", "counterparty", "number", "purpose", "reference", "balance",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns counted from 0, -1 where there is none; `header` is the row of the headings, counted from 0."""

    header: int = 0
    date_format: str = DATE_FORMATS[0]
    booked: int = NONE
    amount: int = NONE
    debit: int = NONE
    credit: int = NONE
    currency: int = NONE
    counterparty: int = NONE
    number: int = NONE
    purpose: int = NONE
    reference: int = NONE
    balance: int = NONE

    @property
    def whole(self) -> bool:
        """Whether there is a day, and an amount or a pair of debit and credit."""
        told = self.amount != NONE or NONE not in (self.debit, self.credit)
        return self.booked != NONE and told and self.date_format in DATE_FORMATS


def headings(rows: Sequence[Row], header: int) -> list[str]:
    """The headings of a table, as they are compared: small letters, single blanks."""
    return [" ".join(text_of_cell(cell).casefold().split()) for cell in rows[header]] if header < len(rows) else []


def remembered(rows: Sequence[Row], columns: Columns) -> dict[str, Any]:
    """What is kept with the account: the columns, and the headings by which the same kind of table is known again."""
    return {**asdict(columns), "headings": headings(rows, columns.header)}


def recalled(rows: Sequence[Row], kept: Mapping[str, Any]) -> Columns | None:
    """The remembered columns where this table has the very same headings, wherever they stand; else None."""
    wanted = kept.get("headings")
    if not wanted:
        return None
    for at in range(min(len(rows), _LOOKED_AT)):
        if headings(rows, at) == wanted:
            known = {name: kept[name] for name in (*PLACES, "date_format") if name in kept}
            return replace(Columns(**known), header=at)
    return None


def guessed(rows: Sequence[Row]) -> Columns:
    """The row that looks most like headings and what its words say. Whole only where enough was found."""
    best = Columns()
    found = 0
    for at in range(min(len(rows), _LOOKED_AT)):
        named = _named(headings(rows, at))
        filled = sum(bool(text_of_cell(cell)) for cell in rows[at])
        if len(named) > found and filled >= _FEWEST_COLUMNS and "booked" in named:
            best, found = replace(Columns(header=at), **named), len(named)  # type: ignore[arg-type]
    if best.booked == NONE:
        return best
    days = [row[best.booked] for row in rows[best.header + 1 : best.header + _LOOKED_AT] if len(row) > best.booked]
    return replace(best, date_format=guessed_format(days) or best.date_format)


def _named(texts: Sequence[str]) -> dict[str, int]:
    named: dict[str, int] = {}
    for place, known in _HEADINGS.items():
        for word in known:
            at = next((n for n, text in enumerate(texts) if word in text and n not in named.values()), NONE)
            if at != NONE:
                named[place] = at
                break
    if "debit" in named and "credit" in named:
        named.pop("amount", None)
    elif "amount" in named:
        named.pop("debit", None)
        named.pop("credit", None)
    return named
