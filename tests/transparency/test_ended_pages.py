"""What people and witnesses see of an ended log: its page, the page that checks proofs, the witnesses' answers."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client

from asar.__main__ import main
from tests.asar.town_log import served
from tests.transparency.restoring import lost_afterwards, mirrored
from tests.transparency.test_verify_page import ask, text_of
from transparency import queries
from transparency.actions import add_checkpoint, ask_witnesses, integrate, succeed
from transparency.models import Asked
from transparency.queries.keys import log_key, origin_of
from transparency.queries.witnesses import trusted_keys
from transparency.rules.witnessing import format_add_checkpoint
from transparency.states import Answer

pytestmark = pytest.mark.django_db
SLUG, NEIGHBOUR = "temirtau", "tekeli"


@pytest.fixture
def proofs(write: Callable[..., int], now: datetime) -> list[bytes]:
    """A log of three entries is signed; two more are signed and lost; it is ended. Proofs of the second and fifth."""
    for number in range(3):
        write(number)
    integrate(slug=SLUG, now=now)
    with lost_afterwards():
        for number in (3, 4):
            write(number)
        integrate(slug=SLUG, now=now)
        found = [queries.proof_file(SLUG, 1), queries.proof_file(SLUG, 4)]
    write(9)
    succeed(slug=SLUG, now=now)
    integrate(slug=SLUG, now=now)
    return found


def test_the_server_says_that_the_proofs_log_was_ended(client: Client, proofs: list[bytes]) -> None:
    kept, lost = (ask(client, proof) for proof in proofs)
    for text in (kept, lost):
        assert "The proof holds. Too few witnesses have confirmed it yet" in text
        assert "Town: Temirtau" in text
        assert "The log of this proof was ended This log was ended on 22 November 2026, 14:00" in text
        assert (
            f"It had signed 5 lines. 3 of them are known to go on in the log that follows: {origin_of(SLUG, 2)}" in text
        )
    sentence = "This line is not among those. Your file is the proof that it was signed"
    assert (sentence in kept, sentence in lost) == (False, True)
    fresh = ask(client, queries.proof_file(SLUG, 1))
    assert ("The proof holds" in fresh, "was ended" in fresh) == (True, False)
    beginning = ask(client, queries.proof_file(SLUG, 4))
    assert "A log ended, and this one goes on" in beginning
    assert f"Log that was ended {origin_of(SLUG)}" in beginning


@pytest.mark.usefixtures("proofs")
def test_the_page_that_checks_knows_both_logs(client: Client) -> None:
    html = client.get("/en/verify/").content.decode()
    [policy] = re.findall(r"<pre[^>]*data-policy[^>]*>([^<]*)</pre>", html)
    assert unescape(policy).encode() == queries.policy_file(SLUG)
    assert [line.split()[1] for line in unescape(policy).split("\n") if line.startswith("log ")] == [
        log_key(SLUG, 2).verifier.vkey,
        log_key(SLUG).verifier.vkey,
    ]
    [told] = re.findall(r'data-ended="([^"]*)"', html)
    [ended] = json.loads(unescape(told))
    assert (ended["origin"], ended["size"], ended["kept"], ended["next"]) == (origin_of(SLUG), 5, 3, origin_of(SLUG, 2))
    assert 'data-size="5"' in html  # of the log that goes on: three, the one booked since, and the statement
    assert 'data-say="ended_lost"' in html


@pytest.mark.usefixtures("proofs")
def test_the_logs_page_shows_the_one_that_was_ended(client: Client) -> None:
    answer = client.get(f"/en/log/{SLUG}/")
    text = text_of(answer.content)
    assert f"{origin_of(SLUG)} 22 November 2026, 14:00 5 3 Signed statement" in text
    assert f"Name of the log {origin_of(SLUG, 2)}" in text
    assert f"asar audit http://127.0.0.1:8000/log/{SLUG}/2" in text
    html = answer.content.decode()
    assert f'href="/log/{SLUG}/2/checkpoint"' in html
    assert f'href="http://127.0.0.1:8000/log/{SLUG}/succession"' in html
    again = client.get(f"/en/log/{SLUG}/", headers={"if-none-match": answer.headers["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED


@pytest.mark.usefixtures("proofs")
def test_witnesses_confirm_the_log_that_goes_on_and_no_other(write: Callable[..., int], now: datetime) -> None:
    write(1, slug=NEIGHBOUR)
    assert trusted_keys(witness=NEIGHBOUR, origin=origin_of(SLUG)) == []
    assert trusted_keys(witness=NEIGHBOUR, origin=origin_of(SLUG, 2)) == [log_key(SLUG, 2).verifier]
    for generation in (1, 2):
        assert trusted_keys(witness=SLUG, origin=origin_of(SLUG, generation)) == []
        body = format_add_checkpoint(old=0, proof=[], note=queries.checkpoint_note(SLUG, generation))
        verdict = add_checkpoint(witness=NEIGHBOUR, body=body, now=now)
        assert verdict.status == (HTTPStatus.NOT_FOUND if generation == 1 else HTTPStatus.OK)


def test_witnesses_are_asked_anew(write: Callable[..., int], now: datetime) -> None:
    write(1, slug=NEIGHBOUR)
    write(1)
    signed = integrate(slug=SLUG, now=now)
    assert signed is not None
    with lost_afterwards():
        write(2)
        integrate(slug=SLUG, now=now)
    Asked.objects.create(log_id=signed.log_id, witness="w", size=2, answer=Answer.SIGNED, at=now)
    succeed(slug=SLUG, now=now)
    assert Asked.objects.count() == 0
    assert ask_witnesses(slug=SLUG, now=now) == 0  # the new log has signed nothing yet, and the old one asks nobody
    assert Asked.objects.count() == 0


@pytest.mark.usefixtures("proofs")
def test_the_auditor_follows_what_the_site_serves(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirrored(client, tmp_path, f"/log/{SLUG}", 3)
    mirrored(client, tmp_path / "2", f"/log/{SLUG}/2", 5)
    with served(tmp_path) as address:
        followed = main(["audit", address, "--key", log_key(SLUG).verifier.vkey])
        said = capsys.readouterr().out
        clean = main(["audit", f"{address}/2", "--policy", str(tmp_path / "2" / "policy")])
        alone = capsys.readouterr().out
    assert (followed, clean) == (1, 0)
    assert "WRONG" not in said + alone
    assert f"NOT PROVEN: entries 4 to 5 of {origin_of(SLUG)} were signed and are no longer shown" in said
    assert f"It begins with the 3 entries that were kept of {origin_of(SLUG)}." in said
    for text in (said, alone):
        assert "All 5 entries are exactly those that were signed, in their order." in text
        assert f"Entry 5: {origin_of(SLUG)} ended here with 5 signed entries" in text
