"""The pure rules of needs: moves, what is public, tidying, headings, languages."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from councils.needs.rules import excerpt, language_of, may_move, submission_key, text_is_public, tidy
from councils.needs.states import NeedState, RefusalReason


def test_an_answer_stands() -> None:
    moves = {(a, b) for a in NeedState for b in NeedState if may_move(a, b)}
    assert moves == {(NeedState.SUBMITTED, NeedState.ACCEPTED), (NeedState.SUBMITTED, NeedState.REFUSED)}


def test_what_is_public() -> None:
    public = {
        (state, reason)
        for state in NeedState
        for reason in ["", *RefusalReason.values]
        if text_is_public(state, reason)
    }
    assert public == {
        (NeedState.ACCEPTED, ""),
        (NeedState.ACCEPTED, "not_local"),
        (NeedState.ACCEPTED, "duplicate"),
        (NeedState.ACCEPTED, "unclear"),
        (NeedState.ACCEPTED, "other"),
        (NeedState.REFUSED, ""),
        (NeedState.REFUSED, "not_local"),
        (NeedState.REFUSED, "duplicate"),
        (NeedState.REFUSED, "unclear"),
        (NeedState.REFUSED, "other"),
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Lamps\r\nare dark \r\n\r\n\r\n\r\nsince May  ", "Lamps\nare dark\n\nsince May"),
        ("и\u0306", "й"),
        ("\n \n\t", ""),
    ],
)
def test_tidy(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@given(st.text(max_size=200))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(max_size=300), st.integers(10, 120))
def test_an_excerpt_fits(text: str, length: int) -> None:
    head = excerpt(text, length)
    assert len(head) <= length
    assert "\n" not in head


def test_excerpts_end_between_words() -> None:
    assert excerpt("The street lamps beside school twelve are dark", 25) == "The street lamps beside…"
    assert excerpt("Short\nand more") == "Short"
    assert excerpt("x" * 200, 20) == "x" * 19 + "…"


@pytest.mark.parametrize(
    ("text", "page", "language"),
    [
        ("Көшеде жарық жоқ", "ru", "kk"),
        ("На улице Мира с октября не горят фонари, дети идут в темноте", "kk", "ru"),
        ("Нет воды", "kk", "kk"),
        ("Нет воды", "de", "ru"),
        ("The lamps are dark", "en", "en"),
        ("Die Lampen sind dunkel", "de", "de"),
        ("The lamps are dark", "kk", "en"),
        ("12345 67890", "kk", "kk"),
    ],
)
def test_language_of(text: str, page: str, language: str) -> None:
    assert language_of(text, page) == language


def test_one_sending_has_one_key() -> None:
    nonce = UUID("7b0c6f1e-3d7f-4f39-9a6e-6a5b0c6f1e3d")
    assert submission_key(nonce, "a", "b") == submission_key(nonce, "a", "b")
    assert submission_key(nonce, "a", "b") != submission_key(nonce, "ab", "")
    assert submission_key(nonce, "a", "b") != submission_key(uuid4(), "a", "b")
