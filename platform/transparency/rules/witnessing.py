"""The witness protocol (C2SP tlog-witness): the body of add-checkpoint and the verdict on it.

The verdict is pure; to ask it and to keep what it accepted must be one atomic step of the caller, or two answers
could cosign two logs that disagree. It must never accept a smaller log, or another root at the same size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from transparency.rules.checkpoints import Checkpoint
from transparency.rules.encoding import decimal, hash_from_base64, plain_text, to_base64
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import LONGEST_NOTE, Note, VerifierKey, parse_note, signed_by
from transparency.rules.proving import verify_consistency
from transparency.rules.refusals import FormatError, ProofError, SignatureError

MOST_HASHES = 63
LONGEST_BODY = LONGEST_NOTE + 4096
SIZE_TYPE = "text/x.tlog.size"
PLAIN_TYPE = "text/plain; charset=utf-8"
OK, BAD_REQUEST, FORBIDDEN, UNKNOWN, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422
_OLD = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A log asks to be cosigned: the size the witness saw last, the proof from there, the new checkpoint's note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """HTTP status, body and content type. With 200 the body is empty: the caller keeps the checkpoint, then cosigns."""

    status: int
    body: str = ""
    content_type: str = PLAIN_TYPE


def format_add_checkpoint(*, old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body that a log posts. `proof` is empty when old is 0 or the checkpoint's own size."""
    if len(proof) > MOST_HASHES:
        raise FormatError("more than 63 lines of proof")
    return "".join(f"{line}\n" for line in (f"{_OLD}{old}", *[to_base64(one) for one in proof], "")).encode() + note


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Reads the body; FormatError (answer 400) for anything else. Signatures are not checked here."""
    text = plain_text(body, most=LONGEST_BODY, what="the request")
    head, blank, rest = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or not lines[0].startswith(_OLD) or len(lines) > MOST_HASHES + 1:
        raise FormatError("the request is not an old size, a proof, a blank line and a checkpoint")
    old = decimal(lines[0].removeprefix(_OLD), what="the old size")
    proof = tuple(hash_from_base64(line, what="a line of the proof") for line in lines[1:])
    note = parse_note(rest.encode())
    return AddCheckpoint(old=old, proof=proof, note=note, checkpoint=Checkpoint.parse(note.text))


def judge(
    *, request: AddCheckpoint, keys: Sequence[VerifierKey], last_size: int = 0, last_root: bytes = EMPTY_ROOT
) -> Verdict:
    """The witness's answer, given the keys it trusts for the origin and what it cosigned last (0: never).

    404 no key for this origin; 403 no trusted signature, or a false one; 400 old size above the new; 409 with the
    last size when old differs from it; 422 another root at the same size, or a proof that does not hold.
    """
    if not keys:
        return Verdict(UNKNOWN, "This log is not known here.\n")
    if not _is_signed(request.note, keys):
        return Verdict(FORBIDDEN, "No key that is trusted for this log signed the checkpoint.\n")
    if request.old > request.checkpoint.size:
        return Verdict(BAD_REQUEST, "The old size is larger than the checkpoint's.\n")
    if request.old != last_size:
        return Verdict(CONFLICT, f"{last_size}\n", SIZE_TYPE)
    try:
        _check_growth(request, last_root)
    except ProofError as error:
        return Verdict(UNPROCESSABLE, f"{error}\n")
    return Verdict(OK)


def _is_signed(note: Note, keys: Sequence[VerifierKey]) -> bool:
    try:
        return bool(signed_by(note=note, keys=keys))
    except SignatureError:
        return False


def _check_growth(request: AddCheckpoint, last_root: bytes) -> None:
    new = request.checkpoint
    if not new.possible:
        raise ProofError("an empty log has the empty root")
    if request.old:
        verify_consistency(old=request.old, new=new.size, old_root=last_root, new_root=new.root, proof=request.proof)
    elif request.proof:
        raise ProofError("from size 0 there is nothing to prove")
