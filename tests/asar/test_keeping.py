"""`asar audit --keep`: the copy goes on where it stopped, sees that the log only grew, and notices two faces."""

import json
from pathlib import Path

import pytest

from asar.__main__ import main
from tests.asar.town_log import KEY, ORIGIN, TownLog, a_ledger, log_of, served
from transparency.rules.notes import SignerKey
from transparency.rules.policies import Known, Policy, format_policy

Output = pytest.CaptureFixture[str]
VKEY = KEY.verifier.vkey


def audit(capsys: Output, target: str | Path, *options: str) -> tuple[int, str]:
    if isinstance(target, Path):
        with served(target) as address:
            code = main(["audit", address, "--key", VKEY, *options])
    else:
        code = main(["audit", target, "--key", VKEY, *options])
    out, err = capsys.readouterr()
    return code, out + err


def test_the_copy_is_a_log_itself_and_grows(tmp_path: Path, capsys: Output) -> None:
    site, copy = tmp_path / "site", tmp_path / "copy"
    ledger = a_ledger(gifts=600)
    log_of(site, ledger).write()
    code, said = audit(capsys, site, "--keep", str(copy))
    assert (code, f"A whole copy is kept in {copy}." in said) == (0, True)
    theirs = {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}
    ours = {str(file.relative_to(copy)): file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    assert ours == theirs
    assert audit(capsys, str(copy))[0] == 0

    for _ in range(300):
        ledger.gift()
    log_of(site, ledger).write()
    code, said = audit(capsys, site, "--keep", str(copy))
    assert code == 0
    assert "Nothing changed in the 607 entries of the last audit; the log only grew." in said
    assert "512 entries of it from the copy" in said
    assert sorted(file.name for file in (copy / "tile/entries").rglob("*") if file.is_file()) == [
        "000",
        "001",
        "002",
        "139",
    ]
    assert audit(capsys, str(copy))[0] == 0


def test_an_audit_that_was_broken_off_goes_on(tmp_path: Path, capsys: Output) -> None:
    site, copy = tmp_path / "site", tmp_path / "copy"
    log = log_of(site, a_ledger(gifts=600))
    log.write()
    bundle = (site / "tile/entries/001").read_bytes()
    (site / "tile/entries/001").unlink()
    assert audit(capsys, site, "--keep", str(copy))[0] == 1
    assert not (copy / "checkpoint").exists()
    log.put("tile/entries/001", bundle)
    code, said = audit(capsys, site, "--keep", str(copy))
    assert (code, "256 entries of it from the copy" in said) == (0, True)


def test_history_rewritten_under_a_right_signature(tmp_path: Path, capsys: Output) -> None:
    """The owner of the key signs another past: the copy gives him away and names the line."""
    site, copy = tmp_path / "site", tmp_path / "copy"
    ledger = a_ledger()
    log_of(site, ledger).write()
    assert audit(capsys, site, "--keep", str(copy))[0] == 0
    first = (copy / "checkpoint").read_bytes()
    ledger.bodies[77]["memo"] = "another story"
    ledger.gift()
    log_of(site, ledger).write()
    code, said = audit(capsys, site, "--keep", str(copy))
    assert code == 1
    assert said.startswith("WRONG: entry 78: the first 307 entries are not those that the last audit saw")
    assert (copy / "checkpoint").read_bytes() == first
    assert (copy / "checkpoint.contradiction").read_bytes() == (site / "checkpoint").read_bytes()
    assert (copy / "tile/entries/000.before").is_file()
    assert audit(capsys, site)[0] == 0


def test_a_log_that_shrank(tmp_path: Path, capsys: Output) -> None:
    site, copy = tmp_path / "site", tmp_path / "copy"
    ledger = a_ledger()
    log_of(site, ledger).write()
    assert audit(capsys, site, "--keep", str(copy))[0] == 0
    del ledger.bodies[-1]
    log_of(site, ledger).write()
    code, said = audit(capsys, site, "--keep", str(copy))
    assert code == 1
    assert said.startswith("WRONG: entry 307: the log shrank from 307 entries to 306")


def test_a_changed_site_behind_a_good_copy_is_noticed_when_read_again(tmp_path: Path, capsys: Output) -> None:
    site, copy = tmp_path / "site", tmp_path / "copy"
    log = log_of(site, a_ledger())
    log.write()
    assert audit(capsys, site, "--keep", str(copy))[0] == 0
    log.entries[17] = log.entries[17].replace("Жарна".encode(), "Сыйлк".encode())
    log.write_bundle(0)
    assert audit(capsys, site, "--keep", str(copy))[0] == 0
    code, said = audit(capsys, site, "--keep", str(copy), "--again")
    assert (code, said.split("\n")[0]) == (1, "WRONG: entry 18: its bytes are not what was signed")


def test_a_copy_of_another_log_is_left_alone(tmp_path: Path, capsys: Output) -> None:
    site, copy = tmp_path / "site", tmp_path / "copy"
    log_of(site, a_ledger()).write()
    copy.mkdir()
    (copy / "checkpoint").write_bytes((site / "checkpoint").read_bytes().replace(b"temirtau", b"saran000"))
    code, said = audit(capsys, site, "--keep", str(copy))
    assert (code, "holds a copy of asar.example/log/saran000" in said) == (2, True)


def test_the_log_names_its_own_key(tmp_path: Path, capsys: Output) -> None:
    log = log_of(tmp_path, a_ledger(gifts=3))
    log.write()
    assert main(["audit", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith("NOT PROVEN: no key was given (--key) and the log publishes none")
    policy = Policy(logs=(Known(KEY.verifier),), witnesses={}, groups={}, quorum="none")
    log.put("policy", format_policy(policy))
    assert main(["audit", str(tmp_path)]) == 0
    assert "that this key is the town's: the log itself named it" in capsys.readouterr().out
    log.change("checkpoint", lambda data: data.replace(b"\n10\n", b"\n11\n"))
    assert main(["audit", str(tmp_path)]) == 1


def rows_of(log: TownLog) -> list[dict[str, object]]:
    """The public ledger as the site shows it."""
    rows, held = [], 0
    for entry in log.entries:
        body = json.loads(entry)
        if body["type"] != "transaction":
            continue
        change = sum(line["amount"] for line in body["entries"] if line["account"] in ("stripe", "bank", "cash"))
        held += change
        facts = {name: body[name] for name in ("seq", "id", "date", "kind", "memo")}
        rows.append(facts | {"currency": "KZT", "change_minor": change, "balance_minor": held, "project": "Playground"})
    return rows


def whole(rows: list[dict[str, object]]) -> str:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return '{"town": "temirtau", "amounts": "minor units", "transactions": [' + lines + "]}\n"


def json_lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("shape", [whole, json_lines])
def test_the_public_ledger(tmp_path: Path, capsys: Output, shape: object) -> None:
    if not callable(shape):
        raise TypeError
    log = log_of(tmp_path, a_ledger())
    log.write()
    rows = rows_of(log)
    public = tmp_path / "ledger.json"

    def compared(shown: list[dict[str, object]]) -> tuple[int, str]:
        public.write_text(str(shape(shown)))
        with served(tmp_path) as address:
            return audit(capsys, str(tmp_path), "--ledger", f"{address}/ledger.json")

    code, said = compared(rows)
    assert (code, "The public ledger shows the same 305 lines as the log." in said) == (0, True)
    code, said = compared([*rows, rows[-1] | {"seq": 306}])
    assert (code, "1 newer lines of the public ledger: they are not signed yet." in said) == (0, True)
    code, said = compared([*rows[:49], rows[49] | {"change_minor": 1, "memo": "x"}, *rows[50:]])
    assert code == 1
    assert said.startswith(
        "WRONG: entry 52 (transaction 50): the public ledger shows it otherwise: memo 'x' instead of"
    )
    code, said = compared([*rows[:49], *rows[50:]])
    assert (code, "entry 52 (transaction 50): the public ledger shows transaction 51" in said) == (1, True)
    code, said = compared(rows[:-1])
    assert (code, "entry 307 (transaction 305): the public ledger ends here" in said) == (1, True)
    code, said = compared([*rows, rows[10]])
    assert (code, "the public ledger shows transaction 11, which the log does not have" in said) == (1, True)
    public.write_text(str(shape(rows))[:-40])
    assert audit(capsys, str(tmp_path), "--ledger", str(public))[0] == 2


def test_a_kept_copy_without_a_key_says_how_to_go_on(tmp_path: Path, capsys: Output) -> None:
    """The copy holds no policy: nobody knows who signed, and it is said where the keys are and what to type then."""
    log_of(tmp_path, a_ledger(gifts=3)).write()
    code = main(["audit", str(tmp_path)])
    said = capsys.readouterr().out
    path = ORIGIN.partition("/")[2]
    assert (code, said.startswith("NOT PROVEN: no key was given (--key) and the log publishes none")) == (1, True)
    told = said.partition("What you can do:\n")[2]
    assert f"such as http://127.0.0.1:8000/{path}/policy." in told
    assert f"asar audit {tmp_path} --policy POLICY\n" in told


def test_a_site_without_a_policy_says_whom_to_ask(tmp_path: Path, capsys: Output) -> None:
    log_of(tmp_path, a_ledger(gifts=3)).write()
    with served(tmp_path) as address:
        code = main(["audit", address])
    said = capsys.readouterr().out
    assert (code, "Ask the council for the key of its log" in said.partition("What you can do:\n")[2]) == (1, True)


def test_a_kept_copy_and_the_key_of_another_town(tmp_path: Path, capsys: Output) -> None:
    log_of(tmp_path, a_ledger(gifts=3)).write()
    other = SignerKey("town.example/log/rudny", b"\x05" * 32).verifier.vkey
    code = main(["audit", str(tmp_path), "--key", other])
    said = capsys.readouterr().out
    assert (code, f"asar audit {tmp_path} --policy POLICY\n" in said.partition("What you can do:\n")[2]) == (1, True)
