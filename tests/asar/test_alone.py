"""The command runs with Python alone: no Django, no `cryptography`, no site-packages, no settings."""

import os
import subprocess
import sys
from pathlib import Path

from tests.asar.town_log import KEY, a_ledger, log_of

PLATFORM = Path(__file__).parents[2] / "platform"
# -I: no environment, no user packages; -S: no site-packages. Only the standard library and these two folders' parent.
RUN = f"import sys; sys.path.insert(0, {str(PLATFORM)!r}); from asar.__main__ import main; sys.exit(main(sys.argv[1:]))"


def alone(*arguments: str, code: str = RUN) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_nothing_of_ours_is_there_by_itself() -> None:
    for name in ("django", "cryptography", "rfc8785"):
        code, said = alone(code=f"import {name}")
        assert (code, "ModuleNotFoundError" in said) == (1, True)


def test_verify_and_audit_with_python_alone(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", a_ledger(gifts=40))
    log.write()
    proof = tmp_path / "gift.tlog-proof"
    proof.write_bytes(log.proof(20))
    code, said = alone("verify", str(proof), "--key", KEY.verifier.vkey)
    assert (code, "are entry 21 of the log" in said) == (0, True), said
    code, said = alone("audit", str(log.folder), "--key", KEY.verifier.vkey)
    assert (code, "All 47 entries are exactly those that were signed" in said) == (0, True), said

    proof.write_bytes(proof.read_bytes().replace(b"\n47\n", b"\n46\n"))
    assert alone("verify", str(proof), "--key", KEY.verifier.vkey)[0] == 1
    log.change("checkpoint", lambda data: data[:-20] + b"A" + data[-19:])
    code, said = alone("audit", str(log.folder), "--key", KEY.verifier.vkey)
    assert (code, "the checkpoint's signature does not hold" in said) == (1, True), said


def test_nothing_of_the_site_is_imported() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PLATFORM)!r}); import asar.__main__;"
        " print(sorted(name for name in sys.modules if name.split('.')[0] in"
        " ('django', 'common', 'config', 'cryptography', 'psycopg', 'audit', 'towns')))"
    )
    assert alone(code=code) == (0, "[]\n")


def test_the_console_script() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "asar", "--help"], capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    assert "Checks a town's public log without trusting the site" in done.stdout
