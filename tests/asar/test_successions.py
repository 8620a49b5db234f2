"""A log that was ended: the audit follows it to the next one, says what was lost, and sees when the story is false."""

from dataclasses import replace
from pathlib import Path

import pytest

from asar.__main__ import main
from tests.asar.town_log import KEY, ORIGIN, OTHER_KEY, Body, Ledger, TownLog, a_ledger, log_of, served
from transparency.rules.canonical import canonical
from transparency.rules.hashing import leaf_hashes
from transparency.rules.merkle import Tree
from transparency.rules.notes import Note, SignerKey, sign
from transparency.rules.successions import Succession, sign_succession

Output = pytest.CaptureFixture[str]
NEXT = SignerKey(f"{ORIGIN}/2", b"\x07" * 32)
VKEY = KEY.verifier.vkey
SIGNED, KEPT = 307, 280


def entries_of(ledger: Ledger) -> list[bytes]:
    return [canonical(body) for body in ledger.bodies]


class Ended:
    """A site after a restore: 307 entries were signed, 280 came back, two were booked since, then the log was ended.

    `log` is the address of the ended log, `log/2` of the next; `before` is the ended log as it was served once.
    """

    def __init__(self, folder: Path, *, beginning: Body | None = None) -> None:
        self.before = log_of(folder / "before", a_ledger())
        self.before.write()
        self.log, self.next = folder / "site", folder / "site" / "2"
        tree = Tree(leaf_hashes(self.before.entries))
        self.told = Succession(
            ended=ORIGIN,
            size=SIGNED,
            root=tree.root(),
            kept=KEPT,
            kept_root=tree.root(KEPT),
            booked=KEPT + 2,
            at="2026-11-21T07:00:00.000000Z",
            successor=NEXT.verifier,
        )
        self.ledger = a_ledger(gifts=KEPT - 4)
        del self.ledger.bodies[KEPT:]
        self.ledger.seq, self.ledger.balances = KEPT - 2, self._balances()
        for _booked in range(2):
            self.ledger.gift(77_00)
        self.beginning = beginning

    def _balances(self) -> dict[tuple[str, str, str], int]:
        found = Ledger().balances
        for body in self.ledger.bodies:
            for line in body.get("entries", []):
                found[line["account"], line["currency"], line.get("project", "")] = line["after"]
        return found

    def write(self, *, note: bytes | None = None, gifts: int = 0) -> None:
        """The site as it is served: what is left of the ended log, its statement, and the next log."""
        said = sign_succession(succession=self.told, ended=KEY, successor=NEXT).data if note is None else note
        left = TownLog(self.log, self.before.entries[:KEPT])
        left.write()
        left.put("checkpoint", (self.before.folder / "checkpoint").read_bytes())
        left.put("succession", said)
        beginning = {"at": self.ledger._at(), "statement": said.decode(), "type": "succession", "v": 1}
        self.ledger.bodies.append(self.beginning or beginning)
        for _booked in range(gifts):
            self.ledger.gift()
        following = TownLog(self.next, entries_of(self.ledger))
        following.write(key=NEXT)


def audit(capsys: Output, folder: Path, *options: str, below: str = "", key: str = VKEY) -> tuple[int, str]:
    with served(folder) as address:
        code = main(["audit", address + below, "--key", key, *options])
    out, err = capsys.readouterr()
    return code, out + err


def test_the_audit_follows_and_says_what_was_lost(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    site.write(gifts=5)
    code, said = audit(capsys, site.log)
    assert code == 1  # signed entries are not shown any more: not everything is proven
    assert "WRONG" not in said
    assert f"NOT PROVEN: entries 281 to 307 of {ORIGIN} were signed and are no longer shown" in said
    assert f"{ORIGIN} was ended at 2026-11-21T07:00:00.000000Z with 307 signed entries" in said
    assert f"The first 280 entries of {ORIGIN} are still shown as they were signed." in said
    assert f"The checkpoint of {NEXT.name} over 288 entries is signed by {NEXT.verifier.vkey}." in said
    assert f"It begins with the 280 entries that were kept of {ORIGIN}." in said
    assert "All 288 entries are exactly those that were signed, in their order." in said
    assert f"Entry 283: {ORIGIN} ended here with 307 signed entries, 27 of them not known to be in this log." in said


def test_the_next_log_alone_is_clean(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    site.write()
    code, said = audit(capsys, site.log, below="/2", key=NEXT.verifier.vkey)
    assert code == 0
    assert "that entry 283 is by the log that it ends: its key is not among those you trust." in said
    code, said = audit(capsys, site.log, "--key", VKEY, below="/2", key=NEXT.verifier.vkey)
    assert (code, f"Entry 283: {ORIGIN} ended here" in said) == (0, True)


def test_a_kept_copy_holds_what_the_site_lost(tmp_path: Path, capsys: Output) -> None:
    site, copy = Ended(tmp_path), tmp_path / "copy"
    assert audit(capsys, site.before.folder, "--keep", str(copy))[0] == 0
    site.write()
    code, said = audit(capsys, site.log, "--keep", str(copy))
    assert (code, "WRONG" in said) == (1, False)
    assert f"The kept copy holds 307 entries of {ORIGIN} as it signed them, 27 of them no longer shown" in said
    assert f"A whole copy is kept in {copy / '2'}." in said
    assert (copy / "succession").read_bytes() == (site.log / "succession").read_bytes()
    assert (copy / "checkpoint").read_bytes() == (site.before.folder / "checkpoint").read_bytes()
    assert audit(capsys, site.log, "--keep", str(copy))[0] == 1
    assert main(["audit", str(copy / "2"), "--key", NEXT.verifier.vkey]) == 0
    assert main(["audit", str(copy), "--key", VKEY]) == 0


def test_a_kept_copy_that_saw_others_or_more(tmp_path: Path, capsys: Output) -> None:
    site, copy = Ended(tmp_path), tmp_path / "copy"
    ledger = a_ledger()
    ledger.bodies[20]["memo"] = "another story"
    ledger.gift()
    log_of(tmp_path / "other", ledger).write()
    assert audit(capsys, tmp_path / "other", "--keep", str(copy))[0] == 0
    site.write()
    code, said = audit(capsys, site.log, "--keep", str(copy))
    assert code == 1
    assert "the log shrank from 308 entries to 307" in said
    del ledger.bodies[-1]
    log_of(tmp_path / "other", ledger).write()
    again = tmp_path / "again"
    assert audit(capsys, tmp_path / "other", "--keep", str(again))[0] == 0
    code, said = audit(capsys, site.log, "--keep", str(again))
    assert (code, "the ended log had signed two trees of 307 entries" in said) == (1, True)


def test_a_statement_that_nobody_signed_or_that_tells_of_another_log(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    text = site.told.text
    for number, (note, words) in enumerate(
        (
            (b"<html>Welcome</html>\n", "does not hold"),
            (
                Note(text=text, signatures=(sign(text=text, key=OTHER_KEY),)).data,
                "none of the keys that you trust ended",
            ),
            (Note(text=text, signatures=(sign(text=text, key=KEY),)).data, "has not signed that it goes on"),
        )
    ):
        other = Ended(tmp_path / str(number))
        other.write(note=note)
        code, said = audit(capsys, other.log)
        assert (code, words in said, said.startswith("WRONG: the statement")) == (1, True, True)


def test_an_end_that_keeps_other_entries_or_another_last_size(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path / "root")
    site.told = replace(site.told, kept_root=site.told.root)
    site.write()
    code, said = audit(capsys, site.log)
    assert (code, "the first 280 entries are not those with which" in said) == (1, True)
    site = Ended(tmp_path / "size")
    site.told = replace(site.told, size=290, root=Tree(leaf_hashes(site.before.entries[:290])).root())
    site.write()
    code, said = audit(capsys, site.log)
    assert (code, "this log was ended after 290 entries, and its checkpoint is another one" in said) == (1, True)


def test_a_next_log_that_begins_with_other_entries(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    site.ledger.bodies[20]["memo"] = "another story"
    site.write()
    code, said = audit(capsys, site.log)
    assert code == 1
    assert said.startswith(f"WRONG: in {NEXT.name}: its first 280 entries are not those that were kept of {ORIGIN}")


def test_a_fault_in_the_next_log_is_named_there(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    site.ledger.bodies[-1]["entries"][0]["amount"] += 1
    site.write()
    code, said = audit(capsys, site.log)
    assert code == 1
    assert f"WRONG: entry 282 (transaction 280): in {NEXT.name}: its lines do not sum to zero" in said


def test_a_log_that_tells_its_beginning_falsely(tmp_path: Path, capsys: Output) -> None:
    beginning = {"at": "2026-11-21T07:00:00.000000Z", "statement": "once upon a time", "type": "succession", "v": 1}
    site = Ended(tmp_path, beginning=beginning)
    site.write()
    code, said = audit(capsys, site.log, below="/2", key=NEXT.verifier.vkey)
    assert code == 1
    assert said.startswith("WRONG: entry 283: the statement that a log was ended does not hold")


def test_old_proofs_hold_and_tell_that_the_log_was_ended(tmp_path: Path, capsys: Output) -> None:
    site = Ended(tmp_path)
    site.write()
    for index in (7, 300):
        (site.log / "proof").mkdir(exist_ok=True)
        file = site.log / "proof" / f"{index}.tlog-proof"
        file.write_bytes(site.before.proof(index))
        assert main(["verify", str(file), "--key", VKEY]) == 0
        assert "was ended" not in capsys.readouterr().out
        assert main(["verify", str(file), "--key", VKEY, "--succession", str(site.log / "succession")]) == 0
        by_file = capsys.readouterr().out
        with served(site.log) as address:
            assert main(["verify", f"{address}/proof/{index}.tlog-proof", "--key", VKEY]) == 0
        assert capsys.readouterr().out == by_file
        assert f"with 307 signed entries; {NEXT.name} goes on with the first 280." in by_file
        assert ("This file is evidence that it was there." in by_file) == (index == 300)
