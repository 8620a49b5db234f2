"""Where paths lead among repeated groups: the first that counts, the own occurrence, each node once."""

from datetime import date
from typing import Any

from councils.surveys.rules import accept, compile_xlsform
from councils.surveys.rules.bytree import ByTree
from councils.surveys.rules.judging import judge
from councils.surveys.rules.program import build_program
from councils.surveys.rules.settling import Settled

TODAY = date(2026, 11, 22)
FORM = compile_xlsform(
    content=b"""
| survey |
| | type | name | label | relevant | calculation | repeat_count |
| | begin_repeat | child | A child | | | ${number} |
| | text | word | A word | position(..) > 1 | | |
| | begin_repeat | toy | A toy | | | |
| | text | kind | Which? | | | |
| | end_repeat | | | | | |
| | calculate | own_second | | | indexed-repeat(/data/child/toy/kind, /data/child/toy, 2) | |
| | end_repeat | | | | | |
| | calculate | first_word | | | /data/child/word | |
| | calculate | parents | | | count(/data/child/toy/..) | |
| | calculate | number | | | ${half} * 2 | |
| | integer | half | Half of them | | | |
""",
    filename="form.md",
).form


def test_paths_lead_to_what_counts_each_once() -> None:
    toys = [{"kind": "a"}, {"kind": "b"}, {"kind": "c"}]
    answers: dict[str, Any] = {
        "half": 1,
        "child": [{"word": "x", "toy": toys}, {"word": "y", "toy": toys[1:]}, {"word": "z"}],
    }
    found = accept(FORM, answers, today=TODAY)
    assert found.values == {
        "half": 1,
        "number": "2",
        "first_word": "y",
        "parents": "2",
        "child": [{"toy": toys, "own_second": "b"}, {"word": "y", "toy": toys[1:], "own_second": "c"}],
    }
    by_tree = build_program(FORM, evaluation=ByTree)
    assert judge(Settled(by_tree, answers, today=TODAY, language=FORM.default_language)) == found
