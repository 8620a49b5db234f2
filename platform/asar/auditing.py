"""`asar audit`: mirrors a whole log, computes everything again and names the first line that is wrong.

Signature, every hash, growth since the last audit, the books, and the public ledger if asked. A log is right only when
all of it is; what could not be checked is said. Must never trust a figure that the site computed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from asar.bookkeeping import Bookkeeping, read_through
from asar.comparing import Expected, compare
from asar.copying import CHECKPOINT, CONTRADICTION, Copy
from asar.findings import Finding, Report, UnreadableError, shown
from asar.reading import Folder, MissingError, Site, Source, is_address, stream
from asar.succeeding import (
    find_succession,
    judge_beginning,
    judge_copy,
    judge_rest,
    next_place,
    read_succession,
    tell_beginning,
    tell_end,
    trusting,
)
from asar.trust import ASK_FOR_THE_KEY, Trust, from_policy, where_keys_are
from asar.walking import Walk
from asar.witnesses import tell_witnesses
from transparency.rules.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from transparency.rules.notes import LONGEST_NOTE, Note, parse_note
from transparency.rules.policies import LONGEST_POLICY
from transparency.rules.refusals import RefusedError
from transparency.rules.successions import FILE, Succession
from transparency.rules.tiles import TILE_WIDTH, bundle_path, tile_path, tiles_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: see `audit`."""

    trust: Trust
    now: datetime
    keep: Path | None
    again: bool
    ledger: str | None
    before: Succession | None = None  # how the log ended that led here
    followed: frozenset[str] = frozenset()  # logs whose end led here: two could name each other


def audit(
    *,
    target: str,
    trust: Trust,
    now: datetime,
    keep: Path | None = None,
    again: bool = False,
    ledger: str | None = None,
) -> Report:
    """Everything about the log at this address (or in this folder), and about the logs that follow it where it was
    ended. UnreadableError when it does not answer."""
    return _audit(target, Asked(trust, now, keep, again, ledger))


def _audit(target: str, asked: Asked) -> Report:
    report = Report()
    source: Source = Site(target) if is_address(target) else Folder(Path(target))
    kept = Copy(asked.keep) if asked.keep else None
    try:
        data = source.get(CHECKPOINT, most=LONGEST_NOTE)
        note = parse_note(data)
        checkpoint = Checkpoint.parse(note.text)
    except MissingError as error:
        raise UnreadableError(str(error)) from error
    except RefusedError as error:
        report.wrong.append(Finding(f"the checkpoint of {source.name} is not one: {error}"))
        return report
    trust = _check_signature(report, source, data, note, asked.trust, origin=checkpoint.origin)
    before = _earlier(report, kept, checkpoint, data)
    said = find_succession(source) if isinstance(source, Site) else None
    if isinstance(source, Site) and said is not None:
        return _audit_ended(report, source, said, checkpoint, before, replace(asked, trust=trust))
    ledger = asked.ledger or _ledger_of(source)
    earlier, begun = before.size if before else 0, asked.before.kept if asked.before else 0
    book, walk = read_through(
        Walk(source=source, size=checkpoint.size, kept=kept, again=asked.again, earlier=earlier, begun=begun),
        with_ledger=ledger is not None,
        root=checkpoint.root,
        now=asked.now,
    )
    if walk.torn is not None:
        report.wrong.append(walk.torn)
    else:
        _judge(report, walk, checkpoint, before, asked.before)
    try:
        if book.wrong:
            report.wrong.append(book.wrong)
        if not report.wrong:
            _tell_books(report, book)
            tell_beginning(report, book.successions, checkpoint, trust)
        if ledger is not None and book.expected and not book.wrong:
            _compare_ledger(report, book.expected, ledger)
        elif ledger is None:
            report.open.append("that the public ledger shows the same lines: name its file with --ledger.")
    finally:
        if book.expected:
            book.expected.close()
    _tell_copy(report, kept, walk, before, data)
    return report


def _audit_ended(
    report: Report, source: Site, said: bytes, checkpoint: Checkpoint, before: Checkpoint | None, asked: Asked
) -> Report:
    """A log that was ended: the statement, what is still shown of it, what the kept copy holds; then the next log."""
    told = read_succession(report, said, origin=checkpoint.origin, trust=asked.trust)
    if told is None:
        return report
    tell_end(report, told, checkpoint)
    rest = Walk(source=source, size=told.kept)
    book, rest = read_through(rest, root=told.kept_root, with_ledger=False, now=asked.now)
    judge_rest(report, told, rest)
    if book.wrong:
        report.wrong.append(book.wrong)
    if asked.keep is not None and before is not None:
        copy = Walk(source=Folder(asked.keep), size=before.size, earlier=min(told.kept, before.size))
        judge_copy(report, told, before, read_through(copy, root=before.root, with_ledger=False, now=asked.now)[1])
        Copy(asked.keep).keep(FILE, said)
    place = next_place(source.name, told)
    followed = asked.followed | {told.ended}
    if place is None or told.successor.name in followed:
        report.unproven.append(f"where {told.successor.name} is read: its address does not follow from {source.name}.")
        return report
    keep = None if asked.keep is None else _next_copy(asked.keep, told)
    trust = trusting(asked.trust, told.successor)
    more = _audit(place, replace(asked, trust=trust, keep=keep, before=told, followed=followed))
    report.wrong += [replace(one, words=f"in {told.successor.name}: {one.words}") for one in more.wrong]
    report.proven += more.proven
    report.unproven += more.unproven
    report.open += more.open
    report.advice += [one for one in more.advice if one not in report.advice]
    return report


def _next_copy(keep: Path, told: Succession) -> Path:
    """Where the copy of the next log lies: as the logs lie to each other, or in a folder of its last name."""
    place = next_place(str(keep), told)
    return keep / told.successor.name.rpartition("/")[2] if place is None else Path(place)


def _ledger_of(source: Source) -> str | None:
    """The journal that a site of ours shows beside its log; None where there is none."""
    if not isinstance(source, Site):
        return None
    place, found, town = source.name.rstrip("/").rpartition("/log/")
    address = f"{place}/en/ledger/{town.partition('/')[0]}/ledger.jsonl"
    try:
        begin = next(iter(stream(address)), b"")
    except (MissingError, UnreadableError):
        return None
    return address if found and begin.lstrip().startswith(b"{") else None


def _check_signature(report: Report, source: Source, data: bytes, note: Note, trust: Trust, *, origin: str) -> Trust:
    """Tell who signed; gives whom that was judged by."""
    if trust.empty:
        try:
            trust = from_policy(source.get("policy", most=LONGEST_POLICY), own_word=True)
        except (MissingError, UnreadableError, RefusedError):
            names = ", ".join(one.name for one in note.signatures)
            report.unproven.append(
                f"no key was given (--key) and the log publishes none: nobody knows who signed. Names on it: {names}."
            )
            known = isinstance(source, Folder)  # a site was asked for its policy just now
            report.advice += where_keys_are(origin, target=source.name, what="audit") if known else [ASK_FOR_THE_KEY]
            return trust
    try:
        signed = open_checkpoint(data=data, keys=trust.logs, witnesses=trust.witnesses)
    except RefusedError as error:
        report.wrong.append(Finding(f"the checkpoint's signature does not hold: {error}"))
        if all(key.name != origin for key in trust.logs):  # perhaps the keys are another town's
            report.advice += where_keys_are(origin, target=source.name, what="audit")
        return trust
    _tell_signature(report, signed, trust)
    return trust


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


def _judge(
    report: Report, walk: Walk, checkpoint: Checkpoint, before: Checkpoint | None, ended: Succession | None
) -> None:
    if ended is not None:
        judge_beginning(report, ended, walk)
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
        words = (
            f"tile {index} of level {level}, hash {place}, is not the hash of entries {shown(first)} to {shown(last)}"
        )
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
        span = f"{shown(first)} to {shown(last)}"
        return Finding(f"{words}; the tiles above them say that the change lies within entries {span}")
    return Finding(f"{words}; the tiles were changed with them, so the hashes cannot say which line it is")


def _span(level: int, index: int, place: int) -> tuple[int, int]:
    """The places of the first and last entry under a hash of a tile."""
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
