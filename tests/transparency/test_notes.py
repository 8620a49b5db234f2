"""Signed notes: strict reading, unknown keys passed over, a known key's false signature refuses everything."""

import pytest

from tests.transparency.published import FOO, FOO_VKEY, NEUMANN, SKEY, VKEY
from transparency.rules import curve, ed25519
from transparency.rules.notes import (
    COSIGNATURE,
    Note,
    Signature,
    SignerKey,
    VerifierKey,
    parse_note,
    parse_signatures,
    sign,
    signed_by,
    verified,
)
from transparency.rules.refusals import FormatError, RefusedError, SignatureError

KEY = SignerKey("asar.example/log/temirtau", b"\x01" * 32)
OTHER = SignerKey("asar.example/log/temirtau", b"\x02" * 32)
TEXT = "one\n\ntwo\n"
NOTE = Note(TEXT, (sign(text=TEXT, key=KEY),))


def test_the_last_blank_line_divides() -> None:
    assert parse_note(NOTE.data) == NOTE
    assert verified(data=NOTE.data, keys=[KEY.verifier]).text == TEXT


def test_a_private_key_is_never_shown() -> None:
    assert "seed" not in repr(KEY)
    assert str(b"\x01" * 32) not in repr(KEY)


DAMAGED = [
    b"",
    b"one\n",
    b"one\n\n",
    b"\n\n" + NOTE.data.split(b"\n\n")[-1],
    NOTE.data[:-1],
    NOTE.data + b"\n",
    NOTE.data + b"x\n",
    NOTE.data + b"\n\n",
    NOTE.data.replace(b"one", b"o\tne"),
    NOTE.data.replace(b"one", b"o\rne"),
    NOTE.data.replace(b"one", b"o\x00ne"),
    NOTE.data.replace(b"one", b"o\xffne"),
    NOTE.data.replace("— ".encode(), b"- "),
    NOTE.data.replace("— ".encode(), "—".encode()),
    NOTE.data.replace("— asar".encode(), "—  asar".encode()),
    NOTE.data.replace(b"temirtau ", b"temirtau  "),
    NOTE.data.replace(b"temirtau ", b"temir+tau "),
    NOTE.data.replace(b"temirtau ", "temir\u00a0tau ".encode()),
    NOTE.data[:-1] + b" \n",
    NOTE.data[:-1] + b"=\n",
    NOTE.data.replace(b"\n", b"\r\n"),
    "— name AAAA\n".encode(),
    b"text\n\n" + "— name AAAAAA==\n".encode(),
    b"x" * 70_000 + b"\n" + NOTE.data,
    b"text\n\n" + NOTE.signatures[0].line.encode() * 101,
]


@pytest.mark.parametrize("data", DAMAGED)
def test_what_is_not_a_note(data: bytes) -> None:
    with pytest.raises(RefusedError):
        verified(data=data, keys=[KEY.verifier])


def test_every_flipped_bit_is_noticed() -> None:
    for at in range(len(NEUMANN.encode())):
        wrong = bytearray(NEUMANN.encode())
        wrong[at] ^= 1
        with pytest.raises(RefusedError):
            verified(data=bytes(wrong), keys=[VerifierKey.parse(VKEY)])


def test_unknown_keys_are_passed_over_and_false_ones_refuse() -> None:
    both = Note(TEXT, (sign(text=TEXT, key=OTHER), *NOTE.signatures))
    assert signed_by(note=both, keys=[KEY.verifier]) == (KEY.verifier,)
    assert set(signed_by(note=both, keys=[KEY.verifier, OTHER.verifier])) == {KEY.verifier, OTHER.verifier}
    false = Signature(KEY.name, KEY.verifier.id, bytes(64))
    with pytest.raises(SignatureError, match="is false"):
        verified(data=Note(TEXT, (*NOTE.signatures, false)).data, keys=[KEY.verifier])
    short = Signature(KEY.name, KEY.verifier.id, bytes(63))
    with pytest.raises(SignatureError):
        verified(data=Note(TEXT, (short,)).data, keys=[KEY.verifier])
    with pytest.raises(SignatureError, match="none of the keys"):
        verified(data=NOTE.data, keys=[OTHER.verifier])
    with pytest.raises(SignatureError):
        verified(data=NOTE.data, keys=[])


def test_one_hundred_signatures_are_read() -> None:
    """The specification asks for sixteen at least."""
    others = [SignerKey(f"w{number}", bytes([number]) * 32) for number in range(99)]
    note = Note(TEXT, (*(sign(text=TEXT, key=key) for key in others), *NOTE.signatures))
    assert verified(data=note.data, keys=[KEY.verifier]) == note


def test_lines_of_a_witness() -> None:
    line = NOTE.signatures[0].line
    assert parse_signatures(line.encode() * 2) == NOTE.signatures * 2
    for wrong in (b"", line[:-1].encode(), b"\n", line.encode() + b"\n", b"nonsense\n", line.encode() * 101):
        with pytest.raises(FormatError):
            parse_signatures(wrong)


WRONG_KEYS = [
    "",
    "name",
    "name+c74f20a3",
    VKEY.replace("c74f20a3", "c74f20a4"),
    VKEY.replace("c74f20a3", "C74F20A3"),
    VKEY.replace("c74f20a3", "c74f20a"),
    VKEY.replace("PeterNeumann", "PeterNeumanm"),
    VKEY.replace("PeterNeumann", "Peter Neumann"),
    VKEY.replace("PeterNeumann", ""),
    VKEY[:-1],
    VKEY + "=",
    VKEY + "\n",
    " " + VKEY,
    VKEY.replace("+ARpc", "+AhpC"),
    VKEY.replace("+ARpc", "+BRpc"),
    FOO_VKEY[:-4] + "AAAA",
]


@pytest.mark.parametrize("text", WRONG_KEYS)
def test_what_is_not_a_key(text: str) -> None:
    with pytest.raises(FormatError):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text", [VKEY, SKEY[:-1], SKEY.replace("c74f20a3", "c74f20a4"), SKEY.replace("+AYEK", "+AYEL")]
)
def test_what_is_not_a_private_key(text: str) -> None:
    with pytest.raises(FormatError):
        SignerKey.parse(text)


def test_a_key_signs_only_what_it_is_for() -> None:
    witness = SignerKey(KEY.name, KEY.seed, COSIGNATURE)
    assert witness.verifier.id != KEY.verifier.id
    assert VerifierKey.parse(witness.verifier.vkey) == witness.verifier
    with pytest.raises(FormatError):
        sign(text=TEXT, key=witness)
    with pytest.raises(FormatError):
        sign(text="no newline", key=KEY)
    with pytest.raises(FormatError):
        sign(text="tab\there\n", key=KEY)
    with pytest.raises(FormatError):
        sign(text=TEXT, key=SignerKey(KEY.name, b"short"))
    with pytest.raises(FormatError):
        VerifierKey(KEY.name, b"short")
    with pytest.raises(FormatError):
        VerifierKey(KEY.name, bytes(32), algorithm=2)


def test_both_curves_say_the_same() -> None:
    """`cryptography` and the plain one agree on genuine, false and malformed signatures."""
    assert ed25519.FAST
    key, message = KEY.verifier.public, FOO.encode()
    right = ed25519.sign(seed=KEY.seed, message=message)
    small_order = bytes(31) + b"\x80"
    beyond = (2**255 - 19).to_bytes(32, "little")
    for public in (key, OTHER.verifier.public, b"\x02" + bytes(31), beyond, b"\xff" * 32, key[:31]):
        for signature in (right, right[:63], right + b"\x00", bytes(64), b"\xff" * 64, right[:32] + b"\xff" * 32):
            ours = curve.verifies(public=public, signature=signature, message=message)
            assert ours == ed25519.verifies(public=public, signature=signature, message=message)
            assert ours == (public == key and signature == right)
    assert not curve.verifies(public=small_order, signature=right, message=message)
