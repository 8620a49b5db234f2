"""Checkpoints (C2SP tlog-checkpoint) and the cosignatures of witnesses (C2SP tlog-cosignature, Ed25519, v1).

A checkpoint says: this log had this many entries and this root. Whoever signs two that disagree is caught by anybody
who holds both; nothing here may sign a checkpoint that was not compared with the last one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transparency.rules import ed25519
from transparency.rules.encoding import HASH_BYTES, MOST, decimal, hash_from_base64, plain_text, to_base64
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import (
    COSIGNATURE,
    LONGEST_NOTE,
    Note,
    Signature,
    SignerKey,
    VerifierKey,
    parse_note,
    sign,
)
from transparency.rules.notes import signed_by as note_signed_by
from transparency.rules.refusals import FormatError, SignatureError

_LINES = 3
_TIME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin (the log's name), size in entries, root of 32 bytes; other lines only if somebody else wrote them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or any(not sign.isprintable() for sign in self.origin):
            raise FormatError("a checkpoint's origin is empty or holds a control character")
        if not 0 <= self.size <= MOST or len(self.root) != HASH_BYTES:
            raise FormatError("a checkpoint has a size and a root of 32 bytes")
        if any(not line or "\n" in line for line in self.extensions):
            raise FormatError("a checkpoint's further lines are not empty")

    @property
    def possible(self) -> bool:
        """Whether a log can be so: an empty one has the empty root."""
        return self.size > 0 or self.root == EMPTY_ROOT

    @property
    def text(self) -> str:
        """What is signed: three lines, each ended by a newline."""
        return "\n".join((self.origin, str(self.size), to_base64(self.root), *self.extensions)) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint of a note's text. Refuses anything that `text` would not write."""
        plain_text(text.encode(), most=LONGEST_NOTE, what="the checkpoint")
        lines = text.split("\n")
        if len(lines) <= _LINES or lines.pop():
            raise FormatError("a checkpoint has an origin, a size and a root, each on its line")
        origin, size, root, *extensions = lines
        return cls(
            origin=origin,
            size=decimal(size, what="the size"),
            root=hash_from_base64(root, what="the root"),
            extensions=tuple(extensions),
        )


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness saw the checkpoint at this Unix time (seconds) and nothing that disagrees with it."""

    key: VerifierKey
    at: int


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that a trusted key signed, and the trusted witnesses that cosigned it."""

    checkpoint: Checkpoint
    note: Note
    key: VerifierKey
    witnesses: tuple[Cosigned, ...]


def sign_checkpoint(*, checkpoint: Checkpoint, key: SignerKey) -> Note:
    """The note that a log publishes. Refuses a key whose name is not the origin."""
    if key.name != checkpoint.origin or not checkpoint.possible:
        raise FormatError("a log signs under its own origin, and an empty log has the empty root")
    return Note(text=checkpoint.text, signatures=(sign(text=checkpoint.text, key=key),))


def with_signatures(*, note: Note, signatures: Iterable[Signature]) -> Note:
    """The note with further lines below, each once."""
    return Note(text=note.text, signatures=tuple(dict.fromkeys((*note.signatures, *signatures))))


def _cosigned_text(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosign(*, text: str, key: SignerKey, at: int) -> Signature:
    """A witness's signature over a checkpoint's text at the Unix time `at` (seconds, more than 0)."""
    if key.algorithm != COSIGNATURE:
        raise FormatError("only a witness's key cosigns")
    if not 0 < at <= MOST:
        raise FormatError("a cosignature has a time")
    Checkpoint.parse(text)
    signature = ed25519.sign(seed=key.seed, message=_cosigned_text(text, at))
    return Signature(name=key.name, key_id=key.verifier.id, blob=at.to_bytes(_TIME_BYTES, "big") + signature)


def cosignature_time(*, text: str, signature: Signature, key: VerifierKey) -> int:
    """The Unix time (seconds) at which the witness cosigned. Refuses a signature that is not this witness's."""
    if key.algorithm != COSIGNATURE or not signature.is_by(key):
        raise SignatureError(f"this is no cosignature of {key.name}")
    stamp, blob = signature.blob[:_TIME_BYTES], signature.blob[_TIME_BYTES:]
    at = int.from_bytes(stamp, "big")
    genuine = 0 < at <= MOST and ed25519.verifies(public=key.public, signature=blob, message=_cosigned_text(text, at))
    if not genuine:
        raise SignatureError(f"the cosignature of {key.name} is false: the text is not what the witness saw")
    return at


def cosigned_by(*, note: Note, witnesses: Sequence[VerifierKey]) -> tuple[Cosigned, ...]:
    """Which of the witnesses cosigned the note, each once with its latest time. A known witness's false one raises."""
    latest: dict[VerifierKey, int] = {}
    for one in note.signatures:
        for key in witnesses:
            if key.algorithm == COSIGNATURE and one.is_by(key):
                at = cosignature_time(text=note.text, signature=one, key=key)
                latest[key] = max(at, latest.get(key, 0))
    return tuple(Cosigned(key=key, at=at) for key, at in latest.items())


def open_checkpoint(
    *, data: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey] = ()
) -> SignedCheckpoint:
    """A published checkpoint that one of the logs' keys signed, with the witnesses among those given.

    The key's name must be the origin. Whether the witnesses are enough is a policy's question, not asked here.
    """
    note = parse_note(data)
    checkpoint = Checkpoint.parse(note.text)
    if not checkpoint.possible:
        raise FormatError("an empty log has the empty root")
    logs = [key for key in keys if key.name == checkpoint.origin]
    signers = note_signed_by(note=note, keys=logs)
    if not signers:
        raise SignatureError(f"none of the keys that you trust signed for {checkpoint.origin}")
    seen = cosigned_by(note=note, witnesses=witnesses)
    return SignedCheckpoint(checkpoint=checkpoint, note=note, key=signers[0], witnesses=seen)
