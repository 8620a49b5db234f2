"""Whether a name is like one of a list: in three scripts, a few letters apart. What is a list, and a threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from funds.donations.rules.screening import (
    LARGEST_LIST,
    Finding,
    ListError,
    above,
    alike,
    finding_of,
    found_in,
    read_list,
    thresholds_of,
    words_of,
)

LIST = "name;country\nҚайрат Әлиханұлы Сәтбаев;KZ\nJohn Alexander Smith|Jack Smith;GB\nВиктор;RU\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Кайрат Сатбаев", 2),
        ("Qairat Satbaev", 2),
        ("Kairat Satbayev", 2),
        ("Сәтбаев Қайрат Әлиханұлы", 2),
        ("SATBAEV KAYRAT", 2),
        ("Kairat Satbaevv", 2),
        ("Kairat Satpaev", 2),
        ("John Smith", 3),
        ("Smith, Jon Aleksandr", None),  # Jon is short: no letter may differ
        ("Jack Smith", 3),
        ("Джон Александр Смит", None),  # a language apart: th is no т
        ("Виктор", 4),
        ("Виктор Петров", None),
        ("Kairat", None),
        ("Kairat Kairat", None),
        ("Aigul Serikova", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_a_name_is_found_in_whatever_spelling_and_by_no_single_word(name: str, line: int | None) -> None:
    assert found_in(name, read_list(LIST.encode()), apart=1) == line


@pytest.mark.parametrize(
    ("one", "other", "apart", "answer"),
    [
        ("satbaev", "satpaev", 1, True),
        ("satbaev", "satpaev", 0, False),
        ("satbaev", "sadpaev", 1, False),
        ("satbaev", "sadpaev", 2, True),
        ("satbaev", "sadpaif", 9, False),
        ("aliev", "alieva", 1, True),
        ("kim", "kima", 2, False),
        ("kim", "kim", 0, True),
    ],
)
def test_only_long_words_may_differ_and_by_two_letters_at_most(one: str, other: str, apart: int, answer: bool) -> None:
    assert alike(one, other, apart=apart) is answer


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_takes_any_text_and_is_symmetric(one: str, other: str) -> None:
    assert words_of(one) == words_of(one.upper().lower()) or one.upper().lower() != one
    left, right = words_of(one), words_of(other)
    for a in left[:3]:
        for b in right[:3]:
            assert alike(a, b, apart=1) is alike(b, a, apart=1)


def test_every_name_of_a_list_is_found_in_it() -> None:
    names = [f"Name{chr(97 + n % 26)}{n:03d} Family{n:03d}" for n in range(0, 300, 7)]
    listed = read_list("\n".join(names).encode())
    assert [found_in(name, listed, apart=0) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_lists_come_as_lines_or_as_csv(start: str) -> None:
    assert [line for line, _words in read_list(f"{start}A Bolat\n\nC Danel\n".encode()).names] == [1, 3]
    assert [
        words for _line, words in read_list(f"{start}id,Full_Name,aka\n1,A Bolat,X Boris|Y Cyril\n".encode()).names
    ] == [
        words_of("A Bolat"),
        words_of("X Boris"),
        words_of("Y Cyril"),
    ]


@pytest.mark.parametrize("data", [b"", b"\n;;\n", "Қайрат".encode("utf-16"), b"a" * (LARGEST_LIST + 1)])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ListError):
        read_list(data)


def test_thresholds_are_whole_amounts_of_known_currencies() -> None:
    limits = thresholds_of({"KZT": "5000000", "JPY": "100000", "KWD": "1000"})
    assert limits == {"KZT": 5_000_000_00, "JPY": 100_000, "KWD": 1_000_000}
    assert [above(Money(minor, "KZT"), limits) for minor in (4_999_999_99, 5_000_000_00)] == [False, True]
    assert above(Money(10**12, "EUR"), limits) is False
    for wrong in ({"XXX": "1"}, {"KZT": "many"}, {"KZT": "0"}, {"KZT": "-5"}, {"JPY": "0.5"}):
        with pytest.raises(ValueError, match="SCREENING_THRESHOLDS"):
            thresholds_of(wrong)


@pytest.mark.parametrize("line", [None, 12])
@pytest.mark.parametrize("threshold", [None, Money(5_000_000_00, "KZT")])
def test_a_finding_is_stored_as_a_code_and_read_back(line: int | None, threshold: Money | None) -> None:
    finding = Finding(line, threshold)
    assert finding_of(finding.code) == finding
    assert bool(finding) is (line is not None or threshold is not None)
