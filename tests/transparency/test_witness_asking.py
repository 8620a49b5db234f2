"""A log asks its witnesses over real HTTP, shows who confirmed, and goes on without those who do not."""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import Cosignature
from transparency.queries.keys import log_key, witness_key
from transparency.queries.proofs import tree_at
from transparency.rules.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from transparency.rules.notes import SignerKey
from transparency.rules.policies import Group, Known, Policy, format_policy
from transparency.rules.witnessing import format_add_checkpoint
from transparency.states import Answer

Fill = Callable[..., None]


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

    server: WSGIServer = make_server("127.0.0.1", 0, closing, handler_class=_Quiet)
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
