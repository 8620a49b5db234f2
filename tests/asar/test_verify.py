"""`asar verify`: a proof file says in words what it proves, and every damage makes it prove nothing."""

from pathlib import Path
from typing import Any

import pytest

from asar.__main__ import main
from asar.telling import money, tell
from asar.trust import where_keys_are
from tests.asar.town_log import KEY, ORIGIN, OTHER_KEY, WITNESS, a_ledger, log_of, served
from transparency.rules.canonical import canonical, commitment, read_canonical
from transparency.rules.encoding import to_base64
from transparency.rules.notes import COSIGNATURE, SignerKey
from transparency.rules.proofs import Extra, Opening, format_proof, parse_extra, parse_proof

Output = pytest.CaptureFixture[str]
VKEY = KEY.verifier.vkey
SECRET = b"\x07" * 32


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """The proof of entry 20, whose donor is committed to and opened."""
    ledger = a_ledger(gifts=40)
    ledger.bodies[20]["commitments"] = {"donor": commitment(key=SECRET, field="donor", value="Айгүл")}
    log = log_of(tmp_path / "log", ledger)
    log.write(witnesses=(WITNESS,))
    file = tmp_path / "gift.tlog-proof"
    opening = Opening("donor", to_base64(SECRET), "Айгүл")
    file.write_bytes(log.proof(20, Extra(log.entries[20], (opening,))))
    return file


def verify(capsys: Output, *arguments: str) -> tuple[int, str]:
    code = main(["verify", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


def test_what_is_proven_and_what_is_not(proof: Path, capsys: Output) -> None:
    code, said = verify(capsys, str(proof), "--key", VKEY, "--key", WITNESS.verifier.vkey)
    assert code == 0
    assert f"are entry 21 of the log {ORIGIN}, exactly as written." in said
    assert "The log had 47 entries when this was signed" in said
    assert f"It is signed by {VKEY}." in said
    assert "Witnesses saw it and nothing that disagrees: witness.example/w1 at" in said
    assert "The hidden field 'donor' is '\u0410\u0439\u0433\u04af\u043b'." in said
    assert "It says: gift of" in said
    assert "line 19 of the fund of" in said
    assert '"seq"' not in said
    assert "Not proven:\n  - that what the entry says happened" in said


def test_no_witness_is_said(proof: Path, capsys: Output) -> None:
    code, said = verify(capsys, str(proof), "--key", VKEY)
    assert (code, "no witness that you named has cosigned it" in said) == (0, True)


def test_without_a_key_nothing_is_proven_and_it_is_said_how_to_go_on(proof: Path, capsys: Output) -> None:
    code, said = verify(capsys, str(proof))
    assert (code, "Proven:" in said) == (1, False)
    assert said.startswith("NOT PROVEN: no key was given, so nobody knows who signed this. It calls itself"), said
    assert f" entry 21 of 47 in the log {ORIGIN};" in said
    host, path = ORIGIN.split("/", 1)
    assert f"{host} is no address on the web: a trial site" in said
    assert f"such as http://127.0.0.1:8000/{path}/policy." in said
    assert f"asar verify {proof} --policy POLICY\n" in said


def test_without_a_key_for_a_file_from_the_web(proof: Path, capsys: Output) -> None:
    """The site answered, so its address is known whatever the log calls itself."""
    with served(proof.parent) as address:
        code, said = verify(capsys, f"{address}/gift.tlog-proof")
    path = ORIGIN.partition("/")[2]
    assert (code, "no address on the web" in said) == (1, False)
    assert f"asar verify {address}/gift.tlog-proof --policy {address}/{path}/policy\n" in said


def test_where_the_keys_of_a_site_on_the_web_are() -> None:
    told = "\n".join(where_keys_are("asar.kz/log/tekeli", target="a gift.tlog-proof", what="verify"))
    assert "asar verify 'a gift.tlog-proof' --policy https://asar.kz/log/tekeli/policy\n" in told
    assert "no address" not in told


def test_another_key_proves_nothing(proof: Path, capsys: Output) -> None:
    code, said = verify(capsys, str(proof), "--key", OTHER_KEY.verifier.vkey)
    assert (code, "Proven" in said) == (1, False)


def test_the_key_of_another_town_is_told_as_that(proof: Path, capsys: Output) -> None:
    other = SignerKey("town.example/log/rudny", b"\x05" * 32).verifier.vkey
    code, said = verify(capsys, str(proof), "--key", other)
    assert (code, f"none of the keys that you trust signed for {ORIGIN}" in said) == (1, True)
    assert "What you can do:" in said


def test_keys_from_a_file(proof: Path, tmp_path: Path, capsys: Output) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"# ours\n\n{VKEY}\n{WITNESS.verifier.vkey}\n")
    code, said = verify(capsys, str(proof), "--keys", str(keys))
    assert (code, "Witnesses saw it" in said) == (0, True)


def policy(tmp_path: Path, *lines: str) -> str:
    file = tmp_path / "policy"
    file.write_text("".join(f"{line}\n" for line in (f"log {VKEY}", *lines)))
    return str(file)


def test_a_policy_whose_quorum_is_reached(proof: Path, tmp_path: Path, capsys: Output) -> None:
    file = policy(tmp_path, f"witness W1 {WITNESS.verifier.vkey}", "quorum W1")
    code, said = verify(capsys, str(proof), "--policy", file)
    assert (code, "enough for the policy's quorum (W1)" in said) == (0, True)


def test_a_policy_whose_quorum_is_missed(proof: Path, tmp_path: Path, capsys: Output) -> None:
    other = SignerKey("witness.example/w2", b"\x09" * 32, COSIGNATURE).verifier.vkey
    lines = (f"witness W1 {WITNESS.verifier.vkey}", f"witness W2 {other}", "group both all W1 W2", "quorum both")
    code, said = verify(capsys, str(proof), "--policy", policy(tmp_path, *lines))
    assert (code, "WRONG: the witnesses are not enough for the policy's quorum (both)" in said) == (1, True)


def test_over_the_web(proof: Path, capsys: Output) -> None:
    with served(proof.parent) as address:
        code, _ = verify(capsys, f"{address}/gift.tlog-proof", "--key", VKEY)
        assert code == 0
        code, said = verify(capsys, f"{address}/nothing", "--key", VKEY)
        assert (code, "answers 404" in said) == (2, True)


def test_every_line_that_is_changed_is_noticed(proof: Path, capsys: Output) -> None:
    """One character of each line replaced by another of the same alphabet; the file is never proven again."""
    text = proof.read_text()
    lines = text.split("\n")
    checked = 0
    for number, line in enumerate(lines):
        if not line or line.startswith("— witness"):  # the witness is not among the trusted keys here
            continue
        for at in {len(line) // 3, len(line) // 2, len(line) - 3} - {-1, -2}:
            changed = line[:at] + ("B" if line[at] != "B" else "C") + line[at + 1 :]
            proof.write_text("\n".join([*lines[:number], changed, *lines[number + 1 :]]))
            code, said = verify(capsys, str(proof), "--key", VKEY)
            assert code in (1, 2), (line, changed, said)
            checked += 1
    assert checked > 30


def test_a_cut_or_longer_file_is_not_a_proof(proof: Path, capsys: Output) -> None:
    data = proof.read_bytes()
    for wrong in (
        data[:-1],
        data[: len(data) // 2],
        data + b"x",
        data + b"\n",
        b"",
        b"\xff",
        data.replace(b"\n", b"\r\n"),
    ):
        proof.write_bytes(wrong)
        assert verify(capsys, str(proof), "--key", VKEY)[0] in (1, 2)


def test_a_value_that_was_not_committed_to(proof: Path, capsys: Output) -> None:
    file = parse_proof(proof.read_bytes())
    wrong = file.extra.replace("Айгүл".encode(), "Болат".encode())
    proof.write_bytes(format_proof(type(file)(file.index, file.proof, file.checkpoint, wrong)))
    code, said = verify(capsys, str(proof), "--key", VKEY)
    assert (code, "WRONG: the hidden field 'donor' is not" in said) == (1, True)


def test_a_proof_without_its_entry(proof: Path, tmp_path: Path, capsys: Output) -> None:
    ledger = a_ledger(gifts=40)
    log = log_of(tmp_path / "plain", ledger)
    log.write()
    whole = parse_proof(log.proof(20))
    proof.write_bytes(format_proof(type(whole)(whole.index, whole.proof, whole.checkpoint)))
    code, said = verify(capsys, str(proof), "--key", VKEY)
    assert (code, "name the entry's file with --entry" in said) == (1, True)
    entry = tmp_path / "entry"
    entry.write_bytes(canonical(ledger.bodies[20]))
    assert verify(capsys, str(proof), "--key", VKEY, "--entry", str(entry))[0] == 0
    entry.write_bytes(canonical(ledger.bodies[21]))
    assert verify(capsys, str(proof), "--key", VKEY, "--entry", str(entry))[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["/no/such/file", "--key", VKEY],
        ["ftp://example.com/x", "--key", VKEY],
        ["file:///etc/passwd", "--key", VKEY],
        ["http://127.0.0.1:1/x", "--key", VKEY],
        ["/no/such/file", "--key", "nonsense"],
        ["/no/such/file", "--keys", "/no/such/keys"],
    ],
)
def test_what_cannot_be_read_ends_with_two(arguments: list[str], capsys: Output) -> None:
    code, said = verify(capsys, *arguments)
    assert (code, said.startswith("asar: ")) == (2, True)


@pytest.mark.parametrize("arguments", [[], ["verify"], ["audit"], ["prove", "x"], ["verify", "x", "--key"]])
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_the_entry_is_told_in_words_and_as_json_on_demand(proof: Path, capsys: Output) -> None:
    body = parse_extra(parse_proof(proof.read_bytes()).extra).entry
    entry = read_canonical(body)
    code, said = verify(capsys, str(proof), "--key", VKEY, "--json")
    assert (code, "The entry as JSON: {" in said, '"seq": 19' in said) == (0, True, True)
    words = tell(body, entry)
    entries: Any = entry["entries"]
    told = money(entries[0]["amount"], "KZT")
    assert words[0].startswith(f"It says: gift of {told}, dated {entry['date']}, line 19")
    assert [line.split(":")[0].split(" (")[0] for line in words[-2:]] == ["Account stripe", "Account gifts"]


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (1_250_000, "KZT", "12 500 KZT"),
        (-1_250_050, "EUR", "-12 500.50 EUR"),
        (1_500, "JPY", "1 500 JPY"),
        (1_005, "KWD", "1.005 KWD"),
        (5, "USD", "0.05 USD"),
    ],
)
def test_amounts_are_written_with_their_currency(minor: int, currency: str, words: str) -> None:
    assert money(minor, currency) == words


def test_other_kinds_and_strange_words_are_told_field_by_field() -> None:
    at = "2026-11-22T07:15:00.123456Z"
    body: dict[str, object] = {"at": at, "number": 3, "outcome": "a\x1b[2Jb", "type": "decision", "v": 1}
    assert tell(canonical(body), body) == [
        "Kind: decision",
        f"at: {at}",
        "number: 3",
        "outcome: a\\x1b[2Jb",
    ]
