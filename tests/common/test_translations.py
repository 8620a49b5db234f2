"""How the translations are written: the marks, letters and quotation marks of each language, nothing glued to a value.
What is missing or would break a page is `manage.py messages --check`; whether a sentence is good people say."""

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from django.conf import settings

from common import catalogues

VALUE = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
NOT_PROSE = re.compile(r"<code>.*?</code>|</?[a-z][^>]*>|`[^`]*`")
LETTER = r"[A-Za-zÄÖÜäöüßА-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]"
ENDS = ".!?…:"
# Signs that a language does not write, and its familiar "you": everybody is addressed politely.
FOREIGN = {
    "kk": re.compile(r"[ёЁ“”„'\"]|(?i:\b(?:сен|сенің|саған|сені|сенде)\b)"),
    "ru": re.compile(r"[әғқңөұүһіӘҒҚҢӨҰҮҺІ“”„'\"]|(?i:\b(?:ты|тебя|тебе|тобой|тво[йяёеи]|твоих)\b)"),
    "de": re.compile(r"[А-Яа-яЁё«»”'\"]|(?i:\b(?:du|dir|dich|dein\w*)\b)"),
}
PAIRS = {"kk": "«»", "ru": "«»", "de": "„“"}
# Latin words that begin small and are names of files, columns or programs; any other is English left over.
SMALL_LATIN = {
    *("xlsx", "xlsm", "xls", "md", "csv", "lss", "zip", "tlog-proof", "name@example.com", "life-in-our-town"),
    *("name", "label", "list_name", "deff", "n_eff", "slug", "api", "v1", "towns", "errors"),
    *("e-Otinish", "iPhone", "cookie"),
}
# Endings of Kazakh nouns: behind a value whose last sound nobody knows, each of them is wrong for some values.
ENDING = r"(?:[дт][аеыі]н?|[дтн][ыі]ң|н[аеыі]|[ғгқк][аеы]|[мбп]ен|[лдт][ае]р)"


def faults(language: str, english: list[str], text: str) -> list[str]:
    """What is wrong with one translation, a few words for each fault; `english` is the singular and the plural."""
    prose = NOT_PROSE.sub("7", VALUE.sub("7", text))
    found = {
        "another mark at the end": _end(text) not in {_end(each) for each in english} | _ends_of_value(english, text),
        "spaces": text != text.strip(" ") or re.search(r"\S {2,}\S", text),
        "lines": text.count("\n") not in {each.count("\n") for each in english},
        "glued to a value": re.search(rf"(?:{VALUE.pattern}){LETTER}", text),
        "ending on a value": language == "kk" and re.search(rf"(?:{VALUE.pattern})[-–’]{ENDING}\b", text),
        "space at a mark": re.search(rf" [,;:!?]| \.(?!\w)|{LETTER}[,;]{LETTER}", prose),
        "dots or hyphen": "..." in prose or " - " in prose,
        "sign or word": FOREIGN[language].search(prose),
        "pairs": any(prose.count(pair[0]) != prose.count(pair[1]) for pair in (PAIRS[language], "()")),
        "Latin letters": language != "de" and _latin(prose),
    }
    return [fault for fault, is_there in found.items() if is_there]


def _end(text: str) -> str:
    last = text.rstrip()[-1:]
    return last if last in ENDS else ""


def _ends_of_value(english: list[str], text: str) -> set[str]:
    """A Russian date ends with a point of its own ("2026 г."), so a sentence that ends with a value may lack one."""
    ends_with_value = re.search(rf"(?:{VALUE.pattern})\.$", english[0].rstrip())
    return {""} if ends_with_value and re.search(rf"(?:{VALUE.pattern})$", text) else set()


def _latin(prose: str) -> bool:
    """Whether a Latin letter stands in a Cyrillic word, or a word of English was left."""
    words = [word.strip(".-") for word in re.findall(r"[\w@.-]+", re.sub(r"«[^»]*»", "", prose))]
    parts = [part for word in words for part in word.split("-")]
    mixed = any(re.search("[A-Za-z]", part) and re.search("[А-Яа-яәғқңөұүһі]", part) for part in parts)
    latin = {re.split("-(?=[А-я])", word)[0] for word in words if re.match("[a-z]", word)}
    return mixed or bool(latin - SMALL_LATIN)


@pytest.mark.parametrize("language", list(catalogues.PLURALS))
def test_translations_are_written_as_their_language_is(language: str) -> None:
    with Path(settings.ROOT, "locale", language, "LC_MESSAGES", "django.mo").open("rb") as file:
        catalog = read_mo(file)
    wrong = []
    for message in catalog:
        if not message.id or message.id == "No.":  # № and Nr. are marks of their own
            continue
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        wrong += [f"{fault}: {text}" for text in texts for fault in faults(language, english, text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "english", "text", "fault"),
    [
        ("kk", "Save it.", "Сақтаңыз", "another mark at the end"),
        ("kk", "Save", "Сақтау.", "another mark at the end"),
        ("ru", "Last day: %(day)s.", "Последний день: %(day)s!", "another mark at the end"),
        ("kk", "Save it now", "Қазір  сақтау", "spaces"),
        ("de", "Save", "Speichern ", "spaces"),
        ("ru", "One\ntwo", "Один два", "lines"),
        ("kk", "%(n)s people", "%(n)sадам", "glued to a value"),
        ("kk", "In %(town)s", "%(town)s-да", "ending on a value"),
        ("kk", "From {day}", "{day}-дан бастап", "ending on a value"),
        ("kk", "Save, please", "Сақтаңыз , өтінеміз", "space at a mark"),
        ("ru", "Save, please", "Сохраните,пожалуйста", "space at a mark"),
        ("ru", "Wait", "Подождите...", "dots or hyphen"),
        ("ru", "A is B", "А - это Б", "dots or hyphen"),
        ("kk", "“Yes”", '"Иә"', "sign or word"),
        ("de", "“Yes”", "«Ja»", "sign or word"),
        ("ru", "Town", "Қала", "sign or word"),
        ("kk", "Your answer", "Сенің жауабың", "sign or word"),
        ("de", "Your answer", "Deine Antwort, dein Code", "sign or word"),
        ("kk", "“Yes” (no)", "«Иә (жоқ)", "pairs"),
        ("kk", "Town", "Kaла", "Latin letters"),
        ("ru", "The gift", "Это gift", "Latin letters"),
    ],
)
def test_a_slip_of_the_pen_is_found(language: str, english: str, text: str, fault: str) -> None:
    assert fault in faults(language, [english], text)


@pytest.mark.parametrize(
    ("language", "english", "text"),
    [
        ("ru", "Last day: %(day)s.", "Последний день: %(day)s"),
        ("kk", "Edition %(n)s", "%(n)s-басылым"),
        ("kk", "Answered %(n)s", "%(n)s-сұраққа жауап"),
        ("kk", "On an iPhone choose Settings: .csv, “name”.", "iPhone-да баптауды таңдаңыз: .csv, «name»."),
        ("de", "“Yes”, a rate of %(n)s %%.", "„Ja“, ein Kurs von %(n)s %%."),
    ],
)
def test_what_is_right_passes(language: str, english: str, text: str) -> None:
    assert faults(language, [english], text) == []
