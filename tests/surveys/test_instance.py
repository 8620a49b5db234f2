"""The XML of ODK: answers go out and come back the same, and nothing strange comes in."""

import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import (
    LARGEST_INSTANCE,
    Answers,
    CompiledForm,
    InstanceRefusedError,
    accept,
    compile_xlsform,
    from_instance,
    to_instance,
)
from councils.surveys.states import InstanceProblem
from tests.surveys.test_oracle import FORMS, HOUSEHOLD, answers_of, imported

TODAY = date(2026, 11, 22)
FORM: CompiledForm = compile_xlsform(
    content=b"""
| survey |
| | type | name | label |
| | start | start | |
| | text | word | A word |
| | begin_group | more | More |
| | time | hour | When? |
| | datetime | moment | When exactly? |
| | image | photo | A photo |
| | end_group | | |
| | begin_repeat | child | A child |
| | select_multiple l | likes | Likes |
| | begin_repeat | toy | A toy |
| | text | kind | Which? |
| | end_repeat | | |
| | end_repeat | | |
| | calculate | twice | |
| choices |
| | list_name | name | label |
| | l | a | A |
| | l | b | B |
| settings |
| | form_id | version |
| | household | 3 |
""".replace(b"| | type | name | label |", b"| | type | name | label | calculation |", 1).replace(
        b"| | calculate | twice | |", b"| | calculate | twice | | concat(${word}, ${word}) |"
    ),
    filename="form.md",
).form
WHOLE = (
    b'<data id="household" version="3"><start>2026-11-22T10:30:00.000+05:00</start><word>a &lt; b</word>'
    b"<more><hour>09:05:00.000+05:00</hour><moment>2026-11-22T10:30:00.000+05:00</moment><photo>1.jpg</photo></more>"
    b"<child><likes>b a</likes><toy><kind>ball</kind></toy><toy><kind/></toy></child><child><likes/></child>"
    b"<twice>never mind</twice>"
    b"<meta><instanceID>uuid:1</instanceID></meta></data>"
)


def test_a_submission_of_a_device_is_read() -> None:
    answers = from_instance(FORM, WHOLE)
    assert answers == {
        "word": "a < b",
        "hour": "09:05:00.000+05:00",
        "moment": "2026-11-22T10:30:00.000+05:00",
        "photo": "1.jpg",
        "child": [{"likes": "b a", "toy": [{"kind": "ball"}, {}]}, {}],
    }
    assert accept(FORM, answers, today=TODAY).values == {
        "word": "a < b",
        "hour": "09:05",
        "moment": "2026-11-22T10:30",
        "photo": "1.jpg",
        "child": [{"likes": ["a", "b"], "toy": [{"kind": "ball"}, {}]}, {}],
        "twice": "a < ba < b",
    }


def test_what_goes_out_is_the_forms_own_instance_and_nothing_of_the_device() -> None:
    values = accept(FORM, from_instance(FORM, WHOLE), today=TODAY).values
    assert to_instance(FORM, values).decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<data id="household" version="3"><start /><word>a &lt; b</word><more><hour>09:05:00.000</hour>'
        "<moment>2026-11-22T10:30:00.000</moment><photo>1.jpg</photo></more>"
        "<child><likes>a b</likes><toy><kind>ball</kind></toy><toy><kind /></toy></child><child><likes /></child>"
        "<twice>a &lt; ba &lt; b</twice></data>"
    )
    assert to_instance(FORM, {}).decode().count("child") == 0


def test_namespaces_and_templates_of_devices_are_understood() -> None:
    sent = WHOLE.replace(
        b'<data id="household" version="3">',
        b'<data xmlns="http://opendatakit.org/submissions" xmlns:jr="http://openrosa.org/javarosa" id="household"'
        b' version="3">',
    ).replace(b"<child><likes>b a", b'<child jr:template=""><likes/></child><child><likes>b a')
    assert from_instance(FORM, sent) == from_instance(FORM, WHOLE)


DTD = b'<!DOCTYPE data [<!ENTITY a "%s">]>' % (b"x" * 10)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", InstanceProblem.UNREADABLE),
        (b"<data", InstanceProblem.UNREADABLE),
        (b"\xff\xfe\x00", InstanceProblem.UNREADABLE),
        (b'<?xml version="1.0" encoding="nonsense"?><data/>', InstanceProblem.UNREADABLE),
        (DTD + WHOLE, InstanceProblem.UNREADABLE),
        (DTD + WHOLE.replace(b"a &lt; b", b"&a;"), InstanceProblem.UNREADABLE),
        (b'<!DOCTYPE data SYSTEM "file:///etc/passwd">' + WHOLE, InstanceProblem.UNREADABLE),
        (WHOLE.replace(b"household", b"other"), InstanceProblem.OTHER_FORM),
        (WHOLE.replace(b' id="household"', b""), InstanceProblem.OTHER_FORM),
        (WHOLE.replace(b"data", b"form"), InstanceProblem.OTHER_FORM),
        (WHOLE.replace(b'version="3"', b'version="2"'), InstanceProblem.OTHER_VERSION),
        (WHOLE.replace(b' version="3"', b""), InstanceProblem.OTHER_VERSION),
        (WHOLE.replace(b"<word>", b"<w/><word>"), InstanceProblem.UNKNOWN_NODE),
        (WHOLE.replace(b"<word>", b"<word/><word>"), InstanceProblem.UNKNOWN_NODE),
        (WHOLE.replace(b"a &lt; b", b"<b>a</b>"), InstanceProblem.UNKNOWN_NODE),
        (WHOLE.replace(b"<more>", b"<more/><more>"), InstanceProblem.UNKNOWN_NODE),
        (WHOLE.replace(b"<word>", b"<a>" * 9_000 + b"</a>" * 9_000 + b"<word>"), InstanceProblem.UNKNOWN_NODE),
        (WHOLE.replace(b"a &lt; b", b"x" * LARGEST_INSTANCE), InstanceProblem.TOO_LARGE),
    ],
)
def test_what_is_not_exactly_a_submission_to_this_form_is_refused(xml: bytes, code: InstanceProblem) -> None:
    with pytest.raises(InstanceRefusedError) as refused:
        from_instance(FORM, xml)
    assert refused.value.code is code
    assert refused.value.message == str(code.label) % {"detail": refused.value.detail}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_answers_come_back_the_same(path: Path, seed: int) -> None:
    form = imported(path)[0].form
    values = accept(form, answers_of(form, Random(seed)), today=TODAY).values
    assert accept(form, from_instance(form, to_instance(form, values)), today=TODAY) == accept(
        form, values, today=TODAY
    )


def test_the_nodes_are_those_of_pyxforms_instance_in_its_order() -> None:
    found = imported(HOUSEHOLD)[0]
    answers: Answers = {"people": 1, "person": [{"age": 5, "trip": [{}]}]}
    written = ET.fromstring(to_instance(found.form, accept(found.form, answers, today=TODAY).values))  # noqa: S314
    document = ET.fromstring(found.xform)  # noqa: S314 - both made here
    primary = document.find(".//{*}instance/*")
    assert primary is not None
    templates = primary.findall(".//*[@{http://openrosa.org/javarosa}template]/..")
    for around in templates:
        for template in [one for one in around if "{http://openrosa.org/javarosa}template" in one.attrib]:
            around.remove(template)
    names = [
        one.tag.rpartition("}")[2] for one in primary.iter() if one.tag.rpartition("}")[2] not in {"meta", "instanceID"}
    ]
    assert [one.tag for one in written.iter()] == names


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_the_journey(text: str) -> None:
    values = accept(FORM, {"word": text}, today=TODAY).values
    assert accept(FORM, from_instance(FORM, to_instance(FORM, values)), today=TODAY).values == values
