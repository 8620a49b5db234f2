"""Files that people open in a spreadsheet. A cell never begins with a character that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_RUNS = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"


def harmless(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    return value


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]], *, separator: str = ",") -> Iterator[str]:
    """CSV in UTF-8 with a byte order mark (Excel then reads Kazakh letters), line by line, in constant memory."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    yield BOM
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if buffer.tell() > 65_536:  # noqa: PLR2004 - 64 KiB a piece
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
