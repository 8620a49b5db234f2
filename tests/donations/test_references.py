"""Reference codes: found however they are typed, and never guessed."""

import secrets

import pytest

from common.ids import TICKET_ALPHABET
from funds.donations.rules.explaining import same_name
from funds.donations.rules.references import ALPHABET, PREFIX, codes_in, is_code, new_code

CODE = "ASAR-7K3M9H"


def test_letters_are_those_of_tickets() -> None:
    assert ALPHABET == TICKET_ALPHABET


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        "asar-7k3m9h",
        "Перевод ASAR 7K3 M9H спасибо",
        "ASAR7K3M9H",
        "a s a r - 7 k 3 m 9 h",
        "АСАР-7К3М9Н",  # typed with a Russian keyboard
        "Асар 7к3м9н",
        "ASAR-7K3\nM9H",
        "ASAR–7K3M9H.",
        "SVWZ+SPENDE ASAR-7K3M9H WEBER",
        "only 7K3M9H",
        "ASAR-7KЗM9H",  # the Cyrillic З for 3
    ],
)
def test_a_code_is_found_however_it_is_typed(text: str) -> None:
    assert codes_in(text) == (CODE,)


@pytest.mark.parametrize(
    "text", ["", "ASAR-7K3M9J", "ASAR-7K3M9", "X7K3M9H", "7K3M9HX", "7 K 3 M 9 H", "ASAR-7K3M9H2", "NASAR 5000 KZT"]
)
def test_what_does_not_check_is_no_code(text: str) -> None:
    assert codes_in(text) == ()


def test_two_codes_are_two() -> None:
    other = new_code(b"other")
    assert codes_in(f"{CODE} {other} {CODE}") == (CODE, other)


def test_every_wrong_letter_and_every_swap_is_noticed() -> None:
    for _number in range(300):
        code = new_code(secrets.token_bytes(8))
        body = code.removeprefix(PREFIX)
        assert is_code(code)
        wrong = [body[:at] + sign + body[at + 1 :] for at in range(6) for sign in ALPHABET if sign != body[at]]
        swapped = [body[:at] + body[at + 1] + body[at] + body[at + 2 :] for at in range(5) if body[at] != body[at + 1]]
        assert [one for one in wrong + swapped if is_code(PREFIX + one)] == []


def test_a_code_needs_five_bytes() -> None:
    with pytest.raises(ValueError, match="five random bytes"):
        new_code(b"four")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Айгүл Серікқызы", "AIGUL SERIKKYZY ABENOVA", True),
        ("Дмитрий Вебер", "Weber, Dmitriy", True),
        ("Елена Ковалёва", "Ковалева Елена Петровна", True),
        ("Бақытжан Омаров", "BAKYTZHAN OMAROV", True),
        ("Сауле Мұрат", "Сауле Мұратқызы", False),
        ("Елена Ковалёва", "Елена Иванова", False),
        ("", "Елена", False),
    ],
)
def test_a_name_is_known_in_any_alphabet(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
