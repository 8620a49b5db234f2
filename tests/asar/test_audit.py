"""`asar audit` over real HTTP: a sound log is proven, and of a damaged one the first wrong line is named."""

from pathlib import Path

import pytest

from asar.__main__ import main
from tests.asar.town_log import KEY, ORIGIN, OTHER_KEY, WITNESS, Ledger, TownLog, a_ledger, log_of, served
from transparency.rules.bundles import decode_bundle, encode_bundle
from transparency.rules.canonical import canonical
from transparency.rules.merkle import Tree, leaf_hashes

Output = pytest.CaptureFixture[str]
VKEY = KEY.verifier.vkey


def audit(capsys: Output, folder: Path, *options: str, key: str | None = VKEY) -> tuple[int, str]:
    """Exit code and what was said."""
    with served(folder) as address:
        code = main(["audit", address, *(["--key", key] if key else []), *options])
    out, err = capsys.readouterr()
    return code, out + err


def first_line(said: str) -> str:
    return said.split("\n", maxsplit=1)[0]


def test_a_sound_log(tmp_path: Path, capsys: Output) -> None:
    log_of(tmp_path, a_ledger()).write(witnesses=(WITNESS,))
    code, said = audit(capsys, tmp_path, "--key", WITNESS.verifier.vkey)
    assert code == 0
    assert f"The checkpoint of {ORIGIN} over 307 entries is signed by {VKEY}." in said
    assert "Witnesses saw it and nothing that disagrees: witness.example/w1 at 2026-11-18 11:06 UTC." in said
    assert "All 307 entries are exactly those that were signed, in their order." in said
    assert "Transactions 1 to 305 follow without a gap and sum to zero, the balances of all 5 accounts" in said
    assert "1 closed periods hold." in said
    assert "Besides: 1 heartbeat." in said
    assert "WRONG" not in said


def test_a_log_that_has_only_begun(tmp_path: Path, capsys: Output) -> None:
    log_of(tmp_path, Ledger()).write()
    code, said = audit(capsys, tmp_path)
    assert (code, "over 0 entries is signed" in said) == (0, True)


def test_three_levels_of_tiles(tmp_path: Path, capsys: Output) -> None:
    TownLog(tmp_path, [canonical({"at": "2026-11-01T00:00:00.000000Z", "n": n, "type": "heartbeat", "v": 1})
                       for n in range(66_000)]).write()  # fmt: skip
    code, said = audit(capsys, tmp_path)
    assert (code, "All 66000 entries" in said) == (0, True)


# --- somebody with all rights on the server changes what is stored, but has not the key


def test_one_byte_of_an_entry(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.entries[17] = log.entries[17].replace("Жарна".encode(), "Сыйлк".encode())
    log.write_bundle(0)
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said)) == (1, "WRONG: entry 18: its bytes are not what was signed")


def test_one_amount(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.entries[261] = log.entries[261].replace(b'"amount":50000', b'"amount":90000')
    log.write_bundle(1)
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said)) == (1, "WRONG: entry 262: its bytes are not what was signed")
    assert "also: entry 262 (transaction 260): its lines do not sum to zero: 400.00 KZT is left over" in said


def test_one_amount_with_new_hashes_under_the_old_root(tmp_path: Path, capsys: Output) -> None:
    sound = log_of(tmp_path, a_ledger())
    root = Tree(leaf_hashes(sound.entries)).root()
    sound.entries[30] = sound.entries[30].replace(b'"amount":50000', b'"amount":90000')
    sound.write(root=root)
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said)) == (
        1,
        "WRONG: entry 31 (transaction 29): its lines do not sum to zero: 400.00 KZT is left over",
    )
    assert "also: the entries do not lead to the signed root; the tiles were changed with them" in said


def test_one_amount_with_new_leaf_hashes_only(tmp_path: Path, capsys: Output) -> None:
    """The books hold again after it, so only the untouched tile above can say where to look."""
    sound = log_of(tmp_path, a_ledger())
    sound.write()
    checkpoint, above = (tmp_path / "checkpoint").read_bytes(), (tmp_path / "tile/1/000.p/1").read_bytes()
    sound.entries[30] = sound.entries[30].replace("Жарна".encode(), "Сыйлк".encode())
    sound.write()
    sound.put("checkpoint", checkpoint)
    sound.put("tile/1/000.p/1", above)
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert first_line(said) == (
        "WRONG: the entries do not lead to the signed root;"
        " the tiles above them say that the change lies within entries 1 to 256"
    )


def test_two_rows_swapped(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.entries[40], log.entries[41] = log.entries[41], log.entries[40]
    log.write_bundle(0)
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said)) == (1, "WRONG: entry 41: its bytes are not what was signed")
    assert "also: entry 41 (transaction 40): its number is 40 where 39 follows" in said


@pytest.mark.parametrize("gone", ["rest", "file"])
def test_the_last_row_dropped(tmp_path: Path, capsys: Output, gone: str) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    path = "tile/entries/001.p/51"
    entries = decode_bundle((tmp_path / path).read_bytes(), width=51)
    if gone == "rest":
        log.put(path, encode_bundle(entries[:-1]))
    else:  # a site that answers 404 to the whole bundle, and still knows the narrower one
        (tmp_path / path).unlink()
        for width in range(1, 51):
            log.put(f"tile/entries/001.p/{width}", encode_bundle(entries[:width]))
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert first_line(said).startswith("WRONG: entry 307: it is signed but ")


def test_a_bundle_torn_in_the_middle(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.change("tile/entries/000", lambda data: data[: len(data) // 2])
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert "it is signed but missing or torn: the bundle ends inside an entry" in first_line(said)


@pytest.mark.parametrize(
    ("path", "at", "words"),
    [
        ("tile/0/000", 17 * 32, "entry 18: the entry is the signed one, but the tile of level 0 shows another hash"),
        ("tile/0/001.p/51", 50 * 32 + 31, "entry 307: the entry is the signed one, but the tile of level 0 shows"),
        ("tile/1/000.p/1", 3, "tile 0 of level 1, hash 0, is not the hash of entries 1 to 256"),
    ],
)
def test_one_byte_of_a_tile(tmp_path: Path, capsys: Output, path: str, at: int, words: str) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.change(path, lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    code, said = audit(capsys, tmp_path)
    assert code == 1
    assert first_line(said).startswith(f"WRONG: {words}")


def test_a_tile_that_is_not_served_or_short(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.change("tile/0/001.p/51", lambda data: data[:-32])
    assert audit(capsys, tmp_path)[0] == 1
    (tmp_path / "tile/0/000").unlink()
    code, said = audit(capsys, tmp_path)
    assert (code, first_line(said).startswith("WRONG: tile/0/000 is not served")) == (1, True)


def test_the_signature(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger())
    log.write()
    log.change("checkpoint", lambda data: data.replace(b"\n307\n", b"\n306\n"))
    code, said = audit(capsys, tmp_path)
    assert (code, "the checkpoint's signature does not hold" in said) == (1, True)
    log.write(key=OTHER_KEY)
    code, said = audit(capsys, tmp_path)
    assert (code, f"none of the keys that you trust signed for {ORIGIN}" in said) == (1, True)


def test_something_else_where_the_checkpoint_should_be(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "checkpoint").write_text("<html>Welcome</html>")
    code, said = audit(capsys, tmp_path)
    assert (code, "is not one" in first_line(said)) == (1, True)
