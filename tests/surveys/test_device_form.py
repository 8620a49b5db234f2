"""The form that devices get: pyxform's own, with one more question for the code; ODK Validate takes it."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest
from babel.messages.extract import extract
from defusedxml import ElementTree as SafeTree

from common.catalogues import KEYWORDS
from councils.surveys.queries import devices
from councils.surveys.rules import compile_xlsform
from councils.surveys.rules.device_form import (
    CodeWords,
    UnreadableError,
    device_form,
    device_form_id,
    own_form_id,
    read_submission,
)
from tests.surveys.test_odk_validate import HERE, SOURCES, judged

WAVE = UUID("01932f6e-7d4a-7c3b-8a55-0123456789ab")
WORDS = CodeWords(
    title={"en": "Code", "kk": "Код & <белгі>", "ru": "Код"},
    scan={"en": "Scan"},
    typed={"en": "Type"},
    hint={"en": "Nine signs"},
    wrong={"en": "Nine signs, please"},
)
PLAIN = "| survey |\n| | type | name | label |\n| | integer | age | Age |\n| settings |\n| | form_id |\n| | plain |"
XF = "{http://www.w3.org/2002/xforms}"


def xform_of(name: str, content: bytes) -> str:
    return compile_xlsform(content=content, filename=name).xform


def test_ids_of_waves_can_be_told_apart_again() -> None:
    made = device_form_id("life__in_town", WAVE)
    assert made == "life__in_town__0123456789ab"
    assert own_form_id(made) == ("life__in_town", "0123456789ab")
    assert own_form_id("life__in_town") == ("life__in_town", "")


def test_nothing_else_of_the_form_changes() -> None:
    xform = xform_of("life.xlsx", SOURCES[0].read_bytes())
    before, after = SafeTree.fromstring(xform), SafeTree.fromstring(device_form(xform, wave_id=WAVE, words=None))
    instance = before.find(f".//{XF}model/{XF}instance")
    assert instance is not None
    instance[0].set("id", device_form_id("life_in_our_town", WAVE))
    assert SafeTree.tostring(before) == SafeTree.tostring(after)
    asked = SafeTree.fromstring(device_form(xform, wave_id=WAVE, words=WORDS))
    [title] = [
        text[0].text
        for translation in asked.iter(f"{XF}translation")
        if translation.get("lang") == "Қазақша (kk)"
        for text in translation
        if text.get("id") == "/data/asar_respondent:label"
    ]
    assert title == "Код & <белгі>"


def test_where_a_device_sends_is_never_the_forms_business() -> None:
    xform = xform_of("plain.md", PLAIN.encode()).replace(
        "<bind ", '<submission action="https://elsewhere.example/"/><bind ', 1
    )
    assert b"elsewhere" not in device_form(xform, wave_id=WAVE, words=None)


def test_a_submission_is_taken_apart() -> None:
    xml = (
        "<data xmlns:orx='http://openrosa.org/xforms' id='plain__0123456789ab' version='1'>"
        "<asar_respondent><scan/><typed> 7kd 4xm 2tf </typed></asar_respondent><age>4</age>"
        "<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></data>"
    )
    sent = read_submission(xml.encode())
    assert (sent.form_id, sent.instance, sent.code) == ("plain__0123456789ab", "uuid:1", "7kd 4xm 2tf")
    root = SafeTree.fromstring(sent.xml)
    assert (root.get("id"), [one.tag for one in root]) == ("plain", ["age", "{http://openrosa.org/xforms}meta"])


def test_the_words_about_the_code_reach_the_translators() -> None:
    with Path(devices.__file__).open("rb") as source:
        told = {text for _line, text, _comments, _context in extract("python", source, KEYWORDS)}
    assert {devices._TITLE, devices._SCAN, devices._TYPED, devices._HINT, devices._WRONG} <= told


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<data", "not_xml"),
        (b"\xff\xfe", "not_xml"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>', "not_xml"),
        (b"<data><meta><instanceID> </instanceID></meta></data>", "no_instance_id"),
        (b"<data>" + b" " * 200_000 + b"</data>", "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_submission(xml)
    assert refused.value.code == code


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java")
def test_odk_takes_the_forms_with_the_question_for_the_code(tmp_path: Path) -> None:
    whole = (HERE / "data/whole.md").read_bytes()
    forms = {
        name: device_form(xform_of(file, content), wave_id=WAVE, words=WORDS).decode()
        for name, file, content in (
            ("life", "life.xlsx", SOURCES[0].read_bytes()),
            ("whole", "whole.md", whole),
            ("plain", "plain.md", PLAIN.encode()),
        )
    }
    code, said = judged(tmp_path, forms)
    assert (code, said.count("Xform is valid!")) == (0, 3), said
