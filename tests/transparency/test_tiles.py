"""Tiles: addresses as C2SP tlog-tiles writes them, and the same tree from tiles as from memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transparency.published import naive_path, naive_root, naive_subproof
from transparency.rules.bundles import LONGEST_ENTRY, decode_bundle, encode_bundle
from transparency.rules.merkle import Tree, leaf_hashes
from transparency.rules.refusals import FormatError, ProofError
from transparency.rules.tiles import (
    Appender,
    TreeFromTiles,
    bundle_path,
    group_number,
    parse_number,
    parse_path,
    tile_path,
    tiles_of,
    width_at,
)

HASHES = leaf_hashes(f"leaf {number}".encode() for number in range(70_000))
WHOLE = Tree(HASHES)


class Store(dict[tuple[int, int], bytes]):
    """Tiles as a log keeps them: each in its widest form."""

    def read(self, level: int, index: int) -> bytes:
        return self[level, index]


def store_of(size: int) -> Store:
    store = Store()
    store.update(Appender(size=0, read=store.read).append(HASHES[:size]))
    return store


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (2**63 - 1, "x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_numbers_in_groups_of_three(index: int, text: str) -> None:
    assert group_number(index) == text
    assert parse_number(text) == index


WRONG_NUMBERS = [
    "",
    "0",
    "00",
    "0000",
    "x000",
    "x000/000",
    "001/000",
    "x001",
    "x001/x000",
    "x001/0000",
    "x1/000",
    "X001/000",
    "-01",
    "٠٠١",
    "000/",
    "/000",
    " 000",
    "x009/x223/x372/x036/x854/x775/808",
    "x001/" * 50 + "000",
]


@pytest.mark.parametrize("text", WRONG_NUMBERS)
def test_numbers_have_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        parse_number(text)


def test_a_negative_number_has_no_spelling() -> None:
    with pytest.raises(FormatError):
        group_number(-1)


def test_addresses() -> None:
    assert tile_path(level=0, index=1234067) == "tile/0/x001/x234/067"
    assert tile_path(level=1, index=0, width=17) == "tile/1/000.p/17"
    assert bundle_path(index=273, width=112) == "tile/entries/273.p/112"
    assert parse_path("tile/0/x001/x234/067") == (0, 1234067, 256)
    assert parse_path("tile/63/000.p/17") == (63, 0, 17)
    assert parse_path("tile/entries/273.p/112") == (None, 273, 112)
    assert parse_path("tile/entries/x001/000") == (None, 1000, 256)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/8/",
        "tile/data/000",
        "tiles/0/000",
        "tile/0/000/../001",
    ],
)
def test_addresses_have_one_spelling(path: str) -> None:
    with pytest.raises(FormatError):
        parse_path(path)


@pytest.mark.parametrize(("level", "width"), [(64, 1), (-1, 1), (0, 0), (0, 257)])
def test_no_address_for_an_impossible_tile(level: int, width: int) -> None:
    with pytest.raises(FormatError):
        tile_path(level=level, index=0, width=width)


@given(st.integers(0, 63), st.integers(0, 2**40), st.integers(1, 256))
def test_every_address_reads_back(level: int, index: int, width: int) -> None:
    assert parse_path(tile_path(level=level, index=index, width=width)) == (level, index, width)
    assert parse_path(bundle_path(index=index, width=width)) == (None, index, width)


def test_the_tiles_of_seventy_thousand_entries() -> None:
    """The example of the specification."""
    found = list(tiles_of(size=70_000))
    assert [one for one in found if one[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert len([one for one in found if one[0] == 0 and one[2] == 256]) == 273
    assert len([one for one in found if one[0] == 1 and one[2] == 256]) == 1
    assert list(tiles_of(size=256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(size=0)) == []
    assert width_at(level=0, index=273, size=70_000) == 112
    assert width_at(level=0, index=274, size=70_000) == 0


@given(st.integers(0, 3000), st.integers(0, 700))
@settings(max_examples=60, deadline=None)
def test_what_changes_between_two_sizes(old: int, more: int) -> None:
    store = store_of(old)
    appender = Appender(size=old, read=store.read)
    changed = appender.append(HASHES[old : old + more])
    assert {(level, index, len(data) // 32) for (level, index), data in changed.items()} == set(
        tiles_of(size=old + more, since=old)
    )


@given(st.lists(st.integers(0, 900), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_an_appender_grows_the_tree_whatever_the_batches(batches: list[int]) -> None:
    store, size = Store(), 0
    for batch in batches:
        appender = Appender(size=size, read=store.read)
        store.update(appender.append(HASHES[size : size + batch]))
        size += batch
        assert (appender.size, appender.root()) == (size, WHOLE.root(size))
    assert store == store_of(size)
    assert TreeFromTiles(size=size, read=store.read).root() == WHOLE.root(size)


@given(size=st.integers(1, 2000), later=st.integers(0, 1500), data=st.data())
@settings(max_examples=80, deadline=None)
def test_tiles_memory_and_recursion_agree_also_for_an_earlier_size(size: int, later: int, data: st.DataObject) -> None:
    store = store_of(size + later)
    tree = TreeFromTiles(size=size, read=store.read)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert tree.root() == WHOLE.root(size) == naive_root(HASHES[:size])
    assert tree.leaf(index) == WHOLE.leaf(index) == HASHES[index]
    assert tree.inclusion_proof(index=index) == WHOLE.inclusion_proof(index=index, size=size)
    assert tree.inclusion_proof(index=index) == naive_path(index, HASHES[:size])
    assert tree.consistency_proof(old=old) == WHOLE.consistency_proof(old=old, new=size)
    assert tree.consistency_proof(old=old) == naive_subproof(old, HASHES[:size])


def test_three_levels_of_tiles() -> None:
    store = store_of(70_000)
    tree = TreeFromTiles(size=70_000, read=store.read)
    assert tree.root() == WHOLE.root()
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        assert tree.inclusion_proof(index=index) == WHOLE.inclusion_proof(index=index)
    for old in (1, 256, 65_536, 65_537, 69_999, 70_000):
        assert tree.consistency_proof(old=old) == WHOLE.consistency_proof(old=old)


def test_a_tile_that_is_too_short_is_refused() -> None:
    store = store_of(300)
    store[0, 1] = store[0, 1][:-32]
    with pytest.raises(FormatError):
        TreeFromTiles(size=300, read=store.read).root()
    with pytest.raises(FormatError):
        Appender(size=300, read=store.read)


def test_what_no_log_has_is_refused() -> None:
    store = store_of(3)
    tree = TreeFromTiles(size=3, read=store.read)
    with pytest.raises(ProofError):
        tree.inclusion_proof(index=3)
    with pytest.raises(ProofError):
        tree.leaf(-1)
    with pytest.raises(ProofError):
        TreeFromTiles(size=2**63, read=store.read)
    with pytest.raises(FormatError):
        Appender(size=-1, read=store.read)
    with pytest.raises(FormatError):
        Appender(size=3, read=store.read).append([b"short"])


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data, width=len(entries)) == entries
    assert decode_bundle(data, width=1) == entries[:1]
    with pytest.raises(FormatError):
        decode_bundle(data, width=len(entries) + 1)
    with pytest.raises(FormatError):
        decode_bundle(data + b"\x00", width=len(entries))
    with pytest.raises(FormatError):
        decode_bundle(data[:-1], width=len(entries))


def test_bundles_are_bounded() -> None:
    assert decode_bundle(encode_bundle([b"x" * LONGEST_ENTRY]), width=1) == [b"x" * LONGEST_ENTRY]
    for wrong in ([], [b""] * 257, [b"x" * (LONGEST_ENTRY + 1)]):
        with pytest.raises(FormatError):
            encode_bundle(wrong)
    with pytest.raises(FormatError):
        decode_bundle(b"\x00\x00" * 257, width=256)
    with pytest.raises(FormatError):
        decode_bundle(b"", width=0)
