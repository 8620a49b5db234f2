"""Compares the ledger that the site shows with the ledger in its log, line by line, in constant memory.

The log's side is written to a temporary file while the audit reads the entries; the site's side is read as a stream.
Lines that are newer than the signed checkpoint cannot be compared and must never be called wrong.
"""

import codecs
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

from asar.entries import Transaction
from asar.findings import Finding, UnreadableError
from asar.reading import stream

# Where a fund's money lies; what a line did to it is what the public ledger calls its change.
_MONEY = frozenset({"stripe", "bank", "cash"})
_LONGEST_ROW = 64 * 1024
_SPACE = " \t\r\n,"
# our name -> the names under which the site may show it
_NAMES = {
    "id": ("id",),
    "date": ("date", "effective_date"),
    "kind": ("kind",),
    "memo": ("memo",),
    "change_minor": ("change_minor",),
    "balance_minor": ("balance_minor",),
}


class Expected:
    """The lines that the public ledger should show: one per transaction and currency, oldest first."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by `close`
        self._held: dict[str, int] = defaultdict(int)
        self.last_seq = 0

    def close(self) -> None:
        """Throw the temporary file away."""
        self._file.close()

    def take(self, index: int, entry: Transaction) -> None:
        """Note down the next transaction."""
        legs = [
            {
                "account": line.account[0],
                "currency": line.account[1],
                "project_id": line.account[2] or None,
                "amount_minor": line.amount,
                "balance_minor": line.after,
            }
            for line in entry.lines
        ]
        for currency in sorted({line.account[1] for line in entry.lines}):
            change = sum(
                line.amount for line in entry.lines if line.account[1] == currency and line.account[0] in _MONEY
            )
            self._held[currency] += change
            row = {
                "index": index,
                "seq": entry.seq,
                "currency": currency,
                "id": entry.id,
                "date": entry.day.isoformat(),
                "kind": entry.kind,
                "memo": entry.memo,
                "change_minor": change,
                "balance_minor": self._held[currency],
                "legs": legs,
            }
            self._file.write(json.dumps(row) + "\n")
        self.last_seq = entry.seq

    def rows(self) -> Iterator[dict[str, object]]:
        """Everything that was noted down, from the beginning."""
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


def _objects(target: str) -> Iterator[dict[str, object]]:
    """The objects of a JSON list (bare, or the one list of an outer object) or of JSON lines."""
    decoder = json.JSONDecoder()
    decode = codecs.getincrementaldecoder("utf-8")("strict").decode
    waiting, begun = "", False
    for piece in stream(target):
        try:
            waiting += decode(piece)
        except UnicodeDecodeError as error:
            raise UnreadableError(f"{target} is not UTF-8") from error
        if not begun:
            waiting, begun = _begin(waiting)
        while begun:
            waiting = waiting.lstrip(_SPACE)
            if not waiting.startswith("{"):
                break
            try:
                found, end = decoder.raw_decode(waiting)
            except (json.JSONDecodeError, RecursionError):
                break  # the object goes on in the next piece
            waiting = waiting[end:]
            yield found
        if len(waiting) > _LONGEST_ROW:
            raise UnreadableError(f"{target} is not a list of transactions that this command can read")
    if not begun or waiting.strip(_SPACE + "]}"):
        raise UnreadableError(f"{target} ends in the middle, or is not a list of transactions")


def _begin(text: str) -> tuple[str, bool]:
    """What follows the opening bracket of the list; JSON lines begin with their first object."""
    line, newline, _ = text.lstrip().partition("\n")
    if newline and line.rstrip().endswith("}"):
        return text, True
    before, bracket, after = text.partition("[")
    return (after, True) if bracket and (not before.strip() or before.lstrip().startswith("{")) else (text, False)


def _by_currency(objects: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Rows of one transaction and currency. A journal (JSON lines) has one object a transaction, with its entries."""
    for one in objects:
        legs = one.get("entries")
        if isinstance(legs, list):
            currencies = {str(leg.get("currency")) for leg in legs if isinstance(leg, dict)}
            for currency in sorted(currencies):
                yield {**one, "currency": currency}
        elif one.get("type") != "ledger":  # the first line of a journal is about the file
            yield one


def _legs_differ(own: dict[str, object], shown: dict[str, object]) -> list[str]:
    told, right = shown.get("entries"), own["legs"]
    if not isinstance(told, list) or not isinstance(right, list):
        return []
    names = ("account", "currency", "project_id", "amount_minor", "balance_minor")
    same = [{name: leg.get(name) for name in names} if isinstance(leg, dict) else {} for leg in told]
    if same == right:
        return []
    if len(same) != len(right):
        return [f"{len(same)} entries instead of {len(right)}"]
    number, wrong, good = next((n, a, b) for n, (a, b) in enumerate(zip(same, right, strict=True), 1) if a != b)
    words = [
        f"{name.removesuffix('_minor')} {wrong.get(name)!r} instead of {good[name]!r}"
        for name in names
        if wrong.get(name) != good[name]
    ]
    # A changed amount moves later balances: a line that differs in its balance alone is not the one that was changed.
    kind = "balance" if all(one.startswith("balance ") for one in words) else "entry"
    return [f"{kind} {number}: {', '.join(words)}"]


def _differences(own: dict[str, object], shown: dict[str, object]) -> list[str]:
    found = _legs_differ(own, shown)
    for name, names in _NAMES.items():
        told = [shown[one] for one in names if one in shown]
        if told and told[0] != own[name]:
            found.append(f"{name.removesuffix('_minor')} {told[0]!r} instead of {own[name]!r}")
    return found


def compare(*, expected: Expected, target: str) -> tuple[int, int, list[Finding]]:
    """(lines that were compared, lines newer than the log, the first difference if there is one).

    A changed amount moves the balance of many lines, so where only the balance of a line differs, the line that
    differs in more is looked for, and named instead.
    """
    moved: list[Finding] = []
    shown = _by_currency(_objects(target))
    compared = 0
    row: dict[str, object] | None = None
    for own in expected.rows():
        row = next(shown, None)
        place = {"index": own["index"], "seq": own["seq"]}
        if row is None or (row.get("seq"), row.get("currency")) != (own["seq"], own["currency"]):
            told = "ends here" if row is None else f"shows transaction {row.get('seq')} in {row.get('currency')} here"
            words = f"the public ledger {told} instead of transaction {own['seq']} in {own['currency']}"
            return compared, 0, [Finding(words, **place)]  # type: ignore[arg-type]
        differences = _differences(own, row)
        if differences:
            finding = Finding(f"the public ledger shows it otherwise: {'; '.join(differences)}", **place)  # type: ignore[arg-type]
            if any(not one.startswith("balance ") for one in differences):
                return compared, 0, [finding]
            moved = moved or [finding]
        compared += not moved
    newer = 0
    for row in shown:
        seq = row.get("seq")
        if not isinstance(seq, int) or seq <= expected.last_seq:
            strange = Finding(f"the public ledger shows transaction {seq}, which the log does not have")
            return compared, newer, [strange]
        newer += 1
    return compared, newer, moved
