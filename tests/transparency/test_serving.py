"""What any C2SP verifier reads: checkpoint, tiles, entries, policy and proofs, with the right types and caches."""

import gzip
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.transparency.conftest import SLUG
from transparency import queries
from transparency.actions import integrate
from transparency.models import Entry
from transparency.queries.keys import log_key
from transparency.rules.bundles import decode_bundle
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.hashing import leaf_hash
from transparency.rules.policies import parse_policy
from transparency.rules.proofs import parse_extra, parse_proof, verify_entry
from transparency.rules.tiles import TreeFromTiles, bundle_path, tile_path, tiles_of

pytestmark = pytest.mark.django_db
Fill = Callable[..., None]
LOG = f"/log/{SLUG}/"
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def log(fill: Fill, now: datetime) -> int:
    """700 signed entries and one that is not signed yet."""
    fill(700)
    integrate(slug=SLUG, now=now)
    fill(1)
    return 700


def get(client: Client, path: str) -> Any:
    return client.get(LOG + path)


@pytest.mark.usefixtures("log")
def test_a_stranger_rebuilds_the_root_from_tiles_alone(client: Client) -> None:
    note = get(client, "checkpoint")
    told = open_checkpoint(data=note.content, keys=[log_key(SLUG).verifier]).checkpoint

    def read(level: int, index: int) -> bytes:
        [width] = [w for lv, i, w in tiles_of(size=told.size) if (lv, i) == (level, index)]
        return bytes(get(client, tile_path(level=level, index=index, width=width)).content)

    tree = TreeFromTiles(size=told.size, read=read)
    entries = [
        entry
        for index, width in ((0, 256), (1, 256), (2, 188))
        for entry in decode_bundle(get(client, bundle_path(index=index, width=width)).content, width=width)
    ]
    assert (told.size, tree.root()) == (700, told.root)
    assert [tree.leaf(index) for index in range(700)] == [leaf_hash(entry) for entry in entries]
    assert entries == [bytes(one.body) for one in Entry.objects.filter(index__lt=700).order_by("index")]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("path", "content_type", "cache"),
    [
        ("checkpoint", "text/plain; charset=utf-8", "public, max-age=2"),
        ("policy", "text/plain; charset=utf-8", "public, max-age=300"),
        ("vkey", "text/plain; charset=utf-8", "public, max-age=300"),
        ("tile/0/000", "application/octet-stream", FOREVER),
        ("tile/0/002.p/188", "application/octet-stream", FOREVER),
        ("tile/1/000.p/2", "application/octet-stream", FOREVER),
        ("tile/entries/000", "application/octet-stream", FOREVER),
        ("tile/entries/002.p/1", "application/octet-stream", FOREVER),
        ("proof/699.tlog-proof", "text/plain; charset=utf-8", "public, max-age=2"),
    ],
)
def test_types_caches_and_nothing_personal(client: Client, path: str, content_type: str, cache: str) -> None:
    answer = client.get(LOG + path, headers={"cookie": f"sessionid={'x' * 32}", "accept-language": "de"})
    assert answer.status_code == HTTPStatus.OK
    assert (answer["Content-Type"], answer["Cache-Control"]) == (content_type, cache)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Accept-Language" not in answer.headers.get("Vary", "")
    assert "Content-Language" not in answer
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert client.head(LOG + path).status_code == HTTPStatus.OK


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/002.p/189",  # the entry that is not signed yet
        "tile/0/003.p/1",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/00/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/64/000",
        "tile/entries/002",
        "tile/entries/002.p/189",
        "tile/entries/003.p/1",
        "tile/entries/../0/000",
        "proof/700.tlog-proof",
        "proof/9223372036854775808.tlog-proof",
    ],
)
def test_what_the_log_has_not_reached_or_nobody_can_ask_for(client: Client, path: str) -> None:
    answer = get(client, path)
    assert (answer.status_code, answer.content) == (HTTPStatus.NOT_FOUND, b"not found\n")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["checkpoint", "policy", "vkey", "tile/0/000", "proof/0.tlog-proof"])
def test_a_town_that_signed_nothing_has_no_files(client: Client, path: str) -> None:
    assert get(client, path).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.usefixtures("log")
def test_partial_tiles_are_beginnings_of_the_whole(client: Client) -> None:
    whole, entries = get(client, "tile/0/001").content, get(client, "tile/entries/001").content
    for width in (1, 7, 255):
        assert get(client, f"tile/0/001.p/{width}").content == whole[: 32 * width]
        assert entries.startswith(get(client, f"tile/entries/001.p/{width}").content)


@pytest.mark.usefixtures("log")
def test_bundles_travel_compressed_to_whoever_can_read_that(client: Client) -> None:
    plain, packed = (client.get(f"{LOG}tile/entries/000", headers={"accept-encoding": how}) for how in ("", "gzip"))
    assert "Content-Encoding" not in plain
    assert (packed["Content-Encoding"], packed["Cache-Control"]) == ("gzip", FOREVER)
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 2


@pytest.mark.usefixtures("log")
def test_writing_is_refused(client: Client) -> None:
    assert client.post(LOG + "checkpoint").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post(LOG + "tile/0/000").status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("path", "count"),
    [("checkpoint", 1), ("tile/0/000", 1), ("tile/entries/000", 1), ("vkey", 1), ("proof/3.tlog-proof", 5)],
)
def test_queries(client: Client, path: str, count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(count):
        get(client, path)


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 699])
def test_a_proof_file_proves_its_entry(client: Client, index: int) -> None:
    answer = get(client, f"proof/{index}.tlog-proof")
    file = parse_proof(answer.content)
    told = open_checkpoint(data=file.checkpoint, keys=[log_key(SLUG).verifier]).checkpoint
    extra = parse_extra(file.extra)
    verify_entry(file=file, entry=extra.entry, size=told.size, root=told.root)
    assert (file.index, extra.entry) == (index, bytes(queries.entry_at(SLUG, index).body))
    # People count from 1, as pages and the command do; the address counts from 0, as in every tlog-tiles log.
    assert answer["Content-Disposition"] == f'attachment; filename="temirtau-{index + 1}.tlog-proof"'


def test_the_public_proof_opens_no_commitment(client: Client, write: Callable[..., int], now: datetime) -> None:
    index = write(1, personal={"name": "Айгүл"})
    integrate(slug=SLUG, now=now)
    public, own = get(client, f"proof/{index}.tlog-proof").content, queries.proof_file(SLUG, index, with_openings=True)
    assert parse_extra(parse_proof(public).extra).openings == ()
    [opening] = parse_extra(parse_proof(own).extra).openings
    assert (opening.field, opening.value, len(b64decode(opening.key))) == ("name", "Айгүл", 32)


def test_the_policy_names_key_address_and_the_next_towns(client: Client, fill: Fill, now: datetime) -> None:
    towns = ["ekibastuz", "ridder", "rudny", "temirtau", "zhezkazgan"]
    for slug in towns:
        fill(1, slug=slug)
        integrate(slug=slug, now=now)
    policy = parse_policy(get(client, "policy").content)
    [known] = policy.logs
    assert (known.key, known.url) == (log_key(SLUG).verifier, "http://127.0.0.1:8000/log/temirtau")
    assert list(policy.witnesses) == ["zhezkazgan", "ekibastuz", "ridder"]
    assert policy.witnesses["ridder"].url == "http://127.0.0.1:8000/witness/ridder"
    assert (policy.groups[policy.quorum].threshold, policy.satisfied(["ridder"])) == (2, False)
    assert policy.satisfied(["ridder", "zhezkazgan"])


def test_a_town_alone_asks_nobody(client: Client, fill: Fill, now: datetime) -> None:
    fill(1)
    integrate(slug=SLUG, now=now)
    policy = parse_policy(get(client, "policy").content)
    assert (policy.witnesses, policy.quorum) == ({}, "none")
    assert get(client, "vkey").content.decode() == log_key(SLUG).verifier.vkey + "\n"


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/0/000", "tile/entries/000", "policy", "vkey", "proof/1.tlog-proof"]
)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_whoever_sends_something_hears_in_plain_text_that_this_is_read_only(path: str, method: str) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(LOG + path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "text/plain; charset=utf-8")
    assert (answer["Allow"], answer.content) == ("GET, HEAD", b"only GET and HEAD\n")
    assert answer["Access-Control-Allow-Origin"] == "*"
