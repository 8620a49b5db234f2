"""The statement with which one log ends and another goes on: a note that the keys of both have signed.

An origin names one log for ever. A log whose database lost what it had signed therefore never signs again: this says
what it had signed last, what of it is still there, and under which origin and key its entries go on. Must never be
believed without the signature of the log that ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transparency.rules.encoding import decimal, hash_from_base64, to_base64
from transparency.rules.notes import ED25519, Note, SignerKey, VerifierKey, parse_note, sign, signed_by
from transparency.rules.refusals import FormatError, SignatureError

FIRST_LINE: Final = "asar log succession v1"
FILE: Final = "succession"  # its name below the address of the log that ended
_NAMES: Final = ("ended", "signed", "kept", "booked", "at", "next")


@dataclass(frozen=True, slots=True)
class Succession:
    """`size` and `root` are what the log `ended` signed last; its first `kept` entries, with the root `kept_root`, are
    the first of the log `successor`. `booked` is how many entries the database held at `at` (UTC, as entries write it).
    """

    ended: str
    size: int
    root: bytes
    kept: int
    kept_root: bytes
    booked: int
    at: str
    successor: VerifierKey

    def __post_init__(self) -> None:
        if self.kept > min(self.size, self.booked):
            raise FormatError("a log keeps no more than was signed, and than there is")
        if self.successor.algorithm != ED25519 or self.successor.name == self.ended:
            raise FormatError("the log that goes on has an origin and a key of its own")
        if any("\n" in text or not text for text in (self.ended, self.at)):
            raise FormatError("a succession names the log that ended, and the moment")

    @property
    def lost(self) -> int:
        """How many entries the ended log had signed that are not known to be in the one that goes on."""
        return self.size - self.kept

    @property
    def text(self) -> str:
        """What is signed: seven lines, each ended by a newline."""
        said = (
            self.ended,
            f"{self.size} {to_base64(self.root)}",
            f"{self.kept} {to_base64(self.kept_root)}",
            str(self.booked),
            self.at,
            self.successor.vkey,
        )
        lines = [f"{name} {words}" for name, words in zip(_NAMES, said, strict=True)]
        return "".join(f"{line}\n" for line in (FIRST_LINE, *lines))

    @classmethod
    def parse(cls, text: str) -> "Succession":
        """The statement of a note's text. Refuses anything that `text` would not write."""
        first, *lines = text.split("\n")
        if first != FIRST_LINE or len(lines) != len(_NAMES) + 1:
            raise FormatError("this is not the statement with which a log ends")
        words = [line.removeprefix(f"{name} ") for name, line in zip(_NAMES, lines, strict=False)]
        ended, signed, kept, booked, at, successor = words
        size, _space, root = signed.partition(" ")
        kept_size, _space, kept_root = kept.partition(" ")
        found = cls(
            ended=ended,
            size=decimal(size, what="the signed size"),
            root=hash_from_base64(root, what="the signed root"),
            kept=decimal(kept_size, what="the kept size"),
            kept_root=hash_from_base64(kept_root, what="the kept root"),
            booked=decimal(booked, what="the booked size"),
            at=at,
            successor=VerifierKey.parse(successor),
        )
        if found.text != text:
            raise FormatError("the statement with which a log ends is written in another way")
        return found


def sign_succession(*, succession: Succession, ended: SignerKey, successor: SignerKey) -> Note:
    """The note that is published. Refuses keys of other names."""
    if ended.name != succession.ended or successor.verifier != succession.successor:
        raise FormatError("a succession is signed by the log that ended and the one that goes on")
    text = succession.text
    return Note(text=text, signatures=(sign(text=text, key=ended), sign(text=text, key=successor)))


def open_succession(*, data: bytes, keys: Sequence[VerifierKey]) -> Succession:
    """A statement that one of these keys, named as the log that ended, and the successor's own key have signed."""
    note = parse_note(data)
    found = Succession.parse(note.text)
    if not signed_by(note=note, keys=[key for key in keys if key.name == found.ended]):
        raise SignatureError(f"none of the keys that you trust ended {found.ended}")
    if not signed_by(note=note, keys=[found.successor]):
        raise SignatureError(f"{found.successor.name} has not signed that it goes on for {found.ended}")
    return found
