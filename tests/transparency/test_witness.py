"""A town as a witness: what it confirms of other logs, each refusal of the protocol, and that it never goes back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from transparency import actions, queries
from transparency.models import Witnessed
from transparency.queries.keys import witness_key
from transparency.rules.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from transparency.rules.merkle import Tree
from transparency.rules.notes import SignerKey
from transparency.rules.witnessing import LONGEST_BODY, format_add_checkpoint

Fill = Callable[..., None]
ADD = "/witness/rudny/add-checkpoint"
ORIGIN = "elsewhere.example/log/one"
KEY = SignerKey(name=ORIGIN, seed=b"k" * 32)


def tree(count: int, first: bytes = b"entry") -> Tree:
    found = Tree()
    found.append_leaf_hashes([sha256(b"\x00" + first + str(n).encode()).digest() for n in range(count)])
    return found


def note(size: int, *, key: SignerKey = KEY, first: bytes = b"entry") -> bytes:
    root = tree(size, first).root()
    return sign_checkpoint(checkpoint=Checkpoint(origin=key.name, size=size, root=root), key=key).data


def add(
    client: Client, old: int, new: int, *, proof: list[bytes] | None = None, body: bytes | None = None
) -> HttpResponse:
    if body is None:
        proof = tree(new).consistency_proof(old=old, new=new) if proof is None and 0 < old < new else proof or []
        body = format_add_checkpoint(old=old, proof=proof, note=note(new))
    answer = client.post(ADD, body, content_type="text/plain")
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.fixture
def known(fill: Fill, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rudny is a witness (its log is open), and it knows the log elsewhere."""
    request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")
    (tmp_path / "logs").write_text(f"{KEY.verifier.vkey}\n")
    settings.LOG_WITNESSED_FILE = str(tmp_path / "logs")
    fill(1, slug="rudny")


@pytest.mark.usefixtures("known")
def test_a_log_that_grows_is_confirmed_each_time(client: Client) -> None:
    for old, new in ((0, 3), (3, 5), (5, 5), (5, 300)):
        answer = add(client, old, new)
        assert (answer.status_code, answer["Content-Type"]) == (HTTPStatus.OK, "text/plain; charset=utf-8")
        whole = note(new) + answer.content
        told = open_checkpoint(data=whole, keys=[KEY.verifier], witnesses=[witness_key("rudny").verifier])
        assert [one.key.name for one in told.witnesses] == ["127.0.0.1:8000/witness/rudny"]
    assert Witnessed.objects.get(origin=ORIGIN).size == 300
    watched = client.get(f"/witness/rudny/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
    assert (watched.status_code, watched["Content-Type"]) == (HTTPStatus.OK, "text/plain; charset=utf-8")
    assert watched.content == whole


@pytest.mark.usefixtures("known")
def test_every_refusal_of_the_protocol(client: Client) -> None:
    assert add(client, 0, 10).status_code == HTTPStatus.OK
    proof = tree(12).consistency_proof(old=10, new=12)
    other = format_add_checkpoint(old=10, proof=[], note=note(10, first=b"other"))
    grown = format_add_checkpoint(old=10, proof=proof, note=note(12, first=b"other"))
    stranger = format_add_checkpoint(old=0, proof=[], note=note(3, key=SignerKey(name="x.example", seed=b"s" * 32)))
    forged = format_add_checkpoint(old=10, proof=proof, note=note(12, key=SignerKey(name=ORIGIN, seed=b"f" * 32)))
    size = (HTTPStatus.CONFLICT, "text/x.tlog.size", b"10\n")
    cases: list[tuple[HttpResponse, int]] = [
        (add(client, 12, 11, proof=[]), 400),
        (add(client, 0, 0, body=b"nonsense"), 400),
        (add(client, 0, 0, body=b""), 400),
        (add(client, 0, 0, body=b"x" * (LONGEST_BODY + 10_000)), 400),
        (add(client, 0, 0, body=forged), 403),
        (add(client, 0, 0, body=stranger), 404),
        (add(client, 10, 12, proof=[]), 422),
        (add(client, 10, 12, proof=[proof[0], *proof]), 422),
        (add(client, 0, 0, body=other), 422),
        (add(client, 0, 0, body=grown), 422),
    ]
    assert [answer.status_code for answer, _ in cases] == [status for _, status in cases]
    for old in (0, 3, 9, 11):
        answer = add(client, old, 12)
        assert (answer.status_code, answer["Content-Type"], answer.content) == size
    assert Witnessed.objects.get(origin=ORIGIN).size == 10
    assert client.get(ADD).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    nobody = client.post("/witness/nowhere/add-checkpoint", b"", content_type="text/plain")
    assert nobody.status_code == HTTPStatus.NOT_FOUND
    assert client.get("/witness/rudny/" + "0" * 64 + "/checkpoint").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("known")
def test_a_town_does_not_confirm_itself(client: Client, now: datetime) -> None:
    actions.integrate(slug="rudny", now=now)
    body = format_add_checkpoint(old=0, proof=[], note=queries.checkpoint_note("rudny"))
    assert add(client, 0, 0, body=body).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transparency_witnessed SET size = 9",
        "UPDATE transparency_witnessed SET root = sha256(root)",
        "DELETE FROM transparency_witnessed",
        "TRUNCATE transparency_witnessed",
    ],
)
def test_a_witness_never_goes_back(client: Client, statement: str) -> None:
    add(client, 0, 10)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Witnessed.objects.get(origin=ORIGIN).size == 10


@pytest.mark.usefixtures("committed_db", "known")
def test_eight_asking_at_once_get_one_history() -> None:
    """Four want one history from size 5 on, four another: only one of them is ever confirmed."""
    add(Client(), 0, 5)
    fork = tree(5)
    fork.append_leaf_hashes([b"f" * 32])
    forked = sign_checkpoint(checkpoint=Checkpoint(ORIGIN, 6, fork.root()), key=KEY).data
    bodies = [
        format_add_checkpoint(old=5, proof=tree(6).consistency_proof(old=5, new=6), note=note(6)),
        format_add_checkpoint(old=5, proof=fork.consistency_proof(old=5, new=6), note=forked),
    ]

    def one(turn: int) -> tuple[int, int]:
        try:
            return turn % 2, add(Client(), 0, 0, body=bodies[turn % 2]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    confirmed = [which for which, status in answers if status == HTTPStatus.OK]
    assert len(confirmed) == 1
    assert sorted(status for _, status in answers) == [200] + [409] * 7
