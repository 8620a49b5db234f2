"""Checkpoints and cosignatures: one spelling, the log's own name, a witness's own time."""

import pytest

from transparency.rules.checkpoints import (
    Checkpoint,
    cosign,
    cosignature_time,
    cosigned_by,
    open_checkpoint,
    sign_checkpoint,
    with_signatures,
)
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import COSIGNATURE, Note, Signature, SignerKey, sign
from transparency.rules.refusals import FormatError, RefusedError, SignatureError

ORIGIN = "asar.example/log/temirtau"
KEY = SignerKey(ORIGIN, b"\x01" * 32)
WITNESS = SignerKey("witness.example/w1", b"\x02" * 32, COSIGNATURE)
CHECKPOINT = Checkpoint(ORIGIN, 8, b"\x07" * 32)
TEXT = CHECKPOINT.text


def test_a_checkpoint_reads_back() -> None:
    assert Checkpoint.parse(TEXT) == CHECKPOINT
    extended = Checkpoint(ORIGIN, 8, b"\x07" * 32, ("more", "and more"))
    assert Checkpoint.parse(extended.text) == extended


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "more\n\n",
        "\n" + TEXT,
        TEXT.replace("\n8\n", "\n08\n"),
        TEXT.replace("\n8\n", "\n+8\n"),
        TEXT.replace("\n8\n", "\n 8\n"),
        TEXT.replace("\n8\n", "\n8 \n"),
        TEXT.replace("\n8\n", "\n-8\n"),
        TEXT.replace("\n8\n", "\n٨\n"),
        TEXT.replace("\n8\n", "\n\n"),
        TEXT.replace("\n8\n", f"\n{2**63}\n"),
        TEXT.replace("\n8\n", "\n" + "9" * 5000 + "\n"),
        TEXT.replace("\n8\n", "\n8\r\n"),
        TEXT.replace("=\n", "\n"),
        TEXT.replace("BwcH", "Bwc", 1),
        TEXT.replace("Bwc=", "Bwd="),
        TEXT.replace("asar", "a\tsar"),
        ORIGIN + "\n8\n",
    ],
)
def test_what_is_not_a_checkpoint(text: str) -> None:
    with pytest.raises(FormatError):
        Checkpoint.parse(text)


def test_a_log_signs_under_its_own_name() -> None:
    note = sign_checkpoint(checkpoint=CHECKPOINT, key=KEY)
    assert open_checkpoint(data=note.data, keys=[KEY.verifier]).checkpoint == CHECKPOINT
    other = SignerKey("asar.example/log/saran", b"\x01" * 32)
    with pytest.raises(FormatError):
        sign_checkpoint(checkpoint=CHECKPOINT, key=other)
    foreign = Note(TEXT, (sign(text=TEXT, key=other),))
    with pytest.raises(SignatureError):
        open_checkpoint(data=foreign.data, keys=[other.verifier, KEY.verifier])


def test_an_empty_log_has_the_empty_root() -> None:
    wrong = Checkpoint(ORIGIN, 0, b"\x07" * 32)
    with pytest.raises(FormatError):
        sign_checkpoint(checkpoint=wrong, key=KEY)
    with pytest.raises(FormatError):
        open_checkpoint(data=Note(wrong.text, (sign(text=wrong.text, key=KEY),)).data, keys=[KEY.verifier])
    empty = sign_checkpoint(checkpoint=Checkpoint(ORIGIN, 0, EMPTY_ROOT), key=KEY)
    assert open_checkpoint(data=empty.data, keys=[KEY.verifier]).checkpoint.size == 0


def test_a_cosignature_binds_text_time_and_witness() -> None:
    line = cosign(text=TEXT, key=WITNESS, at=1_795_000_000)
    assert cosignature_time(text=TEXT, signature=line, key=WITNESS.verifier) == 1_795_000_000
    for at in range(len(line.blob)):
        wrong = bytearray(line.blob)
        wrong[at] ^= 1
        with pytest.raises(SignatureError):
            cosignature_time(text=TEXT, signature=Signature(line.name, line.key_id, bytes(wrong)), key=WITNESS.verifier)
    for blob in (line.blob[:-1], line.blob + b"\x00", line.blob[8:], b""):
        with pytest.raises(SignatureError):
            cosignature_time(text=TEXT, signature=Signature(line.name, line.key_id, blob), key=WITNESS.verifier)
    with pytest.raises(SignatureError):
        cosignature_time(text=TEXT.replace("8", "9"), signature=line, key=WITNESS.verifier)
    with pytest.raises(SignatureError):
        cosignature_time(text=TEXT, signature=line, key=KEY.verifier)


def test_what_a_witness_does_not_sign() -> None:
    with pytest.raises(FormatError):
        cosign(text=TEXT, key=KEY, at=1)
    with pytest.raises(FormatError):
        cosign(text="no checkpoint\n", key=WITNESS, at=1)
    with pytest.raises(FormatError):
        cosign(text=TEXT, key=WITNESS, at=0)


def test_witnesses_of_a_note() -> None:
    note = sign_checkpoint(checkpoint=CHECKPOINT, key=KEY)
    stranger = SignerKey("witness.example/w2", b"\x03" * 32, COSIGNATURE)
    lines = [cosign(text=TEXT, key=key, at=at) for key, at in ((WITNESS, 5), (WITNESS, 9), (stranger, 7), (WITNESS, 6))]
    note = with_signatures(note=note, signatures=[*lines, lines[0]])
    assert len(note.signatures) == 5
    assert [(one.key, one.at) for one in cosigned_by(note=note, witnesses=[WITNESS.verifier])] == [
        (WITNESS.verifier, 9)
    ]
    signed = open_checkpoint(data=note.data, keys=[KEY.verifier], witnesses=[WITNESS.verifier, stranger.verifier])
    assert {one.key.name: one.at for one in signed.witnesses} == {"witness.example/w1": 9, "witness.example/w2": 7}
    false = Signature(WITNESS.name, WITNESS.verifier.id, bytes(72))
    with pytest.raises(RefusedError):
        cosigned_by(note=with_signatures(note=note, signatures=[false]), witnesses=[WITNESS.verifier])
