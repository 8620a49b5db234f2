"""`asar verify`: one proof file, checked without the site. Says what was proven and what was not, in words.

Without a key that the person trusts nothing is proven, however well the hashes fit: anybody can write a proof of
anything under a key of his own.
"""

import json

from asar.findings import Finding, Report, UnreadableError, plain, shown
from asar.reading import Site, is_address, read
from asar.succeeding import find_succession, read_succession
from asar.telling import tell
from asar.trust import Trust, where_keys_are
from asar.witnesses import tell_witnesses
from transparency.rules.canonical import opens, read_canonical
from transparency.rules.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from transparency.rules.notes import LONGEST_NOTE, parse_note
from transparency.rules.proofs import LONGEST_FILE, Extra, ProofFile, parse_extra, parse_proof, verify_entry
from transparency.rules.refusals import FormatError, RefusedError


def verify(
    *, target: str, trust: Trust, entry: str | None = None, raw: bool = False, succession: str | None = None
) -> Report:
    """The proof at this address or in this file. `entry` names the entry's file if the proof carries none; `raw` adds
    the entry's own JSON to its words; `succession` is where the statement lies that the log was ended, if it was. Of a
    proof at a log's address that is looked for there."""
    report = Report()
    data = read(target, most=LONGEST_FILE)
    try:
        file = parse_proof(data)
    except RefusedError as error:
        raise UnreadableError(f"{target} is not a proof file: {error}") from error
    try:
        extra = _extra(file, entry)
        checkpoint = Checkpoint.parse(parse_note(file.checkpoint).text)
        if not checkpoint.possible:
            raise FormatError("an empty log has the empty root")
        verify_entry(file=file, entry=extra.entry, size=checkpoint.size, root=checkpoint.root)
    except RefusedError as error:
        report.wrong.append(Finding(f"the proof does not hold: {error}"))
        return report
    signed = _signed(report, file, checkpoint, trust=trust, target=target)
    if signed is None:
        return report
    name = f"entry {shown(file.index)} of the log {checkpoint.origin}"
    report.proven += [
        f"These {len(extra.entry)} bytes are {name}, exactly as written.",
        f"The log had {checkpoint.size} entries when this was signed, and this one is among them.",
        f"It is signed by {signed.key.vkey}.",
    ]
    tell_witnesses(report, signed, trust)
    _tell_entry(report, extra, raw=raw)
    report.open += [
        "that what the entry says happened: documents and people have to be asked.",
        "that no later entry corrects or reverses this one: `asar audit` reads the whole log.",
    ]
    said = _said(target, succession)
    if said is not None:
        _tell_end(report, said, file, checkpoint, trust)
    return report


def _said(target: str, succession: str | None) -> bytes | None:
    if succession is not None:
        return read(succession, most=LONGEST_NOTE)
    log, found, _index = target.rpartition("/proof/")
    return find_succession(Site(log)) if found and is_address(target) else None


def _tell_end(report: Report, said: bytes, file: ProofFile, checkpoint: Checkpoint, trust: Trust) -> None:
    """The log was ended: what follows for this proof, which holds as before."""
    told = read_succession(report, said, origin=checkpoint.origin, trust=trust)
    if told is None:
        return
    if checkpoint.size > told.size or (checkpoint.size == told.size and checkpoint.root != told.root):
        words = f"the log was ended after {told.size} entries with another tree than this proof's: two faces"
        report.wrong.append(Finding(words, file.index))
        return
    report.proven.append(
        f"That log was ended at {told.at} with {told.size} signed entries; {told.successor.name} goes on with the first"
        f" {told.kept}. What it had signed stays signed."
    )
    if file.index >= told.kept:
        report.open.append("that the site still shows this entry: it lost it. This file is evidence that it was there.")


def _extra(file: ProofFile, entry: str | None) -> Extra:
    if entry is not None:
        return Extra(entry=read(entry, most=LONGEST_FILE))
    if not file.extra:
        raise FormatError("the file does not carry the entry itself; name the entry's file with --entry")
    return parse_extra(file.extra)


def _signed(
    report: Report, file: ProofFile, checkpoint: Checkpoint, *, trust: Trust, target: str
) -> SignedCheckpoint | None:
    if trust.empty:
        report.unproven.append(
            f"no key was given, so nobody knows who signed this. It calls itself entry {shown(file.index)} of"
            f" {checkpoint.size} in the log {checkpoint.origin}; anybody can write that."
        )
        report.advice += where_keys_are(checkpoint.origin, target=target, what="verify")
        return None
    try:
        return open_checkpoint(data=file.checkpoint, keys=trust.logs, witnesses=trust.witnesses)
    except RefusedError as error:
        report.wrong.append(Finding(f"the checkpoint's signature does not hold: {error}"))
        if all(key.name != checkpoint.origin for key in trust.logs):  # perhaps the keys are another town's
            report.advice += where_keys_are(checkpoint.origin, target=target, what="verify")
        return None


def _tell_entry(report: Report, extra: Extra, *, raw: bool) -> None:
    """What the entry says, and the personal values that were opened."""
    try:
        body = read_canonical(extra.entry)
    except RefusedError:
        report.open.append("what the entry says: it is not JSON of ours.")
        return
    report.proven += tell(extra.entry, body)
    if raw:
        report.proven.append(f"The entry as JSON: {plain(json.dumps(body, ensure_ascii=False))}")
    commitments = body.get("commitments")
    known = commitments if isinstance(commitments, dict) else {}
    for one in extra.openings:
        committed = known.get(one.field)
        try:
            right = isinstance(committed, str) and opens(
                committed=committed, key=one.key, field=one.field, value=one.value
            )
        except RefusedError:
            right = False
        if right:
            report.proven.append(f"The hidden field {plain(one.field)!r} is {plain(one.value)!r}.")
        else:
            report.wrong.append(
                Finding(f"the hidden field {plain(one.field)!r} is not {plain(one.value)!r}: that was not committed to")
            )
    closed = sorted(set(known) - {one.field for one in extra.openings})
    if closed:
        report.open.append(f"the hidden fields {', '.join(closed)}: this file does not open them.")
