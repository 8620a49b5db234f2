"""Signed notes (C2SP signed-note): a text, a blank line, signature lines. Keys, their ids, reading and writing.

A note whose signatures were not checked says nothing: `parse_note` is for looking at signatures, `verified` is for
believing the text. A seed must never appear in `repr` or in an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from transparency.rules import ed25519
from transparency.rules.encoding import from_base64, plain_text, to_base64
from transparency.rules.refusals import FormatError, SignatureError

ED25519 = 0x01
COSIGNATURE = 0x04
LONGEST_NOTE = 64 * 1024
MOST_SIGNATURES = 100
_KEY_ID = 4
_DASH = "\u2014 "
_PREFIX = "PRIVATE+KEY+"
_HEX = 8


def check_name(name: str) -> str:
    """A key's name: not empty, no Unicode space, no plus, no control character."""
    if not name or "+" in name or any(sign.isspace() or not sign.isprintable() for sign in name):
        raise FormatError("a key's name is empty or holds a space, a plus or a control character")
    return name


def key_id(*, name: str, algorithm: int, public: bytes) -> bytes:
    """4 bytes: SHA-256(name || newline || algorithm || public key), cut."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_KEY_ID]


def _split(text: str) -> tuple[str, bytes, int, bytes]:
    """name, key id, algorithm, key of name+hex8+base64; only the first two pluses divide."""
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004 - name, id, key
        raise FormatError("a key is written name+id+key")
    name, written, encoded = parts
    if len(written) != _HEX or any(sign not in "0123456789abcdef" for sign in written):
        raise FormatError("a key's id is eight hexadecimal digits")
    data = from_base64(encoded, what="a key")
    if len(data) != 1 + ed25519.KEY_BYTES:
        raise FormatError("a key is one byte of algorithm and 32 bytes")
    if data[0] not in (ED25519, COSIGNATURE):
        raise FormatError("a key of an algorithm that is not known here")
    return check_name(name), bytes.fromhex(written), data[0], data[1:]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and its use: ED25519 signs notes, COSIGNATURE is a witness's."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != ed25519.KEY_BYTES or self.algorithm not in (ED25519, COSIGNATURE):
            raise FormatError("a public key is 32 bytes, for notes or for cosignatures")

    @property
    def id(self) -> bytes:
        """The 4 bytes that signatures carry."""
        return key_id(name=self.name, algorithm=self.algorithm, public=self.public)

    @property
    def vkey(self) -> str:
        """name+id+key, as it is published."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key of a vkey. Refuses another algorithm, another length, and an id that is not the key's."""
        name, written, algorithm, public = _split(text)
        key = cls(name=name, public=public, algorithm=algorithm)
        if key.id != written:
            raise FormatError("a key's id does not belong to the key: it was mistyped")
        return key


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key with its name and use. `seed` is the 32 bytes of RFC 8032."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: int = ED25519

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return _public_half(self)

    @classmethod
    def parse(cls, text: str) -> "SignerKey":
        """The key of PRIVATE+KEY+name+id+key, as Go's note package writes it."""
        if not text.startswith(_PREFIX):
            raise FormatError("this is not a private key")
        name, written, algorithm, seed = _split(text.removeprefix(_PREFIX))
        key = cls(name=name, seed=seed, algorithm=algorithm)
        if key.verifier.id != written:
            raise FormatError("a key's id does not belong to the key: it was mistyped")
        return key


@lru_cache(maxsize=256)
def _public_half(key: SignerKey) -> VerifierKey:
    return VerifierKey(name=key.name, public=ed25519.public_key(seed=key.seed), algorithm=key.algorithm)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says it signed, with which key, and the bytes behind the key id."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note, newline included."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.blob)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Whether it claims this key, by name and id."""
        return self.name == key.name and self.key_id == key.id

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """A line without its newline."""
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        data = from_base64(encoded, what="a signature") if space and line.startswith(_DASH) else b""
        if len(data) <= _KEY_ID:
            raise FormatError("a line below the note is not a signature")
        return cls(name=check_name(name), key_id=data[:_KEY_ID], blob=data[_KEY_ID:])


@dataclass(frozen=True, slots=True)
class Note:
    """The text with its final newline, and what stands below it. The text is not yet to be believed."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def data(self) -> bytes:
        """The note as a file."""
        return f"{self.text}\n{''.join(one.line for one in self.signatures)}".encode()


def parse_note(data: bytes) -> Note:
    """Text and signature lines of a note of at most 64 KiB and 100 signatures; the last blank line divides."""
    whole = plain_text(data, most=LONGEST_NOTE, what="the note")
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not text or not below.endswith("\n"):
        raise FormatError("the note is not a text, a blank line and signatures")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise FormatError("the note carries more than 100 signatures")
    return Note(text=text + "\n", signatures=tuple(Signature.parse(line) for line in lines))


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Signature lines alone, as a witness answers: at least one, each ended by a newline."""
    text = plain_text(data, most=LONGEST_NOTE, what="the answer")
    if not text.endswith("\n") or text.count("\n") > MOST_SIGNATURES:
        raise FormatError("the answer is not lines of signatures")
    return tuple(Signature.parse(line) for line in text[:-1].split("\n"))


def sign(*, text: str, key: SignerKey) -> Signature:
    """The Ed25519 note signature over a text that ends in a newline."""
    if key.algorithm != ED25519:
        raise FormatError("a witness's key signs no notes")
    if not text.endswith("\n"):
        raise FormatError("a note's text ends in a newline")
    plain_text(text.encode(), most=LONGEST_NOTE, what="the note")
    blob = ed25519.sign(seed=key.seed, message=text.encode())
    return Signature(name=key.name, key_id=key.verifier.id, blob=blob)


def signed_by(*, note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Those of the ED25519 keys that signed the text. Unknown keys are passed over; a known key's false one raises."""
    found: list[VerifierKey] = []
    for one in note.signatures:
        for key in keys:
            if key.algorithm != ED25519 or not one.is_by(key):
                continue
            if not ed25519.verifies(public=key.public, signature=one.blob, message=note.text.encode()):
                raise SignatureError(f"the signature of {key.name} is false: the text is not what was signed")
            if key not in found:
                found.append(key)
    return tuple(found)


def verified(*, data: bytes, keys: Sequence[VerifierKey]) -> Note:
    """A note that at least one of these keys signed. Refuses it when none did or one of them did so falsely."""
    note = parse_note(data)
    if not signed_by(note=note, keys=keys):
        raise SignatureError("none of the keys that you trust signed this")
    return note
