"""A proof of one gift in a log of any size, with three witnesses of whom two signed: for tests and measurements."""

from dataclasses import dataclass
from hashlib import sha256

from transparency.rules.canonical import canonical, commitment
from transparency.rules.checkpoints import Checkpoint, cosign, sign_checkpoint, with_signatures
from transparency.rules.encoding import to_base64
from transparency.rules.hashing import leaf_hash
from transparency.rules.links import to_link
from transparency.rules.merkle import Tree
from transparency.rules.notes import COSIGNATURE, SignerKey
from transparency.rules.proofs import Extra, Opening, ProofFile, format_extra, format_proof

ORIGIN = "asar.example/log/tekeli"
SEEN_AT = 1795330000
_KEY = bytes(range(32))
_PROJECT = "0193a5b0-7c1e-7b11-8d22-7b1e0a4d9c11"
GIFT = {
    "at": "2026-11-22T07:15:00.123456Z",
    "commitments": {"donor": commitment(key=_KEY, field="donor", value="Айгүл Сәрсенова")},
    "date": "2026-11-22",
    "entries": [
        {"account": "stripe", "after": 2512500, "amount": 1250050, "currency": "KZT", "project": _PROJECT},
        {"account": "gifts", "after": -2512500, "amount": -1250050, "currency": "KZT", "project": _PROJECT},
    ],
    "fund": "tekeli",
    "id": "0193a5b0-7c1e-7b11-8d22-7b1e0a4d9c12",
    "kind": "gift",
    "memo": "",
    "seq": 17,
    "subject": "0193a5b0-7c1e-7b11-8d22-7b1e0a4d9c33",
    "type": "transaction",
    "v": 1,
}


@dataclass(frozen=True)
class Made:
    """The proof file, the same as a link's part after `#`, and the policy that goes with it."""

    file: str
    link: str
    policy: str


def made(*, size: int, index: int, seed: bytes = b"a log's seed in a test, 32 bytes") -> Made:
    """A proof of `GIFT` at `index`; all other leaves are hashes of their numbers."""
    entry = canonical(GIFT)
    leaves = [sha256(n.to_bytes(8, "big")).digest() for n in range(size)]
    leaves[index] = leaf_hash(entry)
    tree = Tree(leaves)
    log = SignerKey(name=ORIGIN, seed=seed)
    witnesses = [
        SignerKey(name=f"w{n}.example/witness", seed=bytes([n]) * 32, algorithm=COSIGNATURE) for n in (1, 2, 3)
    ]
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=tree.root())
    note = with_signatures(
        note=sign_checkpoint(checkpoint=checkpoint, key=log),
        signatures=[cosign(text=checkpoint.text, key=witness, at=SEEN_AT) for witness in witnesses[:2]],
    )
    file = ProofFile(
        index=index,
        proof=tuple(tree.inclusion_proof(index=index)),
        checkpoint=note.data,
        extra=format_extra(
            Extra(entry=entry, openings=(Opening("donor", to_base64(_KEY), "Айгүл Сәрсенова"),)),
        ),
    )
    lines = [f"log {log.verifier.vkey}"]
    lines += [f"witness w{n} {witness.verifier.vkey}" for n, witness in enumerate(witnesses, start=1)]
    policy = "\n".join([*lines, "group towns 2 w1 w2 w3", "quorum towns", ""])
    return Made(file=format_proof(file).decode(), link=to_link(file), policy=policy)
