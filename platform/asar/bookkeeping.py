"""One reading of a log with its books: each entry is read, its moment and its money checked, in order.

Stops checking at the first entry that does not hold and remembers it; the hashes go on. Must never skip an entry.
"""

from dataclasses import dataclass, field
from datetime import datetime

from asar.books import Books, BooksError
from asar.comparing import Expected
from asar.entries import Close, Other, Transaction, read_entry
from asar.findings import Finding
from asar.times import Times
from asar.walking import Walk
from transparency.rules.refusals import FormatError
from transparency.rules.tiles import TILE_WIDTH


@dataclass(slots=True)
class Bookkeeping:
    """Takes entries in their order and stops at the first that does not hold."""

    times: Times
    books: Books = field(default_factory=Books)
    expected: Expected | None = None
    wrong: Finding | None = None
    counts: dict[str, int] = field(default_factory=dict)
    successions: list[tuple[int, bytes]] = field(default_factory=list)

    def take(self, index: int, data: bytes) -> None:
        """The next entry of the log."""
        seq: int | None = None
        try:
            entry = read_entry(data)
            if self.wrong is None:
                self.times.take(entry)
            if self.wrong is None and isinstance(entry, Transaction | Close):
                seq = entry.seq if isinstance(entry, Transaction) else None
                self.books.take(entry)
                if self.expected and isinstance(entry, Transaction):
                    self.expected.take(index, entry)
            if isinstance(entry, Other) and entry.kind == "succession" and len(self.successions) < TILE_WIDTH:
                self.successions.append((index, data))
            self._count(entry.kind if not isinstance(entry, Transaction | Close) else type(entry).__name__.lower())
        except (BooksError, FormatError) as error:
            if self.wrong is None:
                self.wrong = Finding(str(error), index, seq)

    def _count(self, kind: str) -> None:
        if kind in self.counts or len(self.counts) < TILE_WIDTH:
            self.counts[kind] = self.counts.get(kind, 0) + 1


def read_through(walk: Walk, *, root: bytes, with_ledger: bool, now: datetime) -> tuple[Bookkeeping, Walk]:
    """Read the log; once more from the site itself when the kept copy does not lead to the signed root."""
    book = Bookkeeping(times=Times(now), expected=Expected() if with_ledger else None)
    walk.run(book.take)
    if walk.torn is None and walk.entries.root() != root and walk.reused:
        if book.expected:
            book.expected.close()
        anew = Walk(
            source=walk.source, size=walk.size, kept=walk.kept, again=True, earlier=walk.earlier, begun=walk.begun
        )
        return read_through(anew, root=root, with_ledger=with_ledger, now=now)
    return book, walk
