"""Everything that others published about these formats comes out of ours, byte for byte."""

from hashlib import sha256

import pytest

from tests.transparency import published
from transparency.rules import curve, tiles
from transparency.rules.bundles import decode_bundle, encode_bundle
from transparency.rules.checkpoints import (
    Checkpoint,
    cosign,
    cosigned_by,
    open_checkpoint,
    sign_checkpoint,
    with_signatures,
)
from transparency.rules.encoding import to_base64
from transparency.rules.merkle import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    leaf_hashes,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from transparency.rules.notes import COSIGNATURE, Signature, SignerKey, VerifierKey, parse_note, sign, verified


@pytest.fixture
def tree() -> Tree:
    return Tree(leaf_hashes(published.LEAVES))


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_published_leaves(tree: Tree, size: int) -> None:
    assert tree.root(size).hex() == published.ROOTS[size]


def test_the_empty_root() -> None:
    assert EMPTY_ROOT.hex() == published.ROOTS[0]


def test_leaf_hashes() -> None:
    assert [one.hex() for one in leaf_hashes(published.LEAVES)] == published.LEAF_HASHES
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert to_base64(leaf_hash(b"hello world")) == "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0="


def test_node_hashes() -> None:
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    leaves = leaf_hashes(published.LEAVES)
    level_1 = [node_hash(leaves[at], leaves[at + 1]) for at in range(0, 8, 2)]
    assert [one.hex() for one in level_1] == published.LEVEL_1
    level_2 = [node_hash(level_1[at], level_1[at + 1]) for at in range(0, 4, 2)]
    assert [one.hex() for one in level_2] == published.LEVEL_2


@pytest.mark.parametrize(("place", "proof"), published.INCLUSION.items())
def test_inclusion_proofs(tree: Tree, place: tuple[int, int], proof: list[str]) -> None:
    index, size = place
    assert [one.hex() for one in tree.inclusion_proof(index=index, size=size)] == proof
    verify_inclusion(
        index=index,
        size=size,
        leaf=bytes.fromhex(published.LEAF_HASHES[index]),
        proof=[bytes.fromhex(one) for one in proof],
        root=bytes.fromhex(published.ROOTS[size]),
    )


@pytest.mark.parametrize(("sizes", "proof"), published.CONSISTENCY.items())
def test_consistency_proofs(tree: Tree, sizes: tuple[int, int], proof: list[str]) -> None:
    old, new = sizes
    assert [one.hex() for one in tree.consistency_proof(old=old, new=new)] == proof
    verify_consistency(
        old=old,
        new=new,
        old_root=bytes.fromhex(published.ROOTS[old]),
        new_root=bytes.fromhex(published.ROOTS[new]),
        proof=[bytes.fromhex(one) for one in proof],
    )


def test_the_note_of_the_specification() -> None:
    note = verified(data=published.FOO.encode(), keys=[VerifierKey.parse(published.FOO_VKEY)])
    assert note.text == "This is an example message.\n"
    assert note.data == published.FOO.encode()


def test_the_note_of_go_is_verified_and_signed_byte_for_byte() -> None:
    key = SignerKey.parse(published.SKEY)
    assert key.verifier == VerifierKey.parse(published.VKEY)
    assert key.verifier.vkey == published.VKEY
    note = verified(data=published.NEUMANN.encode(), keys=[key.verifier])
    assert sign(text=note.text, key=key) == note.signatures[0]
    assert sign(text=note.text, key=key).line == published.NEUMANN.split("\n\n")[1]


def test_a_real_checkpoint() -> None:
    note = verified(data=published.SUMDB.encode(), keys=[VerifierKey.parse(published.SUMDB_VKEY)])
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 20852163)
    assert checkpoint.text == note.text


def test_the_checkpoint_of_eight_entries(tree: Tree) -> None:
    key = SignerKey.parse(published.SKEY)
    note = sign_checkpoint(checkpoint=Checkpoint("PeterNeumann", 8, tree.root()), key=key)
    assert note.data == published.CHECKPOINT_8.encode()
    signed = open_checkpoint(data=note.data, keys=[key.verifier])
    assert signed.checkpoint == Checkpoint("PeterNeumann", 8, tree.root())


def test_the_cosignature(tree: Tree) -> None:
    witness = SignerKey("witness.example/w1", SignerKey.parse(published.SKEY).seed, COSIGNATURE)
    assert witness.verifier.vkey == published.WITNESS_VKEY
    note = parse_note(published.CHECKPOINT_8.encode())
    line = cosign(text=note.text, key=witness, at=published.COSIGNED_AT)
    assert line.line == published.COSIGNATURE_8
    whole = with_signatures(note=note, signatures=[Signature.parse(published.COSIGNATURE_8[:-1])])
    found = cosigned_by(note=whole, witnesses=[VerifierKey.parse(published.WITNESS_VKEY)])
    assert [(one.key.name, one.at) for one in found] == [("witness.example/w1", published.COSIGNED_AT)]


def test_the_tile_and_the_bundle_of_eight() -> None:
    tile = b"".join(leaf_hashes(published.LEAVES))
    assert (len(tile), sha256(tile).hexdigest()) == (256, published.TILE_8_SHA256)
    assert encode_bundle(published.LEAVES).hex() == published.BUNDLE_8
    assert decode_bundle(bytes.fromhex(published.BUNDLE_8), width=8) == published.LEAVES


def test_three_hundred_entries_in_tiles() -> None:
    hashes = leaf_hashes(published.ENTRIES_300)
    appender = tiles.Appender(size=0, read=lambda *_: b"")
    made = appender.append(hashes)
    assert made == {
        (0, 0): b"".join(hashes[:256]),
        (0, 1): b"".join(hashes[256:]),
        (1, 0): bytes.fromhex(published.FIRST_OF_LEVEL_1_300),
    }
    assert appender.root().hex() == published.ROOT_300
    assert (
        tiles.TreeFromTiles(size=300, read=lambda level, index: made[level, index]).root().hex() == published.ROOT_300
    )


# RFC 8032 section 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
            "c027beceea1ec40a"
        ),
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
            "2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
            "d9bef1177331a704"
        ),
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_plain_curve_on_the_vectors_of_rfc_8032(public: str, message: str, signature: str) -> None:
    key, text, blob = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert curve.verifies(public=key, signature=blob, message=text)
    for at in range(0, 64, 7):
        wrong = bytearray(blob)
        wrong[at] ^= 1
        assert not curve.verifies(public=key, signature=bytes(wrong), message=text)
    assert not curve.verifies(public=key, signature=blob, message=text + b"\x00")
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(blob[32:], "little") + order).to_bytes(32, "little")
    assert not curve.verifies(public=key, signature=blob[:32] + larger, message=text)
