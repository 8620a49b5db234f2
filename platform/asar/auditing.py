"""`asar audit`: mirrors a whole log, computes everything again and names the first line that is wrong.

Signature, every hash, growth since the last audit, the books, and the public ledger if asked. A log is right only when
all of it is; what could not be checked is said. Must never trust a figure that the site computed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asar.books import Books, BooksError
from asar.comparing import Expected, compare
from asar.copying import CHECKPOINT, CONTRADICTION, Copy
from asar.entries import Close, Transaction, read_entry
from asar.findings import Finding, Report, UnreadableError
from asar.reading import Folder, MissingError, Site, Source, is_address, stream
from asar.times import Times
from asar.trust import Trust, from_policy
from asar.walking import Walk
from asar.witnesses import tell_witnesses
from transparency.rules.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from transparency.rules.notes import LONGEST_NOTE, Note, parse_note
from transparency.rules.policies import LONGEST_POLICY
from transparency.rules.refusals import FormatError, RefusedError
from transparency.rules.tiles import TILE_WIDTH, bundle_path, tile_path, tiles_of


@dataclass(slots=True)
class Bookkeeping:
    """Takes entries in their order and stops at the first that does not hold."""

    times: Times
    books: Books = field(default_factory=Books)
    expected: Expected | None = None
    wrong: Finding | None = None
    counts: dict[str, int] = field(default_factory=dict)

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
            self._count(entry.kind if not isinstance(entry, Transaction | Close) else type(entry).__name__.lower())
        except (BooksError, FormatError) as error:
            if self.wrong is None:
                self.wrong = Finding(str(error), index, seq)

    def _count(self, kind: str) -> None:
        if kind in self.counts or len(self.counts) < TILE_WIDTH:
            self.counts[kind] = self.counts.get(kind, 0) + 1


def audit(
    *,
    target: str,
    trust: Trust,
    now: datetime,
    keep: Path | None = None,
    again: bool = False,
    ledger: str | None = None,
) -> Report:
    """Everything about the log at this address (or in this folder). UnreadableError when it does not answer."""
    report = Report()
    source: Source = Site(target) if is_address(target) else Folder(Path(target))
    kept = Copy(keep) if keep else None
    try:
        data = source.get(CHECKPOINT, most=LONGEST_NOTE)
        note = parse_note(data)
        checkpoint = Checkpoint.parse(note.text)
    except MissingError as error:
        raise UnreadableError(str(error)) from error
    except RefusedError as error:
        report.wrong.append(Finding(f"the checkpoint of {source.name} is not one: {error}"))
        return report
    ledger = ledger or _ledger_of(source)
    _check_signature(report, source, data, note, trust)
    before = _earlier(report, kept, checkpoint, data)
    book, walk = _walk(
        Walk(source=source, size=checkpoint.size, kept=kept, again=again, earlier=before.size if before else 0),
        with_ledger=ledger is not None,
        root=checkpoint.root,
        now=now,
    )
    if walk.torn is not None:
        report.wrong.append(walk.torn)
    else:
        _judge(report, walk, checkpoint, before)
    try:
        if book.wrong:
            report.wrong.append(book.wrong)
        if not report.wrong:
            _tell_books(report, book)
        if ledger is not None and book.expected and not book.wrong:
            _compare_ledger(report, book.expected, ledger)
        elif ledger is None:
            report.open.append("that the public ledger shows the same lines: name its file with --ledger.")
    finally:
        if book.expected:
            book.expected.close()
    _tell_copy(report, kept, walk, before, data)
    return report


def _ledger_of(source: Source) -> str | None:
    """The journal that a site of ours shows beside its log; None where there is none."""
    if not isinstance(source, Site):
        return None
    place, found, town = source.name.rstrip("/").rpartition("/log/")
    address = f"{place}/en/ledger/{town}/ledger.jsonl"
    try:
        begin = next(iter(stream(address)), b"")
    except (MissingError, UnreadableError):
        return None
    return address if found and begin.lstrip().startswith(b"{") else None


def _check_signature(report: Report, source: Source, data: bytes, note: Note, trust: Trust) -> None:
    if trust.empty:
        try:
            trust = from_policy(source.get("policy", most=LONGEST_POLICY), own_word=True)
        except (MissingError, UnreadableError, RefusedError):
            names = ", ".join(one.name for one in note.signatures)
            report.unproven.append(
                f"no key was given (--key) and the log publishes none: nobody knows who signed. Names on it: {names}."
            )
            return
    try:
        signed = open_checkpoint(data=data, keys=trust.logs, witnesses=trust.witnesses)
    except RefusedError as error:
        report.wrong.append(Finding(f"the checkpoint's signature does not hold: {error}"))
        return
    _tell_signature(report, signed, trust)


def _tell_signature(report: Report, signed: SignedCheckpoint, trust: Trust) -> None:
    one = signed.checkpoint
    report.proven.append(f"The checkpoint of {one.origin} over {one.size} entries is signed by {signed.key.vkey}.")
    if trust.own_word:
        report.open.append(
            "that this key is the town's: the log itself named it. Take it from elsewhere and give it with --key."
        )
    tell_witnesses(report, signed, trust)


def _earlier(report: Report, kept: Copy | None, checkpoint: Checkpoint, data: bytes) -> Checkpoint | None:
    """The checkpoint of the last audit, if the log can have grown from it."""
    old = kept.checkpoint() if kept else None
    if kept is None or old is None:
        return None
    try:
        before = Checkpoint.parse(parse_note(old).text)
    except RefusedError as error:
        raise UnreadableError(f"the checkpoint kept in {kept.path} is damaged: {error}") from error
    if before.origin != checkpoint.origin:
        raise UnreadableError(f"{kept.path} holds a copy of {before.origin}, and this is {checkpoint.origin}")
    if before.size > checkpoint.size:
        kept.keep(CONTRADICTION, data)
        words = f"the log shrank from {before.size} entries to {checkpoint.size}: entries that were signed are gone"
        report.wrong.append(Finding(words, checkpoint.size))
        return None
    return before


def _walk(walk: Walk, *, root: bytes, with_ledger: bool, now: datetime) -> tuple[Bookkeeping, Walk]:
    """Read the log; once more from the site itself when the kept copy does not lead to the signed root."""
    book = Bookkeeping(times=Times(now), expected=Expected() if with_ledger else None)
    walk.run(book.take)
    if walk.torn is None and walk.entries.root() != root and walk.reused:
        if book.expected:
            book.expected.close()
        anew = Walk(source=walk.source, size=walk.size, kept=walk.kept, again=True, earlier=walk.earlier)
        return _walk(anew, root=root, with_ledger=with_ledger, now=now)
    return book, walk


def _judge(report: Report, walk: Walk, checkpoint: Checkpoint, before: Checkpoint | None) -> None:
    fits = walk.entries.root() == checkpoint.root
    if fits:
        report.proven.append(f"All {checkpoint.size} entries are exactly those that were signed, in their order.")
        if walk.first_difference is not None:
            words = "the entry is the signed one, but the tile of level 0 shows another hash for it"
            report.wrong.append(Finding(words, walk.first_difference))
    else:
        report.wrong.append(_which_entry(walk, checkpoint))
    if fits and walk.wrong_tiles:
        level, index, place = walk.wrong_tiles[0]
        first, last = _span(level, index, place)
        words = f"tile {index} of level {level}, hash {place}, is not the hash of entries {first} to {last}"
        report.wrong.append(Finding(words))
    if before is not None and before.size and walk.earlier_root != before.root:
        words = f"the first {before.size} entries are not those that the last audit saw: the log shows two faces"
        report.wrong.append(Finding(words, walk.differs_from_copy))
    elif before is not None:
        report.proven.append(f"Nothing changed in the {before.size} entries of the last audit; the log only grew.")
    if walk.differs_from_copy is not None:
        report.wrong.append(Finding("it is not what the kept copy holds", walk.differs_from_copy))


def _which_entry(walk: Walk, checkpoint: Checkpoint) -> Finding:
    if walk.served is not None and walk.served.root() == checkpoint.root:
        return Finding("its bytes are not what was signed", walk.first_difference)
    if walk.first_difference is not None:
        words = "its bytes and its hash in the tiles disagree, and neither leads to the signed root"
        return Finding(words, walk.first_difference)
    words = "the entries do not lead to the signed root"
    if walk.wrong_tiles:
        first, last = _span(*walk.wrong_tiles[0])
        return Finding(f"{words}; the tiles above them say that the change lies within entries {first} to {last}")
    return Finding(f"{words}; the tiles were changed with them, so the hashes cannot say which line it is")


def _span(level: int, index: int, place: int) -> tuple[int, int]:
    """The first and last entry under a hash of a tile."""
    width = TILE_WIDTH**level
    first = (index * TILE_WIDTH + place) * width
    return first, first + width - 1


def _tell_books(report: Report, book: Bookkeeping) -> None:
    books, others = book.books, {kind: n for kind, n in book.counts.items() if kind not in ("transaction", "close")}
    if books.seq or books.closes:
        report.proven.append(
            f"Transactions 1 to {books.seq} follow without a gap and sum to zero, the balances of all"
            f" {len(books.balances)} accounts are right after every line, and {books.closes} closed periods hold."
        )
    if others:
        report.proven.append("Besides: " + ", ".join(f"{n} {kind}" for kind, n in sorted(others.items())) + ".")
    report.open.append("that what the entries say happened: the log proves only that nothing was changed afterwards.")


def _compare_ledger(report: Report, expected: Expected, ledger: str) -> None:
    compared, newer, wrong = compare(expected=expected, target=ledger)
    report.wrong += wrong
    if not wrong:
        report.proven.append(f"The public ledger shows the same {compared} lines as the log.")
    if newer:
        report.open.append(f"{newer} newer lines of the public ledger: they are not signed yet.")


def _tell_copy(report: Report, kept: Copy | None, walk: Walk, before: Checkpoint | None, data: bytes) -> None:
    if kept is None:
        return
    if report.wrong:
        kept.keep(CONTRADICTION, data)
        return
    if before is not None and before.size != walk.size:
        partial = [one for one in tiles_of(size=before.size) if one[2] < TILE_WIDTH]
        kept.forget(tile_path(level=level, index=index, width=width) for level, index, width in partial)
        kept.forget(bundle_path(index=index, width=width) for level, index, width in partial if level == 0)
    kept.keep(CHECKPOINT, data)
    reused = f", {walk.reused} entries of it from the copy (--again reads them anew)" if walk.reused else ""
    report.proven.append(f"A whole copy is kept in {kept.path}{reused}.")
