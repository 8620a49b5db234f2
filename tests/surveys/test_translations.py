"""The completeness gate: a wave cannot open in a language that lacks a text, and the gate says which."""

import pytest
from django.db.models import TextChoices

from councils.surveys.rules import CompiledForm, Missing, compile_xlsform, missing_translations
from councils.surveys.states import AnswerFault, FormProblem, FormRemark, LimeRemark

HEAD = (
    "| | type | name | label::Қазақша (kk) | label::English (en) | hint::Қазақша (kk) | hint::English (en) "
    "| constraint | constraint_message::Қазақша (kk) | constraint_message::English (en) |"
)


def form_of(*rows: str, choice: str = "Иә | Yes", title: str = "Сауалнама | Survey") -> CompiledForm:
    lines = ["| survey |", HEAD, *(f"| | {row} |" for row in rows)]
    lines += [
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::English (en) |",
        f"| | l | yes | {choice} |",
    ]
    lines += [
        "| settings |",
        "| | form_title | public_title::Қазақша (kk) | public_title::English (en) | default_language |",
    ]
    lines += [f"| | x | {title} | Қазақша (kk) |"]
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form


def test_a_complete_form_lacks_nothing() -> None:
    form = form_of("select_one l | q | Сұрақ | Question | Көмек | Help | . = 'yes' | Қате | Wrong")
    assert missing_translations(form, ["kk", "en"]) == ()


@pytest.mark.parametrize(
    ("row", "choice", "title", "missing"),
    [
        (
            "select_one l | q | | Question | | | | |",
            "Иә | Yes",
            "С | S",
            Missing(language="kk", part="label", name="q"),
        ),
        ("select_one l | q | С | Q | | Help | | |", "Иә | Yes", "С | S", Missing(language="kk", part="hint", name="q")),
        (
            "select_one l | q | С | Q | | | | |",
            " | Yes",
            "С | S",
            Missing(language="kk", part="choice", name="q", choice="yes"),
        ),
        (
            "select_one l | q | С | Q | | | . = 'yes' | Қате |",
            "Иә | Yes",
            "С | S",
            Missing(language="en", part="constraint_message", name="q"),
        ),
        ("select_one l | q | С | Q | | | | |", "Иә | Yes", "С | ", Missing(language="en", part="title")),
    ],
)
def test_one_missing_text_is_named(row: str, choice: str, title: str, missing: Missing) -> None:
    assert missing_translations(form_of(row, choice=choice, title=title), ["kk", "en"]) == (missing,)


def test_a_constraint_without_any_message_lacks_one_in_every_language() -> None:
    form = form_of("select_one l | q | С | Q | | | . = 'yes' | |")
    assert [(one.language, one.part) for one in missing_translations(form, ["kk", "en"])] == [
        ("kk", "constraint_message"),
        ("en", "constraint_message"),
    ]


def test_a_language_that_the_form_does_not_speak_lacks_everything() -> None:
    form = form_of("select_one l | q | С | Q | | | | |")
    assert [(one.part, one.name) for one in missing_translations(form, ["de"])] == [
        ("title", ""),
        ("label", "q"),
        ("choice", "q"),
    ]


def test_labels_of_groups_tables_repeats_and_media_count_as_texts() -> None:
    lines = (
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::English (en) | image::English (en) | appearance |",
        "| | begin_group | g | Топ | | | |",
        "| | note | picture | | | tree.jpg | |",
        "| | end_group | | | | | |",
        "| | begin_repeat | child | | | | |",
        "| | rank l | order | Рет | Order | | |",
        "| | end_repeat | | | | | |",
        "| | begin_group | table | Кесте | | | table-list |",
        "| | select_one l | row | Жол | Row | | |",
        "| | end_group | | | | | |",
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::English (en) | audio::English (en) |",
        "| | l | one | Бір | | one.mp3 |",
    )
    form = compile_xlsform(content="\n".join(lines).encode(), filename="form.md").form
    missing = missing_translations(form, ["kk", "en"])
    assert [(one.language, one.part, one.name, one.choice, one.kind) for one in missing] == [
        ("kk", "label", "child", "", ""),
        ("kk", "media", "picture", "", "image"),
        ("kk", "media", "order", "one", "audio"),
        ("en", "title", "", "", ""),
        ("en", "label", "g", "", ""),
        ("en", "label", "child", "", ""),
        ("en", "label", "table", "", ""),
        ("en", "choice", "order", "one", ""),
    ]


@pytest.mark.parametrize("catalogue", [FormProblem, FormRemark, LimeRemark, AnswerFault])
def test_every_code_has_a_sentence(catalogue: type[TextChoices]) -> None:
    assert [one.value for one in catalogue if not str(one.label).endswith((".", ")s", "”", "!"))] == []
