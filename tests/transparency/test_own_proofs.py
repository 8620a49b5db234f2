"""Proofs for one person: only what concerns them is opened, and what is printed stays true however the log grows."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction

from common.errors import NotFound
from transparency.actions import append, integrate
from transparency.models import Cosignature, Log
from transparency.queries import first_covering, openings_of, proof_file
from transparency.queries.seals import proof_link
from transparency.rules.links import from_link
from transparency.rules.proofs import ProofFile, parse_extra, parse_proof
from transparency.states import Kind

pytestmark = pytest.mark.django_db
SLUG = "temirtau"
GIVERS = {"gift_a": "5000 KZT, Aigul", "gift_b": "7000 KZT, Bolat", "gift_c": "9000 KZT, Chingiz"}


def entry_of_three(now: datetime) -> int:
    with transaction.atomic():
        return append(slug=SLUG, kind=Kind.MINUTES, body={"title": "x"}, personal=GIVERS, now=now)


def opened(file: bytes) -> dict[str, str]:
    return {one.field: one.value for one in parse_extra(parse_proof(file).extra).openings}


def size_of(proof: ProofFile) -> int:
    return int(proof.checkpoint.decode().splitlines()[1])


def test_of_an_entry_about_several_people_only_the_named_field_is_opened(now: datetime) -> None:
    index = entry_of_three(now)
    integrate(slug=SLUG, now=now)
    assert opened(proof_file(SLUG, index, with_openings=True, fields=["gift_b"])) == {"gift_b": "7000 KZT, Bolat"}
    assert opened(proof_file(SLUG, index, with_openings=True, fields=[])) == {}
    assert opened(proof_file(SLUG, index, fields=["gift_b"])) == {}
    assert opened(proof_file(SLUG, index, with_openings=True)) == GIVERS
    assert [one.field for one in openings_of(SLUG, index, fields=["gift_c", "gift_a"])] == ["gift_a", "gift_c"]


def test_a_lasting_proof_has_the_same_bytes_when_the_log_has_grown(now: datetime, fill: Callable[..., None]) -> None:
    index = entry_of_three(now)
    integrate(slug=SLUG, now=now)
    before = proof_file(SLUG, index, with_openings=True, fields=["gift_a"], lasting=True)
    fill(5)
    integrate(slug=SLUG, now=now)
    assert proof_file(SLUG, index, with_openings=True, fields=["gift_a"], lasting=True) == before
    newest = proof_file(SLUG, index, with_openings=True, fields=["gift_a"])
    assert size_of(parse_proof(newest)) == size_of(parse_proof(before)) + 5
    link = proof_link(slug=SLUG, index=index, with_openings=True, fields=["gift_a"], lasting=True)
    assert from_link(link) == parse_proof(before)


def test_a_lasting_proof_takes_the_first_checkpoint_that_somebody_confirmed(
    now: datetime, fill: Callable[..., None]
) -> None:
    index = entry_of_three(now)
    integrate(slug=SLUG, now=now)
    first = first_covering(SLUG, index).size
    for _time in range(2):
        fill(3)
        integrate(slug=SLUG, now=now)
    log = Log.objects.get(slug=SLUG)
    Cosignature.objects.create(log_id=log.pk, size=first + 6, witness="b", line="— b\n", at=now)
    assert first_covering(SLUG, index).size == first + 6
    Cosignature.objects.create(log_id=log.pk, size=first + 3, witness="a", line="— a\n", at=now)
    assert first_covering(SLUG, index).size == first + 3


def test_what_is_not_signed_yet_has_no_lasting_proof(now: datetime) -> None:
    index = entry_of_three(now)
    for wrong in (index, -1):
        with pytest.raises(NotFound):
            proof_file(SLUG, wrong, lasting=True)
