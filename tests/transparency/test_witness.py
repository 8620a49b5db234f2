"""Witnesses: what a town confirms of other logs and what it never does; how its own log asks, and goes on without."""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import Cosignature, Witnessed
from transparency.queries.keys import log_key, witness_key
from transparency.queries.proofs import tree_at
from transparency.rules.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from transparency.rules.merkle import Tree
from transparency.rules.notes import SignerKey
from transparency.rules.policies import Group, Known, Policy, format_policy
from transparency.rules.witnessing import LONGEST_BODY, format_add_checkpoint
from transparency.states import Answer

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


# --- a log asks ------------------------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


@contextmanager
def served() -> Iterator[str]:
    """The site over real HTTP; its address."""
    application = get_wsgi_application()

    def closing(environ: dict[str, object], start: object) -> list[bytes]:
        try:
            return [b"".join(application(environ, start))]  # type: ignore[arg-type]
        finally:
            connections.close_all()

    server: WSGIServer = make_server("127.0.0.1", 0, closing, handler_class=_Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def three(committed_db: str, fill: Fill, now: datetime) -> None:
    """Four towns with signed logs."""
    for slug in (SLUG, "rudny", "ridder", "zhezkazgan"):
        fill(300, slug=slug)
        actions.integrate(slug=slug, now=now)


@pytest.mark.usefixtures("three")
def test_the_other_towns_confirm_and_the_checkpoint_carries_it(
    fill: Fill, now: datetime, settings: Settings, client: Client
) -> None:
    with served() as address:
        settings.LOG_URL = address
        assert queries.log_state(SLUG, now=now).quorum is False
        assert actions.ask_witnesses(slug=SLUG, now=now) == 3
        assert actions.ask_witnesses(slug=SLUG, now=now) == 0
        state = queries.log_state(SLUG, now=now)
        assert (state.quorum, [one.answer for one in state.witnesses]) == (True, [Answer.SIGNED] * 3)
        keys = [witness_key(slug).verifier for slug in ("rudny", "ridder", "zhezkazgan")]
        told = open_checkpoint(
            data=client.get(f"/log/{SLUG}/checkpoint").content, keys=[log_key(SLUG).verifier], witnesses=keys
        )
        assert {one.key for one in told.witnesses} == set(keys)
        fill(5)
        actions.integrate(slug=SLUG, now=now)
        assert b"witness" in queries.proof_file(SLUG, 0)
        assert b"witness" not in queries.checkpoint_note(SLUG)
        assert SLUG in queries.unconfirmed_logs()
        assert actions.ask_witnesses(slug=SLUG, now=now) == 3
        assert SLUG not in queries.unconfirmed_logs()
    assert Cosignature.objects.count() == 6


@pytest.mark.usefixtures("three")
def test_a_log_that_forgot_what_a_witness_saw_is_told_and_goes_on(now: datetime, settings: Settings) -> None:
    log_id = queries.latest_checkpoint(SLUG)
    assert log_id is not None
    proof = format_add_checkpoint(
        old=0,
        proof=[],
        note=sign_checkpoint(checkpoint=Checkpoint(log_key(SLUG).name, 100, _root_at(100)), key=log_key(SLUG)).data,
    )
    assert actions.add_checkpoint(witness="rudny", body=proof, now=now).status == HTTPStatus.OK
    with served() as address:
        settings.LOG_URL = address
        assert actions.ask_witnesses(slug=SLUG, now=now) == 3


def _root_at(size: int) -> bytes:
    signed = queries.latest_checkpoint(SLUG)
    assert signed is not None
    return tree_at(log_id=signed.log_id, size=size).root()


@pytest.mark.usefixtures("three")
def test_a_witness_that_saw_more_than_the_log_has_is_shown(now: datetime, settings: Settings) -> None:
    later = Checkpoint(log_key(SLUG).name, 900, b"r" * 32)
    body = format_add_checkpoint(old=0, proof=[], note=sign_checkpoint(checkpoint=later, key=log_key(SLUG)).data)
    assert actions.add_checkpoint(witness="rudny", body=body, now=now).status == HTTPStatus.OK
    with served() as address:
        settings.LOG_URL = address
        assert actions.ask_witnesses(slug=SLUG, now=now) == 2
    state = queries.log_state(SLUG, now=now)
    assert {one.name: one.answer for one in state.witnesses} == {
        "rudny": Answer.AHEAD,
        "ridder": Answer.SIGNED,
        "zhezkazgan": Answer.SIGNED,
    }
    assert state.quorum is True


@pytest.mark.usefixtures("three")
def test_witnesses_that_are_away_stop_nothing_and_are_asked_again_later(
    fill: Fill, now: datetime, settings: Settings
) -> None:
    settings.LOG_URL = "http://127.0.0.1:9"
    assert actions.ask_witnesses(slug=SLUG, now=now) == 0
    state = queries.log_state(SLUG, now=now)
    assert (state.quorum, {one.answer for one in state.witnesses}) == (False, {Answer.AWAY})
    fill(1)
    signed = actions.integrate(slug=SLUG, now=now)
    assert signed is not None
    assert signed.size == 301
    with served() as address:
        settings.LOG_URL = address
        assert actions.ask_witnesses(slug=SLUG, now=now + timedelta(seconds=59)) == 0
        assert actions.ask_witnesses(slug=SLUG, now=now + timedelta(seconds=60)) == 3


@pytest.mark.usefixtures("three")
def test_a_false_witness_adds_nothing(now: datetime, settings: Settings, tmp_path: Path) -> None:
    """The policy names another key for Rudny than the one that answers."""
    wrong = SignerKey(name=witness_key("rudny").name, seed=b"w" * 32, algorithm=4).verifier
    with served() as address:
        policy = Policy((), {"r": Known(wrong, f"{address}/witness/rudny", "r")}, {"g": Group(1, ("r",))}, "g")
        (tmp_path / "policy").write_bytes(format_policy(policy))
        settings.LOG_POLICY_FILE = str(tmp_path / "policy")
        assert actions.ask_witnesses(slug=SLUG, now=now) == 0
    [one] = queries.log_state(SLUG, now=now).witnesses
    assert (one.answer, Cosignature.objects.count()) == (Answer.REFUSED, 0)


@pytest.mark.django_db
def test_a_policy_that_cannot_be_read_says_so(settings: Settings, tmp_path: Path, fill: Fill) -> None:
    fill(1)
    settings.LOG_POLICY_FILE = str(tmp_path / "none")
    with pytest.raises(ImproperlyConfigured, match="LOG_POLICY_FILE cannot be read"):
        queries.policy_of(SLUG)
    (tmp_path / "none").write_text(f"nonsense {b64encode(b'x').decode()}\n")
    with pytest.raises(ImproperlyConfigured, match="line 1 of the policy is not understood"):
        queries.policy_of(SLUG)
