"""Ready blocks of questions, and one questionnaire made of those that a council chooses.

A block is an XLSForm of its own with one or more pages in all languages of the site. What two blocks ask in the same
words is asked once. The result goes through the ordinary import; nothing here may know which blocks exist.
"""

from collections.abc import Iterable, Mapping

import msgspec

from councils.surveys.rules.form import Texts
from councils.surveys.rules.sheets import write_xlsform
from councils.surveys.rules.workbook import Row, base_name, read_workbook
from councils.surveys.rules.xform import language_code

_FIRST_LANGUAGE = "kk"


class BlocksClashError(Exception):
    """Two blocks use one name for different things: a mistake in the blocks, not of whoever chose them."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One block: `titles` of its first page, the names of its `questions`, `languages` from code to sheet name."""

    name: str
    titles: Texts
    questions: tuple[str, ...]
    languages: dict[str, str]
    survey: tuple[dict[str, str], ...]
    choices: tuple[dict[str, str], ...]


def read_block(*, name: str, content: bytes) -> Block:
    """A block from the text of its .md file. Refuses (FormRefusedError) what is no XLSForm."""
    workbook = read_workbook(content=content, filename=f"{name}.md")
    survey = tuple(row.cells for row in workbook.sheet("survey").rows)
    named = [header.partition("::")[2] for header in workbook.sheet("survey").headers if base_name(header) == "label"]
    languages = {language_code(language): language for language in named}
    return Block(
        name=name,
        titles={code: survey[0].get(f"label::{language}", "") for code, language in languages.items()},
        questions=tuple(row["name"] for row in survey if not _is_bracket(row)),
        languages=languages,
        survey=survey,
        choices=_cells(workbook.sheet("choices").rows),
    )


def compose(*, blocks: Iterable[Block], form_id: str, titles: Mapping[str, str]) -> bytes:
    """One XLSForm (.xlsx) of these blocks in this order, with `titles` by language code.

    A question that an earlier block has asked is left out, and a page that has none left as well. Raises
    `BlocksClashError` when two blocks mean different things by one name.
    """
    chosen = tuple(blocks)
    languages = {code: language for block in chosen for code, language in block.languages.items()}
    survey: list[dict[str, str]] = []
    asked: dict[str, dict[str, str]] = {}
    for block in chosen:
        survey += _fresh(block, asked)
    choices: dict[tuple[str, str], dict[str, str]] = {}
    for row in (row for block in chosen for row in block.choices):
        if choices.setdefault((row["list_name"], row["name"]), row) != row:
            raise BlocksClashError(f"{row['list_name']}: {row['name']}")
    default = _FIRST_LANGUAGE if _FIRST_LANGUAGE in languages else next(iter(languages))
    public = {f"public_title::{languages[code]}": title for code, title in titles.items() if code in languages}
    settings = {"form_title": titles.get(default, form_id), "form_id": form_id, "version": "1", "style": "pages"}
    return write_xlsform(
        survey=survey,
        choices=_by_list(choices),
        settings=settings | {"default_language": languages[default]} | public,
    )


def _fresh(block: Block, asked: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """The rows of a block without what `asked` holds already; groups that became empty are gone."""
    rows: list[dict[str, str]] = []
    for row in block.survey:
        if row["type"].startswith("end"):
            if rows and rows[-1]["type"].startswith("begin"):
                rows.pop()
            else:
                rows.append(row)
        elif row["name"] not in asked:
            asked[row["name"]] = row
            rows.append(row)
        elif asked[row["name"]] != row:
            raise BlocksClashError(row["name"])
    return rows


def _by_list(choices: Mapping[tuple[str, str], dict[str, str]]) -> list[dict[str, str]]:
    """Options of one list together, also where blocks in between have brought other lists."""
    lists = dict.fromkeys(list_name for list_name, _value in choices)
    return [row for wanted in lists for (list_name, _value), row in choices.items() if list_name == wanted]


def _is_bracket(row: Mapping[str, str]) -> bool:
    return row["type"].startswith(("begin", "end"))


def _cells(rows: Iterable[Row]) -> tuple[dict[str, str], ...]:
    return tuple(row.cells for row in rows)
