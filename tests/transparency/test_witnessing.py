"""The witness's verdict, status by status, and the body of its one question."""

import pytest

from transparency.rules.checkpoints import Checkpoint
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.merkle import Tree, leaf_hashes
from transparency.rules.notes import Note, Signature, SignerKey, sign
from transparency.rules.refusals import FormatError
from transparency.rules.witnessing import (
    PLAIN_TYPE,
    SIZE_TYPE,
    AddCheckpoint,
    format_add_checkpoint,
    judge,
    parse_add_checkpoint,
)

ORIGIN = "asar.example/log/temirtau"
KEY = SignerKey(ORIGIN, b"\x01" * 32)
OTHER = SignerKey(ORIGIN, b"\x02" * 32)
TREE = Tree(leaf_hashes(f"entry {number}".encode() for number in range(20)))


def asked(
    old: int, new: int, *, proof: list[bytes] | None = None, root: bytes | None = None, key: SignerKey = KEY
) -> AddCheckpoint:
    text = Checkpoint(ORIGIN, new, TREE.root(new) if root is None else root).text
    if proof is None:
        proof = TREE.consistency_proof(old=old, new=new) if 0 < old <= new else []
    body = format_add_checkpoint(old=old, proof=proof, note=Note(text, (sign(text=text, key=key),)).data)
    return parse_add_checkpoint(body)


def answer(request: AddCheckpoint, last: int = 0) -> tuple[int, str]:
    verdict = judge(request=request, keys=[KEY.verifier], last_size=last, last_root=TREE.root(last))
    return verdict.status, verdict.content_type


def test_the_body_reads_back() -> None:
    request = asked(5, 20)
    assert (request.old, list(request.proof)) == (5, TREE.consistency_proof(old=5, new=20))
    assert request.checkpoint == Checkpoint(ORIGIN, 20, TREE.root())


BODY = format_add_checkpoint(old=5, proof=[b"\x05" * 32], note=asked(0, 3).note.data)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BODY.replace(b"old 5", b"old 05"),
        BODY.replace(b"old 5", b"old  5"),
        BODY.replace(b"old 5", b"new 5"),
        BODY.replace(b"old 5\n", b""),
        BODY.replace(b"\n\nasar", b"\nasar"),
        BODY.replace(b"\n\nasar", b"\nAAAA\n\nasar"),
        BODY.replace(b"\n\nasar", b"\n\n\nasar"),
        BODY.replace(b"\n", b"\r\n"),
        BODY[:-1],
        BODY + b"x",
        BODY + b"y" * 100_000,
        b"old 5\n" + b"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n" * 64 + BODY[BODY.index(b"\n\n") + 1 :],
    ],
)
def test_what_is_not_a_question(body: bytes) -> None:
    with pytest.raises(FormatError):
        parse_add_checkpoint(body)


def test_no_more_than_sixty_three_lines_are_asked() -> None:
    with pytest.raises(FormatError):
        format_add_checkpoint(old=5, proof=[b"\x05" * 32] * 64, note=b"")


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 20), (1, 20), (5, 20), (8, 16), (20, 20)])
def test_growth_is_cosigned(old: int, new: int) -> None:
    assert answer(asked(old, new), last=old) == (200, PLAIN_TYPE)


def test_an_unknown_log() -> None:
    assert judge(request=asked(0, 5), keys=[]).status == 404


def test_no_trusted_signature_or_a_false_one() -> None:
    assert answer(asked(0, 5, key=OTHER)) == (403, PLAIN_TYPE)
    request = asked(0, 5)
    false = Signature(ORIGIN, KEY.verifier.id, bytes(64))
    note = Note(request.note.text, (*request.note.signatures, false))
    assert answer(AddCheckpoint(0, (), note, request.checkpoint)) == (403, PLAIN_TYPE)


def test_a_smaller_log() -> None:
    assert answer(asked(8, 5), last=8) == (400, PLAIN_TYPE)


@pytest.mark.parametrize("last", [0, 4, 6, 20])
def test_another_size_than_was_cosigned_last(last: int) -> None:
    verdict = judge(request=asked(5, 20), keys=[KEY.verifier], last_size=last, last_root=TREE.root(last))
    assert (verdict.status, verdict.body, verdict.content_type) == (409, f"{last}\n", SIZE_TYPE)


def test_two_faces() -> None:
    other = b"\x09" * 32
    assert answer(asked(20, 20, root=other), last=20)[0] == 422
    assert answer(asked(5, 20, root=other), last=5)[0] == 422
    assert answer(asked(0, 0, root=other))[0] == 422
    assert answer(asked(0, 0, root=EMPTY_ROOT))[0] == 200


def test_proofs_that_do_not_hold() -> None:
    proof = TREE.consistency_proof(old=5, new=20)
    for wrong in ([], proof[:-1], proof[::-1], [*proof, proof[0]], [b"\x00" * 32, *proof[1:]]):
        assert answer(asked(5, 20, proof=wrong), last=5)[0] == 422
    assert answer(asked(0, 20, proof=[b"\x00" * 32]))[0] == 422
    assert answer(asked(20, 20, proof=[b"\x00" * 32]), last=20)[0] == 422
