"""What a LimeSurvey survey loses on its way is named; what is no survey is refused."""

import pytest

from councils.surveys.rules import LARGEST_FILE, FormRefusedError
from councils.surveys.rules.limesurvey import from_limesurvey
from councils.surveys.states import FormProblem
from tests.surveys.test_limesurvey import Survey


def test_what_has_no_counterpart_is_named() -> None:
    survey = (
        Survey().ask("1", "Q1", parts="a").ask("*", "Q2", text="{Q3 * 2}").ask("N", "Q3", hidden="1").ask("I", "Q4")
    )
    survey.ask("S", "Q5", mandatory="S", preg="/[0-9]/", array_filter="Q1").ask(
        "R", "Q6", answers="a b", max_answers="1"
    )
    survey.ask("|", "Q7", max_num_of_files="3").ask("S", "Q8", text='<img src="x"/>Hello {TOKEN:FIRSTNAME}, {Q5}')
    survey.add("defaultvalues", qid="50", defaultvalue="7")
    survey.add("quota", id="1")
    assert survey.report() == [
        ("survey", "", "quota"),
        ("type", "Q1", "Array dual scale (1)"),
        ("equation", "Q2", "{Q3 * 2}"),
        ("hidden", "Q3", "Q3"),
        ("type", "Q4", "Language switch (I)"),
        ("default", "Q5", "Q5"),
        ("soft", "Q5", "Q5"),
        ("attribute", "Q5", "array_filter = Q1"),
        ("validation", "Q5", "/[0-9]/"),
        ("ranking", "Q6", "1"),
        ("files", "Q7", "3"),
        ("markup", "Q8", "img"),
        ("placeholder", "Q8", "{TOKEN:FIRSTNAME}"),
    ]
    form = survey.form()
    assert [one.name for one in form.questions] == ["Q5", "Q6", "Q7", "Q8"]
    assert form.question("Q8").labels == {"en": "Hello …, ${Q5}"}


def test_checks_that_xpath_says_too_are_kept() -> None:
    form = (
        Survey()
        .ask("S", "Q1", preg="/^[0-9]{6}$/", maximum_chars="10")
        .ask("M", "Q2", parts="a b", exclude_all_others="b")
        .form()
    )
    assert form.question("Q1").constraint == "string-length(.) <= 10 and regex(., '[0-9]{6}')"
    assert form.question("Q2").constraint == "(not(selected(., 'b')) or count-selected(.) = 1)"


def test_codes_that_differ_only_in_their_case_are_renamed_and_named() -> None:
    survey = Survey().ask("S", "age").ask("S", "AGE")
    assert survey.report() == [("renamed", "AGE", "AGE_2")]
    assert [one.name for one in survey.form().questions] == ["age", "AGE_2"]


def test_files_of_version_3_hold_their_words_in_the_rows() -> None:
    rows = [
        {"qid": "1", "gid": "1", "parent_qid": "0", "type": "L", "title": "Q1", "question_order": "1"}
        | {"question": f"<p>Words {language}</p>", "help": f"Help {language}", "language": language, "relevance": "1"}
        for language in ("ru", "kk")
    ]
    answers = [
        {"qid": "1", "code": code, "answer": f"{code} {language}", "sortorder": order, "language": language}
        for language in ("ru", "kk")
        for order, code in (("2", "A2"), ("1", "A1"))
    ]
    groups = [{"gid": "1", "group_order": "0", "group_name": f"Page {one}", "language": one} for one in ("ru", "kk")]
    survey = Survey("ru", "kk")
    survey.rows |= {"groups": groups, "group_l10ns": [], "questions": rows, "answers": answers}
    form = survey.form()
    assert form.question("Q1").labels == {"ru": "Words ru", "kk": "Words kk"}
    assert form.question("Q1").hints == {"ru": "Help ru", "kk": "Help kk"}
    assert [(one.value, one.labels["kk"]) for one in form.lists["Q1"]] == [("A1", "A1 kk"), ("A2", "A2 kk")]
    assert form.sections[0].labels == {"ru": "Page ru", "kk": "Page kk"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", FormProblem.NOT_A_QUESTIONNAIRE),
        (b"<document><LimeSurveyDocType>Question</LimeSurveyDocType></document>", FormProblem.NOT_A_QUESTIONNAIRE),
        (b"<!DOCTYPE d [<!ENTITY a 'b'>]><document>&a;</document>", FormProblem.NOT_A_QUESTIONNAIRE),
        (b"<document>" + bytes(LARGEST_FILE), FormProblem.TOO_LARGE),
    ],
)
def test_what_is_no_survey_is_refused(content: bytes, code: FormProblem) -> None:
    with pytest.raises(FormRefusedError) as caught:
        from_limesurvey(content)
    assert [one.code for one in caught.value.problems] == [code]
