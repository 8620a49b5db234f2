"""What `make` says before there is a Python to say anything."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_is_the_default() -> None:
    phony = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[0].split()
    listed = re.findall(r"^  make (\S+) ", make(ROOT).stdout, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(phony) - {"install-run", "install-dev", "browser"})
    assert make(ROOT, "help").stdout == make(ROOT).stdout


_NO_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("", "Python 3.11, 3.12 or 3.13 is needed and none is here. Install it: apt-get install python3 python3-venv"),
        ("{stub}", "{stub} cannot make virtual environments. Install what is missing: apt-get install python3-venv"),
    ],
)
def test_a_missing_python_is_a_sentence(tmp_path: Path, python: str, sentence: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "boot.txt", tmp_path / "requirements")
    stub = tmp_path / "python"
    stub.write_text(_NO_VENV)
    stub.chmod(0o755)
    ran = make(tmp_path, "run", f"PYTHON={python.format(stub=stub)}")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == "asar: " + sentence.format(stub=stub)
    assert not (tmp_path / ".boot").exists()


def test_what_is_installed_is_pinned_by_hash() -> None:
    for name in ("boot", "run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert "://" not in text, "no address of a registry belongs into the project"
        for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
            assert re.match(r"[\w.\[\]-]+==\S+", block), block
            assert "--hash=sha256:" in block, block
