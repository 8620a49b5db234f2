"""Identifiers that tell their order or tell nothing, and codes that can be dictated in Latin and Cyrillic alike."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import TICKET_ALPHABET, normalise_ticket, random_id, ticket_code, uuid7


def test_uuid7_tells_the_millisecond_and_keeps_order() -> None:
    before = time.time_ns() // 1_000_000
    made = [uuid7() for _ in range(1_000)]
    after = time.time_ns() // 1_000_000
    assert {one.version for one in made} == {7}
    assert {str(one)[19] for one in made} <= set("89ab")
    moments = [one.int >> 80 for one in made]
    assert moments == sorted(moments)
    assert before <= moments[0] <= moments[-1] <= after + 1
    assert len(set(made)) == 1_000


def test_a_random_id_holds_no_moment() -> None:
    made = [random_id() for _ in range(1_000)]
    assert {one.version for one in made} == {4}
    assert len({one.int >> 80 for one in made}) == 1_000


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(TICKET_ALPHABET) == len(set(TICKET_ALPHABET)) == 25
    assert not set(TICKET_ALPHABET) & set("01OILBVU8")


@given(st.binary(min_size=9, max_size=20))
def test_a_code_has_three_groups_of_three(random_bytes: bytes) -> None:
    code = ticket_code(random_bytes)
    groups = code.split("-")
    assert [len(group) for group in groups] == [3, 3, 3]
    assert set(code) <= {*TICKET_ALPHABET, "-"}
    assert normalise_ticket(code) == code


def test_every_sign_comes_up_about_equally_often() -> None:
    """256 is no multiple of 25: six signs come up one time in 23 instead of 26. Enough for 25^9 codes."""
    shares = Counter(ticket_code(bytes([byte] * 9))[0] for byte in range(256))
    assert set(shares.values()) == {10, 11}
    assert sum(shares.values()) == 256


@pytest.mark.parametrize(
    "typed",
    [
        "7KD-4XM-2TF",
        "7kd4xm2tf",
        " 7kd 4xm 2tf ",
        "7KD–4XM–2TF",
        "7KD.4XM.2TF",
        "7КD-4ХМ-2ТF",
        "7кd4хм2тf",
        "7-K-D-4-X-M-2-T-F",
    ],
)
def test_a_code_is_understood_however_it_was_written_down(typed: str) -> None:
    assert normalise_ticket(typed) == "7KD-4XM-2TF"


@pytest.mark.parametrize("typed", ["", "---", "0018", "\x00", "ыъь"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert normalise_ticket(typed) == ""


@given(st.text())
def test_any_words_become_a_code_or_part_of_one(typed: str) -> None:
    code = normalise_ticket(typed)
    assert normalise_ticket(code) == code
    assert set(code) <= {*TICKET_ALPHABET, "-"}
