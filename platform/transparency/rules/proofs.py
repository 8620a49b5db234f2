"""The proof file (C2SP tlog-proof): one entry's place in a signed log, to be kept and checked without any server.

Our `extra` line carries the entry's exact bytes and, for whoever may know them, the personal values behind its
commitments. None of `extra` is to be believed before it was checked against the tree.
"""

from dataclasses import dataclass

from transparency.rules.bundles import LONGEST_ENTRY
from transparency.rules.canonical import canonical, read_canonical
from transparency.rules.checkpoints import Checkpoint
from transparency.rules.encoding import decimal, from_base64, hash_from_base64, plain_text, to_base64
from transparency.rules.hashing import leaf_hash
from transparency.rules.notes import parse_note
from transparency.rules.proving import verify_inclusion
from transparency.rules.refusals import FormatError

FIRST_LINE = "c2sp.org/tlog-proof@v1"
LONGEST_FILE = 512 * 1024
MOST_HASHES = 63
_EXTRA = "extra "
_INDEX = "index "


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The entry's index, the inclusion proof (leaf's sibling first), the checkpoint's note verbatim, opaque extra."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def format_proof(file: ProofFile) -> bytes:
    """The proof as a file."""
    extra = [_EXTRA + to_base64(file.extra)] if file.extra else []
    lines = [FIRST_LINE, *extra, f"{_INDEX}{file.index}", *[to_base64(one) for one in file.proof], ""]
    return "".join(f"{line}\n" for line in lines).encode() + file.checkpoint


def parse_proof(data: bytes) -> ProofFile:
    """A proof file of at most 512 KiB, 63 hashes and a checkpoint of at most 64 KiB.

    The checkpoint's form is checked, its signatures are not.
    """
    text = plain_text(data, most=LONGEST_FILE, what="the proof file")
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != FIRST_LINE:
        raise FormatError("this is not a proof file of version 1")
    extra = b""
    if lines and lines[0].startswith(_EXTRA):
        extra = from_base64(lines.pop(0).removeprefix(_EXTRA), what="the extra line")
        if not extra:
            raise FormatError("the extra line is empty")
    if not blank or not note or not lines or not lines[0].startswith(_INDEX) or len(lines) > MOST_HASHES + 1:
        raise FormatError("the proof file is not complete")
    index = decimal(lines[0].removeprefix(_INDEX), what="the index")
    proof = tuple(hash_from_base64(line, what="a line of the proof") for line in lines[1:])
    checkpoint = note.encode()
    Checkpoint.parse(parse_note(checkpoint).text)
    return ProofFile(index=index, proof=proof, checkpoint=checkpoint, extra=extra)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is behind one commitment of an entry: the field, its key (base64 of 32 bytes) and its value."""

    field: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Extra:
    """What our proof files carry: the entry's exact bytes and the openings of its personal fields."""

    entry: bytes
    openings: tuple[Opening, ...] = ()


def format_extra(extra: Extra) -> bytes:
    """Canonical JSON {"entry": base64, "openings": [{"field", "key", "value"}]}."""
    openings = [{"field": one.field, "key": one.key, "value": one.value} for one in extra.openings]
    return canonical({"entry": to_base64(extra.entry), "openings": openings})


def parse_extra(data: bytes) -> Extra:
    """Reads what `format_extra` writes; refuses any other name or type, and an entry of more than 65,535 bytes."""
    body = read_canonical(data)
    entry, openings = body.get("entry"), body.get("openings")
    if body.keys() != {"entry", "openings"} or not isinstance(entry, str) or not isinstance(openings, list):
        raise FormatError("the extra line does not hold an entry and its openings")
    found = from_base64(entry, what="the entry")
    if len(found) > LONGEST_ENTRY:
        raise FormatError("the entry is longer than 65,535 bytes")
    return Extra(entry=found, openings=tuple(_opening(one) for one in openings))


def _opening(one: object) -> Opening:
    if not isinstance(one, dict) or one.keys() != {"field", "key", "value"}:
        raise FormatError("an opening is a field, a key and a value")
    if not all(isinstance(text, str) for text in one.values()):
        raise FormatError("an opening is a field, a key and a value")
    return Opening(**one)


def verify_entry(*, file: ProofFile, entry: bytes, size: int, root: bytes) -> None:
    """Raises ProofError unless these exact bytes stand at the file's index in the log of this size and root."""
    verify_inclusion(index=file.index, size=size, leaf=leaf_hash(entry), proof=file.proof, root=root)
