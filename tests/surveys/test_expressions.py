"""ODK's XPath: what expressions mean, and that nothing outside the closed grammar is evaluated."""

import math
from datetime import date

import pytest
from elementpath import XPath2Parser, XPathContext
from elementpath.xpath1 import XPath1Parser
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.surveys.rules import CompiledForm, Question, check, compile_xlsform
from councils.surveys.rules.atoms import to_number, to_string
from councils.surveys.rules.expressions import ExpressionRefusedError, read_expression
from councils.surveys.rules.functions import FUNCTIONS

TODAY = date(2026, 11, 22)


def calculator(expression: str) -> CompiledForm:
    """A form that computes one expression from text `a`, integer `n`, date `d` and the choices `m`."""
    question = Question(name="r", path="/data/r", type="calculate", calculation=expression)
    source = (
        "| survey |\n| | type | name | label |\n| | text | a | A |\n| | integer | n | N |\n| | date | d | D |\n"
        "| | select_multiple l | m | M |\n| | text | empty | E |\n"
        "| choices |\n| | list_name | name | label |\n| | l | x | Ex |\n| | l | y | Why |\n| | l | z | Zed |\n"
    )
    form = compile_xlsform(content=source.encode(), filename="calculator.md").form
    data = {**form.to_dict(), "digest": f"{form.digest}{expression}"}
    data["questions"] = [*data["questions"], {"name": "r", "path": "/data/r", "type": "calculate"}]
    data["questions"][-1]["calculation"] = question.calculation
    return CompiledForm.from_dict(data)


def value_of(expression: str) -> object:
    answers = {"a": "Hello", "n": "5", "d": "2026-11-01", "m": ["x", "z"]}
    return check(calculator(expression), answers, language="en", today=TODAY).values.get("r")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("/data/n + 2 * 3", "11"),
        ("-/data/n", "-5"),
        ("7 div 2", "3.5"),
        ("-7 mod 4", "-3"),
        ("1 div 0", "Infinity"),
        ("/data/empty + 1", None),  # not a number is no answer
        ("/data/n = '5'", "true"),
        ("/data/n = 5.0", "true"),
        ("/data/n != 5", "false"),
        ("/data/n >= 5 and not(/data/n > 5)", "true"),
        ("/data/empty = ''", "true"),
        ("/data/empty < 3 or /data/empty >= 3", "false"),
        ("../n * 2", "10"),
        ("selected(/data/m, 'z')", "true"),
        ("selected(/data/m, 'y')", "false"),
        ("selected(/data/empty, '')", "false"),
        ("count-selected(/data/m)", "2"),
        ("count-selected(/data/empty)", "0"),
        ("selected-at(/data/m, 1)", "z"),
        ("selected-at(/data/m, 2)", None),
        ("if(/data/n > 3, 'big', 'small')", "big"),
        ("coalesce(/data/empty, /data/a)", "Hello"),
        ("regex(/data/a, '[A-Z][a-z]+')", "true"),
        ("regex(/data/a, '[a-z]+')", "false"),  # the whole text must match
        ("string-length(/data/a)", "5"),
        ("substr(/data/a, 1, 3)", "el"),
        ("substr(/data/a, 3)", "lo"),
        ("contains(/data/a, 'ell')", "true"),
        ("starts-with(/data/a, 'He') and ends-with(/data/a, 'lo')", "true"),
        ("substring-before('a-b-c', '-')", "a"),
        ("substring-after('a-b-c', '-')", "b-c"),
        ("translate('qala', 'ql', 'k')", "kaa"),
        ("normalize-space('  a   b ')", "a b"),
        ("concat(/data/a, '-', 1.5)", "Hello-1.5"),
        ("join(' ', 'a', /data/n)", "a 5"),
        ("int(2.9) + int(-2.9)", "0"),
        ("round(2.5)", "3"),
        ("round(2.345, 2)", "2.35"),
        ("pow(2, 10)", "1024"),
        ("min(3, /data/n, 4) + max(3, /data/n)", "8"),
        ("sqrt(-1)", None),
        ("boolean-from-string('TRUE') and boolean('x') and true() and not(false())", "true"),
        ("number('12.50')", "12.5"),
        ("today()", "2026-11-22"),
        ("now()", "2026-11-22T00:00:00.000"),
        ("today() - /data/d", "21"),
        ("/data/d <= today()", "true"),
        ("int((today() - date('2000-11-23')) div 365.25)", "25"),
        ("date(20000)", "2024-10-04"),
        ("format-date(/data/d, '%d.%m.%Y %a %b')", "01.11.2026 Sun Nov"),
        ("format-date('never', '%Y')", None),
        ("decimal-date-time('1970-01-02T12:00:00')", "1.5"),
        ("decimal-time('12:00') + decimal-time('2026-11-22T06:00')", "0.75"),
        ("decimal-time('25:00')", None),
        ("'09:30' < '10:00'", "true"),
        ("once(/data/a)", "Hello"),
        ("sum(/data/n) + count(/data/a) + count-non-empty(/data/empty)", "6"),
        ("max(/data/n, 7) + min(/data/n, 7)", "12"),
        ("sum(/data/a)", None),
        ("max(/data/empty, 7)", None),
        ("join('-', /data/a, /data/n, 'x')", "Hello-5-x"),
        ("checklist(1, 2, true(), /data/empty, /data/n)", "true"),
        ("checklist(3, -1, true(), /data/empty, /data/n)", "false"),
        ("weighted-checklist(5, -1, /data/n, 3, true(), 2, /data/empty, 9)", "true"),
        ("weighted-checklist(0, 4, /data/n, 3, true(), 2)", "false"),
        ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
        ("digest('abc', 'SHA-1', 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("digest('abc', 'SHA-256')", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ("substr(digest('abc', 'SHA-512', 'hex'), 0, 8)", "ddaf35a1"),
        ("digest('abc', 'SHA-384', 'base64') = digest('abc', 'SHA-384')", "true"),
        ("digest('abc', 'CRC')", None),
        ("base64-decode('0prQsNC30LDSmw==')", "Қазақ"),
        ("base64-decode('no!')", None),
        ("round(distance('44.84 78.77 0 0;44.84 78.78 0 0'))", "789"),
        ("round(distance('0 0', '0 90') div 1000)", "10019"),
        ("round(area('0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0') div 1000000)", "12391"),
        ("geofence('0.5 0.5', '0 0;0 1;1 1;1 0;0 0') and not(geofence('0.5 1.5', '0 0;0 1;1 1;1 0;0 0'))", "true"),
        ("geofence('2 0.5', '0 0;0 1;1 1;1 0;0 0') or geofence('', '0 0;0 1;1 1;0 0') or geofence('1 1', '')", "false"),
        ("area('nowhere') + distance('91 0', '0 0')", "0"),
        ("round(sin(pi() div 2) + cos(0) + tan(0) + asin(1) * 0 + acos(1) + atan(0) + atan2(0, 1), 6)", "2"),
        ("exp10(2) + log10(100) + exp(0) + log(1)", "103"),
        ("asin(2)", None),
        ("position(..)", "1"),
        ("/data/m[. = 'x z']", "x z"),
        ("/data/m[2]", None),
        ("current()/../n + 1", "6"),
        ("instance('l')/root/item[name = 'y']/label", "Why"),
        ("instance('l')/root/item[selected(/data/m, name)][2]/name", "z"),
        ("count(instance('l')/root/item[position() < last()])", "2"),
        ("count(instance('l')/root/item)", "3"),
        ("instance('l')/root/item[name = instance('l')/root/item[2]/name]/label", "Why"),
        ("jr:choice-name(selected-at(/data/m, 0), '/data/m')", "Ex"),
    ],
)
def test_expressions_mean_what_odk_means(expression: str, value: str | None) -> None:
    assert value_of(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "/data/a[//b]",
        "/data/a[1][zz = 2]",
        ".[1]",
        "position(1)",
        "position(/data)/a",
        "//a",
        "/data/b/*",
        "*[. = 1]/..",
        "child::a",
        "@id",
        "$x",
        "a | b",
        "text()",
        "instance('x')/root/item",
        "current()/../b",
        "instance(/data/a)/root/item",
        "instance('l')/root",
        "instance('l')/root/item/nothing",
        "indexed-repeat(/data/a, 1, 1)",
        "indexed-repeat(/data/a, /data, 1, /data)",
        "uuid()",
        "pulldata('list', 'a', 'b', /data/a)",
        "once(random())",
        "random()",
        "document('file:///etc/passwd')",
        "doc('http://example.org')",
        "unparsed-text('file:///etc/passwd')",
        "environment-variable('HOME')",
        "id('a')",
        "for $x in 1 return $x",
        "1 to 1000000000",
        "'a' = 'b' = 'c'",
        "(" * 3000,
        "not(" * 120 + "1" + ")" * 120,
        " or ".join(["1"] * 120),
        "(" * 500 + "1" + ")" * 500,
        "",
        ".",
        "yes",
    ],
)
def test_nothing_outside_the_grammar_is_read(expression: str) -> None:
    with pytest.raises(ExpressionRefusedError):
        read_expression(source=expression, base="/data/r", known=frozenset({"/data/a"}))


@pytest.mark.parametrize("expression", ["not(" * 90 + "1" + ")" * 90, " or ".join(["/data/n = 6"] * 90)])
def test_what_is_deep_but_allowed_is_evaluated(expression: str) -> None:
    assert value_of(expression) == ("true" if expression.startswith("not") else "false")


def test_a_choice_filter_reads_columns_by_bare_name_and_answers_by_path() -> None:
    expression = read_expression(
        source="region = /data/a and selected(/data/a, name)",
        base="/data/r",
        known=frozenset({"/data/a"}),
        in_choices=True,
    )
    assert (expression.references, expression.columns) == (frozenset({"/data/a"}), frozenset({"region", "name"}))
    with pytest.raises(ExpressionRefusedError):
        read_expression(source=". = 1", base="/data/a", known=frozenset({"/data/a"}), in_choices=True)


def test_elementpaths_own_parsers_are_left_as_they_were() -> None:
    assert XPath1Parser().parse("count(//a)").symbol == "count"
    assert "selected" not in XPath1Parser.symbol_table
    assert XPath1Parser().parse("round(2.5)").evaluate() == 3
    assert XPath2Parser().parse("1 + 1").evaluate(XPathContext(item=1)) == 2


WORDS = st.one_of(
    st.text(max_size=8), st.sampled_from(["", "5", "-3.5", "2026-11-22", "x y", "NaN", "%Y", "1e9", "[", "9" * 40])
)


@given(
    st.sampled_from(sorted(FUNCTIONS)), st.lists(st.one_of(WORDS, st.floats(), st.booleans()), min_size=4, max_size=4)
)
@settings(deadline=None)
def test_no_function_ever_raises(name: str, values: list[str | float | bool]) -> None:
    class Scope:
        today = TODAY

        def choice_label(self, *, value: str, path: str) -> str:
            return f"{value}{path}"

        def own_label(self, *, language: str) -> str:
            return language

    function = FUNCTIONS[name]
    most = 4 if function.most is None else function.most
    for count in range(function.least, max(most, function.least) + 1):
        assert isinstance(function.call(values[:count], Scope()), str | float | int)
        if function.takes_nodes:
            nodes = tuple(map(str, values))
            assert isinstance(function.call([*values[: count - 1], nodes], Scope()), str | float | int)


@given(st.integers(-(2**53) + 1, 2**53 - 1))
@settings(deadline=None)
def test_whole_numbers_keep_their_digits(number: int) -> None:
    assert to_string(float(number)) == str(number)
    assert to_number(str(number)) == number


def test_dates_are_days_and_nonsense_is_no_number() -> None:
    assert to_number("1970-01-11") == 10
    assert all(math.isnan(to_number(text)) for text in ("", "abc", "1e5", "2026-02-30", "0x10", "infinity", "١٢"))


def test_a_path_with_any_name_means_whatever_is_there() -> None:
    form = compile_xlsform(
        content=(
            b"| survey |\n| | type | name | label | calculation |\n| | begin_group | g | G | |\n| | text | a | A | |\n"
            b"| | integer | b | B | |\n| | end_group | | | |\n"
            b"| | calculate | given | | count-non-empty(/data/g/*) |\n"
            b"| | calculate | total | | sum(../g/*[. != '']) |\n"
        ),
        filename="any.md",
    ).form
    assert check(form, {"a": "3", "b": 4}, language="en", today=TODAY).values == {
        "a": "3",
        "b": 4,
        "given": "2",
        "total": "7",
    }
    assert check(form, {"b": 4}, language="en", today=TODAY).values == {"b": 4, "given": "1", "total": "4"}
