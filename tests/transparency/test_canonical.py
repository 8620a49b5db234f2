"""Canonical bytes against an implementation of RFC 8785 that others wrote, and commitments."""

import hashlib
import hmac
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from transparency.rules.canonical import LARGEST_NUMBER, canonical, commitment, opens, read_canonical
from transparency.rules.encoding import to_base64
from transparency.rules.refusals import FormatError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
KEY = b"\x07" * 32


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_a_foreign_implementation_writes_the_same(body: dict[str, object]) -> None:
    data = canonical(body)
    assert data == rfc8785.dumps(body)  # type: ignore[arg-type]
    assert read_canonical(data) == body == json.loads(data)


def test_the_sorting_example_of_the_rfc() -> None:
    """RFC 8785 section 3.2.3, with names that sort otherwise by code point."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(dict.fromkeys(names, 0)))) == expected


def test_the_escapes_of_the_rfc() -> None:
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/\u007f"
    assert canonical({"a": text}) == b'{"a":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f"}'


def nested(depth: int) -> object:
    found: object = 0
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        0.5,
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        b"bytes",
        {1: 2},
        {None: 1},
        {"a"},
        "\ud800",
        nested(40),
        object(),
    ],
)
def test_what_has_no_canonical_spelling(value: object) -> None:
    with pytest.raises(FormatError):
        canonical({"a": value})
    with pytest.raises(FormatError):
        canonical({"a": [value]})


def test_a_half_character_in_a_name_is_refused() -> None:
    with pytest.raises((FormatError, UnicodeEncodeError)):
        canonical({"\ud800": 1})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'{"a":1}\n',
        b' {"a":1}',
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":01}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_what_is_not_canonical(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_canonical(data)


def test_a_commitment_is_the_keyed_hash_of_field_and_value() -> None:
    value = "Айгүл"
    expected = hmac.new(KEY, b"donor\x00" + value.encode(), hashlib.sha256).digest()
    made = commitment(key=KEY, field="donor", value=value)
    assert made == to_base64(expected)
    assert opens(committed=made, key=to_base64(KEY), field="donor", value=value)
    assert not opens(committed=made, key=to_base64(KEY), field="donor", value="Болат")
    assert not opens(committed=made, key=to_base64(KEY), field="giver", value=value)
    assert not opens(committed=made, key=to_base64(b"\x08" * 32), field="donor", value=value)


@pytest.mark.parametrize(("key", "field", "value"), [(b"", "a", "b"), (KEY[:31], "a", "b"), (KEY, "", "b"),
                                                     (KEY, "a\x00", "b"), (KEY, "a", "\ud800")])  # fmt: skip
def test_what_cannot_be_committed_to(key: bytes, field: str, value: str) -> None:
    with pytest.raises(FormatError):
        commitment(key=key, field=field, value=value)


def test_where_field_ends_and_value_begins_is_bound() -> None:
    assert commitment(key=KEY, field="a", value="b\x00c") != commitment(key=KEY, field="ab", value="\x00c")
