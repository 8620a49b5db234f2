"""The house as a stranger finds it: names that hide nothing of Python's, files of a readable length, a true map."""

import ast
import platform
import sys
from pathlib import Path

import pytest

import config

ROOT = Path(__file__).parents[1]
SOURCES = ("platform", "councils", "funds")
LONGEST = 300
# Whole by nature: one stylesheet by decision, data, and what Django writes.
LONG_BY_NATURE = ("/migrations/", "/data/")


def ours(*endings: str, folders: tuple[str, ...] = (*SOURCES, "templates", "tests")) -> list[Path]:
    """Our own files below these folders, in the order of their names."""
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*") if file.name.endswith(endings))


def test_no_package_of_ours_is_called_like_one_of_pythons() -> None:
    tops = {folder.name for folder in (ROOT / "platform").iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    tops |= {"councils", "funds"}
    assert len(tops) >= 9
    assert tops & set(sys.stdlib_module_names) == set()


def test_config_is_ours() -> None:
    assert Path(config.__file__).parent == ROOT / "platform" / "config"


def test_platform_is_pythons_own_module() -> None:
    """A package called platform would break the standard library: docs/decisions/0001."""
    assert platform.__file__ is not None
    assert not Path(platform.__file__).is_relative_to(ROOT)
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert "/platform/__init__.py" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_other_folder_of_code_is_a_package() -> None:
    folders = {file.parent for file in modules()}
    missing = {str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()}
    assert missing == set()


def test_tests_stand_in_tests_alone() -> None:
    strays = [
        file.name
        for source in SOURCES
        for file in (ROOT / source).rglob("*.py")
        if file.name == "conftest.py" or file.name.startswith("test_")
    ]
    assert strays == []
    assert [str(file) for file in (ROOT / "tests").rglob("__init__.py")] == []


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    files = [
        file
        for file in ours(".py", ".sql", ".html", ".sh")
        if not any(part in f"/{file.relative_to(ROOT)}" for part in LONG_BY_NATURE)
    ]
    assert len(files) > 300
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def modules() -> list[Path]:
    return ours(".py", folders=SOURCES)


def test_no_assert_stands_in_for_a_check() -> None:
    """`python -O` takes asserts away: what must hold in the product is checked in words."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in modules()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in modules()
        if "/migrations/" not in str(file)
        and file.name not in ("__init__.py", "apps.py")
        and ast.get_docstring(ast.parse(file.read_text())) is None
    ]
    assert silent == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "NotImplementedError", "xfail", "pragma: no cover"])
def test_nothing_is_left_for_later(word: str) -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in ours(".py", ".html", ".sql", ".toml")
        if word in file.read_text(encoding="utf-8") and file != Path(__file__)
    ]
    assert found == []


def test_drawers_for_everything_do_not_exist() -> None:
    names = {part for file in modules() for part in file.relative_to(ROOT).with_suffix("").parts}
    assert names & {"utils", "util", "helpers", "helper", "misc", "manager", "lib"} == set()


def test_the_map_is_there() -> None:
    """That its paths exist is checked with those of all documents, in tests/test_docs.py."""
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    rooms = [
        f"{folder.parent.name}/{folder.name}/"
        for folder in sorted(ROOT.glob("councils/*/")) + sorted(ROOT.glob("funds/*/"))
    ]
    rooms = [room for room in rooms if "__" not in room]
    assert len(rooms) >= 10
    assert [room for room in rooms if room not in text] == []
