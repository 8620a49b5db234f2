"""Which of LimeSurvey's types, settings and checks have a counterpart here.

The sets are the whole list: a type that is in none of them is left out and named. A check is taken over only where
XPath says exactly the same.
"""

import re

from councils.surveys.rules.lss import LimeQuestion

Row = dict[str, str]

LISTS = frozenset("L!O")  # one of a list: radio buttons, drop-down, with a comment
SEVERAL = frozenset("MP")  # several of a list, with comments
ARRAYS = frozenset("FABCEH")  # rows that share one scale
TEXTS = frozenset("STU")
GROUPS_OF_FIELDS = frozenset("QK")  # several texts, several numbers

# What LimeSurvey itself calls the types that have no counterpart here; its files hold the letter alone.
_FOREIGN = {"1": "Array dual scale", ":": "Array (numbers)", ";": "Array (texts)", "I": "Language switch"}

# Settings that are carried over, here or in `limesurvey.py`.
_CARRIED = frozenset(
    {
        "num_value_int_only",
        "min_num_value_n",
        "max_num_value_n",
        "max_answers",
        "min_answers",
        "maximum_chars",
        "exclude_all_others",
        "random_order",
        "answer_order",
        "date_format",
        "max_num_of_files",
        "other_replace_text",
        "equation",
        "hidden",
        "numbers_only",
    }
)
# Settings that are only about looks, printing or LimeSurvey's own statistics.
_LOOKS = re.compile(
    r"(?:display_|statistics_|public_statistics|text_input|input_|prefix$|suffix$|css|hide_|answer_width|repeat_headings"
    r"|page_break|printable_help|category_separator|dropdown_|rank_title|choice_title|show|same|location_|label_input"
    r"|use_dropdown|slider_|num_value_|question_template|image|scale_|save_as_default|clear_default|time_limit_.*style"
    r"|reverse|date_|add_platform_info|em_validation_.*_tip|other_position|other_comment|add_)",
)
_OFF = frozenset({"", "0", "N", "none", "normal", "default", "no"})
_BROKEN = frozenset("'\"{}$\n")


def left_out(question: LimeQuestion) -> str:
    """Why a question of a known type is left out; "" when it is not."""
    return "hidden" if question.attributes.get("hidden") == "1" else ""


def kind_name(letter: str) -> str:
    """The type of a question under the name that LimeSurvey shows for it, else its letter."""
    return f"{_FOREIGN[letter]} ({letter})" if letter in _FOREIGN else letter


def unused_attributes(question: LimeQuestion) -> list[str]:
    """Settings of a question that do something in LimeSurvey and nothing here."""
    return sorted(
        name
        for name, value in question.attributes.items()
        if value not in _OFF and name not in _CARRIED and not _LOOKS.match(name)
    )


def constraint_of(question: LimeQuestion) -> tuple[str, list[str]]:
    """The checks of an answer as one XPath, and those that cannot be said in it."""
    parts: list[str] = []
    lost: list[str] = []
    given = question.attributes
    if question.type in SEVERAL:
        parts += [f"count-selected(.) >= {most}" for most in _numbers(given.get("min_answers"))]
        parts += [f"count-selected(.) <= {most}" for most in _numbers(given.get("max_answers"))]
        known = {part.code for part in question.parts}
        for code in filter(None, re.split(r"[;,\s]+", given.get("exclude_all_others", ""))):
            if code in known:
                parts.append(f"(not(selected(., '{code}')) or count-selected(.) = 1)")
            else:
                lost.append(f"exclude_all_others = {code}")
    if question.type in {"N", "K"}:
        for name, operator in (("min_num_value_n", ">="), ("max_num_value_n", "<=")):
            found = _numbers(given.get(name))
            parts += [f". {operator} {number}" for number in found]
            lost += [f"{name} = {given[name]}"] if given.get(name) and not found else []
    if question.type in TEXTS | GROUPS_OF_FIELDS - {"K"}:
        parts += [f"string-length(.) <= {most}" for most in _numbers(given.get("maximum_chars"))]
        parts += ["regex(., '-?[0-9]+([.,][0-9]+)?')"] if given.get("numbers_only") == "1" else []
    if question.pattern:
        pattern = _pattern(question.pattern) if question.type in TEXTS | {"N"} else None
        parts += [f"regex(., '{pattern}')"] if pattern is not None else []
        lost += [question.pattern] if pattern is None else []
    return " and ".join(parts), lost


def _numbers(text: str | None) -> list[str]:
    return [text] if text and re.fullmatch(r"-?\d+(?:\.\d+)?", text) else []


def _pattern(source: str) -> str | None:
    """`/^[0-9]{6}$/` as a pattern for the whole answer; None where it only has to occur, or has flags."""
    found = re.fullmatch(r"/\^(.*)\$/", source.strip(), re.DOTALL)
    if found is None or set(found[1]) & (_BROKEN - set("{}$")) or re.search(r"(?<!\\)\$", found[1]):
        return None
    depth = 0
    for letter in found[1]:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            return None  # `^a|b$` means: begins with a, or ends with b
    return found[1]
