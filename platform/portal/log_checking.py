"""The same check as in the browser, done by the server for whoever has no JavaScript.

Says less than the browser: the reader has to trust this server. Must never accept what static/verify/check.js refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transparency.rules.canonical import opens, read_canonical
from transparency.rules.checkpoints import Checkpoint, open_checkpoint
from transparency.rules.notes import parse_note
from transparency.rules.policies import Policy
from transparency.rules.proofs import FIRST_LINE, Opening, parse_extra, parse_proof, verify_entry
from transparency.rules.refusals import FormatError, ProofError, SignatureError

LONGEST = 64 * 1024


class ProofFaultError(Exception):
    """What is wrong with a proof: a code of `portal.log_words.FAULTS` and what stands in its gaps."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof file proves. `seen` is (witness, Unix seconds, on the log's own server); names are the policy's."""

    origin: str
    index: int
    size: int
    entry: Mapping[str, object]
    opened: tuple[Opening, ...]
    sealed: tuple[str, ...]
    seen: tuple[tuple[str, int, bool], ...]
    missing: tuple[str, ...]
    quorum: bool


def check(data: bytes, *, policies: Sequence[Policy]) -> Proven:
    """Check a proof file of at most 64 KiB; raises ProofFaultError. Lines may end as Windows ends them."""
    if len(data) > LONGEST:
        raise ProofFaultError("too_long")
    data = data.replace(b"\r\n", b"\n").strip() + b"\n"
    first = data.partition(b"\n")[0]
    if first != FIRST_LINE.encode():
        known = first.startswith(FIRST_LINE.rpartition("@")[0].encode())
        raise ProofFaultError("other_version" if known else "no_proof")
    try:
        return _checked(data, policies)
    except FormatError as error:
        raise ProofFaultError("broken") from error


def _checked(data: bytes, policies: Sequence[Policy]) -> Proven:
    if b"\n\n" not in data:
        raise ProofFaultError("cut_off")
    file = parse_proof(data)
    if not file.extra:
        raise ProofFaultError("no_entry")
    extra = parse_extra(file.extra)
    note = parse_note(file.checkpoint)
    origin = Checkpoint.parse(note.text).origin
    policy = next((one for one in policies if any(log.key.name == origin for log in one.logs)), None)
    if policy is None:
        raise ProofFaultError("other_log", origin=origin)
    keys = [log.key for log in policy.logs if log.key.name == origin]
    try:
        signed = open_checkpoint(data=file.checkpoint, keys=keys)
    except SignatureError as error:
        named = any(one.is_by(key) for one in note.signatures for key in keys)
        raise ProofFaultError("wrong_signature" if named else "no_signature", origin=origin) from error
    try:
        verify_entry(file=file, entry=extra.entry, size=signed.checkpoint.size, root=signed.checkpoint.root)
    except ProofError as error:
        raise ProofFaultError("changed") from error
    seen = _witnesses(file.checkpoint, policy)
    entry = _entry(extra.entry)
    commitments = entry.get("commitments")
    committed = commitments if isinstance(commitments, dict) else {}
    for one in extra.openings:
        if not opens(committed=str(committed.get(one.field)), key=one.key, field=one.field, value=one.value):
            raise ProofFaultError("wrong_opening", field=one.field)
    names = {name for name, _at, _house in seen}
    return Proven(
        origin=origin,
        index=file.index,
        size=signed.checkpoint.size,
        entry=entry,
        opened=extra.openings,
        sealed=tuple(sorted(committed.keys() - {one.field for one in extra.openings})),
        seen=seen,
        missing=tuple(name for name in policy.witnesses if name not in names),
        quorum=policy.satisfied(names),
    )


def _witnesses(note: bytes, policy: Policy) -> tuple[tuple[str, int, bool], ...]:
    house = {log.key.name.partition("/")[0] for log in policy.logs}
    found = []
    for name, known in policy.witnesses.items():
        try:
            signed = open_checkpoint(data=note, keys=[log.key for log in policy.logs], witnesses=[known.key])
        except SignatureError as error:
            raise ProofFaultError("wrong_witness", name=name) from error
        found += [(name, one.at, known.key.name.partition("/")[0] in house) for one in signed.witnesses]
    return tuple(found)


def _entry(data: bytes) -> dict[str, object]:
    try:
        entry = read_canonical(data)
    except FormatError as error:
        raise ProofFaultError("no_words") from error
    if not isinstance(entry.get("type"), str):
        raise ProofFaultError("no_words")
    return entry
