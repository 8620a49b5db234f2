"""Following a log that was ended: is the statement signed, does it speak of this checkpoint, what of it is left.

A log ends when its site's database lost what it had signed. That is told, never excused: entries that were signed and
are not shown any more are not proven, whoever says why. Must never take the next log's key from an unsigned word.
"""

from collections.abc import Sequence
from dataclasses import replace

from asar.findings import Finding, Report, shown
from asar.reading import MissingError, Source
from asar.trust import Trust
from asar.walking import Walk
from transparency.rules.canonical import read_canonical
from transparency.rules.checkpoints import Checkpoint
from transparency.rules.notes import LONGEST_NOTE, VerifierKey, parse_note
from transparency.rules.refusals import FormatError, RefusedError, SignatureError
from transparency.rules.successions import FILE, Succession, open_succession


def find_succession(source: Source) -> bytes | None:
    """The statement that lies beside the checkpoint of a log that was ended; None where the log goes on."""
    try:
        return source.get(FILE, most=LONGEST_NOTE)
    except MissingError:
        return None


def read_succession(report: Report, note: bytes, *, origin: str, trust: Trust) -> Succession | None:
    """The statement, if keys that are trusted signed it; what is wrong with it goes into the report."""
    try:
        told = Succession.parse(parse_note(note).text)
        if told.ended != origin:
            report.wrong.append(Finding(f"the statement beside this log ends another one: {told.ended}"))
            return None
        if trust.empty:
            report.unproven.append(f"no key was given, so nobody knows who says that {origin} was ended.")
            return None
        return open_succession(data=note, keys=trust.logs)
    except RefusedError as error:
        report.wrong.append(Finding(f"the statement that this log was ended does not hold: {error}"))
        return None


def next_place(place: str, told: Succession) -> str | None:
    """Where the next log lies, seen from where the ended one was read: what differs in the origins differs here."""
    before, after = told.ended.split("/"), told.successor.name.split("/")
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    own = "".join(f"/{part}" for part in before[same:])
    if not same or not place.endswith(own):
        return None
    return place.removesuffix(own) + "".join(f"/{part}" for part in after[same:])


def tell_end(report: Report, told: Succession, checkpoint: Checkpoint) -> None:
    """Add to the report what the statement says, and whether the checkpoint is the last one that it names."""
    if (told.size, told.root) != (checkpoint.size, checkpoint.root):
        words = f"this log was ended after {told.size} entries, and its checkpoint is another one: two faces"
        report.wrong.append(Finding(words, min(told.size, checkpoint.size)))
        return
    report.proven.append(
        f"{told.ended} was ended at {told.at} with {told.size} signed entries: its site's database had lost some."
        f" {told.successor.name} goes on with the first {told.kept}."
    )
    if told.lost:
        report.unproven.append(
            f"entries {shown(told.kept)} to {told.size} of {told.ended} were signed and are no longer shown by its"
            f" site: {told.lost} are lost, or stand elsewhere in {told.successor.name}. Who kept a copy can compare."
        )


def judge_rest(report: Report, told: Succession, walk: Walk) -> None:
    """Whether the entries that are still shown of the ended log are those of which it kept the root."""
    if walk.torn is not None:
        report.wrong.append(walk.torn)
    elif walk.entries.root() != told.kept_root:
        report.wrong.append(Finding(f"the first {told.kept} entries are not those with which {told.ended} was ended"))
    else:
        report.proven.append(f"The first {told.kept} entries of {told.ended} are still shown as they were signed.")


def judge_beginning(report: Report, told: Succession, walk: Walk) -> None:
    """Whether the log that follows begins with the entries that were kept of the one that ended."""
    if told.kept and walk.roots.get(told.kept) != told.kept_root:
        report.wrong.append(Finding(f"its first {told.kept} entries are not those that were kept of {told.ended}"))
    else:
        report.proven.append(f"It begins with the {told.kept} entries that were kept of {told.ended}.")


def judge_copy(report: Report, told: Succession, before: Checkpoint, copy: Walk) -> None:
    """What a copy of the ended log, kept from an earlier audit, says about its end."""
    if copy.torn is not None or copy.entries.root() != before.root:
        report.open.append("what the kept copy says: it is damaged itself.")
        return
    if before.size == told.size and before.root != told.root:
        words = f"the ended log had signed two trees of {told.size} entries: the kept copy holds the other one"
        report.wrong.append(Finding(words))
    elif 0 < told.kept <= before.size and copy.earlier_root != told.kept_root:
        report.wrong.append(Finding(f"the kept copy has others among the first {told.kept} entries: two faces"))
    else:
        saved = max(before.size - told.kept, 0)
        report.proven.append(
            f"The kept copy holds {before.size} entries of {told.ended} as it signed them,"
            f" {saved} of them no longer shown by the site."
        )


def tell_beginning(report: Report, entries: Sequence[tuple[int, bytes]], checkpoint: Checkpoint, trust: Trust) -> None:
    """What a log says of the logs that it follows: its entries of that kind, (index, bytes), in their order."""
    for place, data in entries:
        try:
            note = str(read_canonical(data).get("statement")).encode()
            told = Succession.parse(parse_note(note).text)
            if place < told.kept:
                raise FormatError("it stands among the entries that it says were kept")
            open_succession(data=note, keys=trust.logs)
        except SignatureError:
            report.open.append(
                f"that entry {shown(place)} is by the log that it ends: its key is not among those you trust."
            )
        except RefusedError as error:
            report.wrong.append(Finding(f"the statement that a log was ended does not hold: {error}", place))
        else:
            last = told.successor.name == checkpoint.origin
            report.proven.append(
                f"Entry {shown(place)}: {told.ended} ended here with {told.size} signed entries, {told.lost} of them"
                f" not known to be in this log{'' if last else f', for {told.successor.name}'}."
            )


def trusting(trust: Trust, key: VerifierKey) -> Trust:
    """With the key of the next log, which the ended log's own key has named."""
    return trust if key in trust.logs else replace(trust, logs=(*trust.logs, key))
