"""The documents say what is there: their paths exist, their links lead somewhere, their commands are commands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
ENDINGS = (".py", ".md", ".toml", ".sql", ".csv", ".html", ".css", ".xlsx")
# Made by running, or lying elsewhere: addresses begin with a slash, what is made begins in these folders.
MADE = (".run/", ".boot/", ".venv/")


def paths_in(text: str) -> list[str]:
    """What stands in backticks and can only be a path of the tree."""
    return [
        found
        for found in CODE.findall(FENCED.sub("", text))
        if PATH.fullmatch(found) and ("/" in found or found.endswith(ENDINGS)) and not found.startswith(MADE)
    ]


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_map_is_a_map() -> None:
    """A map whose paths this test cannot see would be checked by nobody."""
    assert len(paths_in((ROOT / "docs" / "map.md").read_text(encoding="utf-8"))) > 80


@pytest.mark.parametrize("name", NAMES)
def test_paths_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [path for path in paths_in(text) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_links_resolve(name: str) -> None:
    document = ROOT / name
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, wanted = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (
            wanted and wanted not in {anchor(h) for h in HEADING.findall(target.read_text(encoding="utf-8"))}
        ):
            broken.append(link)
    assert broken == []


def test_every_room_is_on_the_map() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    rooms = [
        str(apps.parent.relative_to(ROOT))
        for part in ("platform", "councils", "funds")
        for apps in sorted((ROOT / part).glob("*/apps.py"))
    ]
    assert [room for room in rooms if f"`{room}/" not in text] == []


def test_the_readme_names_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"run", "test"} <= told
    assert told - targets == set()


def test_decision_records_are_numbered_and_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    assert [r.name for r in records if len(r.read_text(encoding="utf-8").splitlines()) > 30] == []
