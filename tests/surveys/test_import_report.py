"""What is carried differently or not kept is said, with its place; what is carried is there with all its parts."""

import pytest

from councils.surveys.rules import FormRefusedError, Imported, compile_xlsform
from councils.surveys.rules.form import Bounds
from councils.surveys.states import FormRemark

CSV = "name,label,region\nalga,Алға,west\nridder,Риддер,east\n"


def imported(*lines: str, files: dict[str, bytes] | None = None) -> Imported:
    return compile_xlsform(content="\n".join(lines).encode(), filename="form.md", files=files)


def reported(*lines: str) -> list[tuple[str, str, str]]:
    return [(one.place, one.code.value, one.detail) for one in imported(*lines).report]


@pytest.mark.parametrize(
    ("kind", "type_", "data_type"),
    [
        ("acknowledge", "acknowledge", "string"),
        ("trigger", "acknowledge", "string"),
        ("barcode", "barcode", "barcode"),
        ("dateTime", "datetime", "dateTime"),
        ("geopoint", "geopoint", "geopoint"),
        ("geotrace", "geotrace", "geotrace"),
        ("geoshape", "geoshape", "geoshape"),
        ("image", "image", "binary"),
        ("audio", "audio", "binary"),
        ("video", "video", "binary"),
        ("file", "file", "binary"),
        ("rank l", "rank", "odk:rank"),
        ("range", "range", "int"),
        ("percentage", "integer", "int"),
        ("phone number", "text", "string"),
    ],
)
def test_every_type_is_carried(kind: str, type_: str, data_type: str) -> None:
    form = imported("| survey |", "| | type | name | label |", f"| | {kind} | a | A |", "| choices |", *_CHOICES).form
    assert [(one.type, one.data_type) for one in form.questions] == [(type_, data_type)]


_CHOICES = ("| | list_name | name | label |", "| | l | x | X |", "| | l | y | Y |")


@pytest.mark.parametrize(
    ("kind", "preload"),
    [
        ("start", "start"),
        ("end", "end"),
        ("today", "today"),
        ("deviceid", "deviceid"),
        ("uri:deviceid", "uri:deviceid"),
        ("phonenumber", "phonenumber"),
        ("simserial", "simserial"),
        ("username", "username"),
        ("start-geopoint", "start-geopoint"),
    ],
)
def test_what_a_device_fills_in_is_carried_and_said(kind: str, preload: str) -> None:
    found = imported("| survey |", "| | type | name | label |", f"| | {kind} | a | |", "| | text | b | B |")
    question = found.form.question("a")
    assert (question.type, question.parameters, question.is_asked) == ("metadata", {"preload": preload}, False)
    assert [section.questions for section in found.form.sections] == [("b",)]
    assert [(one.place, one.code) for one in found.report] == [("survey!A2", FormRemark.METADATA)]


def test_the_log_of_a_device_is_no_question_and_is_said() -> None:
    assert reported("| survey |", "| | type | name | label |", "| | audit | audit | |", "| | text | b | B |") == [
        ("survey!A2", "metadata", "audit")
    ]


def test_the_day_may_be_read_because_a_page_knows_it() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label | calculation |",
        "| | today | day | | |",
        "| | date | born | Born | |",
        "| | calculate | age | | int((${day} - ${born}) div 365.25) |",
    ).form
    assert form.question("day").default_expression == "today()"


def test_a_range_with_decimals_and_a_rank_keep_their_bounds_and_their_list() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label | parameters |",
        "| | range | a | A | start=0 end=1 step=0.1 |",
        "| | rank l | b | B | randomize=true seed=42 |",
        "| choices |",
        *_CHOICES,
    ).form
    assert form.question("a").bounds == Bounds(start="0", end="1", step="0.1")
    assert (form.question("a").data_type, form.question("a").parameters) == ("decimal", {})
    assert form.question("b").parameters == {"randomize": "true", "seed": "42"}
    assert [choice.value for choice in form.choices(form.question("b"))] == ["x", "y"]


NESTED = (
    "| survey |",
    "| | type | name | label | repeat_count | default | read_only | choice_filter |",
    "| | integer | many | Many | | | | |",
    "| | begin_repeat | child | Child | ${many} | | | |",
    "| | text | cname | Name | | concat('a', ${many}) | ${many} > 3 | |",
    "| | begin_repeat | toy | Toy of ${cname} | 1 + 1 | | | |",
    "| | select_one l | kind | Kind | | | | name != ${cname} |",
    "| | end_repeat | | | | | | |",
    "| | end_repeat | | | | | | |",
    "| choices |",
    *_CHOICES,
)


def test_repeats_are_carried_nested_and_counted() -> None:
    form = imported(*NESTED).form
    assert [(one.name, one.is_repeat, one.count, one.repeat) for one in form.groups] == [
        ("child", True, "/data/many", ""),
        ("toy", True, "../toy_count", "/data/child"),
    ]
    assert {one.name: one.repeat for one in form.questions} == {
        "many": "",
        "cname": "/data/child",
        "toy_count": "/data/child",
        "kind": "/data/child/toy",
    }
    assert [(one.name, one.repeat) for one in form.sections] == [("1", ""), ("child", "/data/child")]
    assert form.question("cname").default_expression == "concat('a',  /data/many )"
    assert form.question("cname").read_only_when == "/data/many  > 3"


def test_a_table_is_one_group_with_the_words_of_the_sheet() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label | appearance | image |",
        "| | begin_group | satisfaction | How satisfied are you? | table-list | |",
        "| | select_one l | roads | Roads | | |",
        "| | select_one l | water | Water | | |",
        "| | end_group | | | | |",
        "| choices |",
        *_CHOICES,
    ).form
    (group,) = form.groups
    assert (group.is_matrix, group.labels) == (True, {"default": "How satisfied are you?"})
    assert [(one.name, one.labels) for one in form.questions if one.is_asked] == [
        ("roads", {"default": "Roads"}),
        ("water", {"default": "Water"}),
    ]
    assert {one.type for one in form.questions if not one.is_asked} == {"metadata"}
    assert form.sections[0].questions == ("roads", "water")


def test_two_lists_in_one_group_are_no_table() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label | appearance |",
        "| | begin_group | g | G | field-list |",
        "| | select_one l | head | Head | label |",
        "| | select_one m | row | Row | list-nolabel |",
        "| | end_group | | | |",
        "| choices |",
        *_CHOICES,
        "| | m | z | Z |",
    ).form
    assert [group.is_matrix for group in form.groups] == [False]
    assert [one.type for one in form.questions] == ["select_one", "select_one"]


def test_media_without_a_language_serve_every_language() -> None:
    form = imported(
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::English (en) | image | audio::English (en) |",
        "| | select_one l | a | А | A | tree.jpg | a.mp3 |",
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::English (en) | big-image |",
        "| | l | x | Икс | X | x.png |",
    ).form
    assert form.question("a").media == {"image": {"kk": "tree.jpg", "en": "tree.jpg"}, "audio": {"en": "a.mp3"}}
    assert form.lists["l"][0].media == {"big-image": {"kk": "x.png", "en": "x.png"}}
    assert (form.default_language, [*form.languages]) == ("kk", ["kk", "en"])
    assert form.files == ("a.mp3", "tree.jpg", "x.png")


def test_a_list_in_a_file_becomes_a_list_of_the_form() -> None:
    lines = (
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::English (en) | choice_filter |",
        "| | select_one_from_file towns.csv | town | Қала | Town | region = 'east' |",
    )
    found = imported(*lines, files={"towns.csv": CSV.encode()})
    choices = found.form.choices(found.form.question("town"))
    assert [(one.value, one.labels, one.columns) for one in choices] == [
        ("alga", {"kk": "Алға", "en": "Алға"}, {"region": "west"}),
        ("ridder", {"kk": "Риддер", "en": "Риддер"}, {"region": "east"}),
    ]
    assert [(one.place, one.code.value, one.detail) for one in found.report] == [
        ("survey!A2", "list_file", "towns.csv")
    ]
    assert "jr://file" not in found.xform


def test_a_list_in_a_file_keeps_its_translations_and_is_written_once() -> None:
    lines = (
        "| survey |",
        "| | type | name | label::Қазақша (kk) | label::English (en) | parameters |",
        "| | select_one_from_file towns.csv | a | А | A | value=id label=called |",
        "| | select_multiple_from_file towns.csv | b | Ә | B | value=id label=called randomize=true |",
        "| | select_one towns | c | Б | C | |",
        "| choices |",
        "| | list_name | name | label::Қазақша (kk) | label::English (en) |",
        "| | towns | x | Икс | X |",
    )
    content = "id,called,label::English (en)\n1,Алға,Alga\n".encode("utf-8-sig")
    form = imported(*lines, files={"towns.csv": content}).form
    assert {one.name: one.choice_list for one in form.questions} == {"a": "towns_2", "b": "towns_2", "c": "towns"}
    assert [(one.value, one.labels) for one in form.lists["towns_2"]] == [("1", {"kk": "Алға", "en": "Alga"})]
    assert form.question("b").parameters == {"randomize": "true"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,label\n",
        b"code,label\n1,A\n",
        "name,label\nx,\u0410\n".encode("cp1251"),
        b'name,label\nx,"A\n',
        b"x",
    ],
)
def test_a_list_that_cannot_be_read_is_refused_at_its_cell(content: bytes) -> None:
    with pytest.raises(FormRefusedError) as caught:
        imported(
            "| survey |",
            "| | type | name | label |",
            "| | text | t | T |",
            "| | select_one_from_file towns.csv | a | A |",
            files={"towns.csv": content},
        )
    assert [(one.place, one.code.value) for one in caught.value.problems] == [("survey!A3", "file_unreadable")]


def test_the_converter_names_the_authors_row_although_other_took_a_row() -> None:
    with pytest.raises(FormRefusedError) as caught:
        imported(
            "| survey |",
            "| | type | name | label::Қазақша (kk) | label::English (en) |",
            "| | select_one l or_other | a | А | A |",
            "| | text | b | Ә | B |",
            "| | text | b | Ә | B |",
            "| choices |",
            "| | list_name | name | label::Қазақша (kk) | label::English (en) |",
            "| | l | x | Икс | X |",
        )
    assert [one.place for one in caught.value.problems] == ["survey!B4"]


@pytest.mark.parametrize(
    ("columns", "titles", "report"),
    [
        ("form_title::Deutsch (de) | form_id", {"de": "Garten"}, []),
        ("form_title::English (en) | title::Deutsch (de)", {"en": "Garten", "de": "g"}, []),
        ("form_title | form_title: Deutsch (de)", {"en": "Garten", "de": "g"}, []),
        ("form_title::Deutsch (de) | public_title::Deutsch (de)", {"de": "g"}, []),
        ("form_title | version::Deutsch (de)", {"en": "Garten"}, [("settings!B1", "version::Deutsch (de)")]),
    ],
)
def test_settings_may_be_written_by_language(
    columns: str, titles: dict[str, str], report: list[tuple[str, str]]
) -> None:
    """Only titles are read so; pyxform itself breaks on any of them."""
    survey = ["| survey |", "| | type | name | label::English (en) |", "| | text | tree | Tree |"]
    found = imported(*survey, "| settings |", f"| | {columns} |", "| | Garten | g |")
    assert found.form.titles == titles
    assert "<h:title>Garten</h:title>" in found.xform
    assert [(one.place, one.detail) for one in found.report] == report
