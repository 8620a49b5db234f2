"""Bytes into letters. Banks write UTF-8, UTF-16, Windows-1251, its Kazakh sister KZ-1048 and Windows-1252 and say which
in no file; what reads as nonsense in all of them is refused, because a wrong name is worse than none."""

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

from funds.payments.statements.facts import cut_off, refusal

_RUSSIAN: Final = frozenset("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя")
_KAZAKH: Final = frozenset("ӘҒҚҢӨҰҮҺІәғқңөұүһі")
_WESTERN: Final = frozenset("ÄÖÜäöüßéèêáàâíóôúçñÉøØåÅæÆëïîõãšžŠŽ")
_MARKS: Final = frozenset("«»„“”‘’–—…№§°€₸±·• ©®\u00ad×")
# Upper case inside a word that began in lower case: how KOI8-R and the DOS code page look when read as another.
_TURNED: Final = re.compile(r"[а-яё][А-ЯЁ]")
_LETTER_PAIR: Final = re.compile(r"[а-яёА-ЯЁ][а-яёА-ЯЁ]")
_MIXED: Final = re.compile(r"[A-Za-z][а-яёА-ЯЁ]|[а-яёА-ЯЁ][A-Za-z]")
_TURNED_AT_MOST: Final = 0.1
_LONGEST_LETTER: Final = 4  # bytes of UTF-8

UNREADABLE: Final = _(
    "The letters of this file cannot be read: its encoding is none that we know. Nothing was imported. Save it as"
    " “CSV UTF-8”, or download it from the bank as UTF-8, Windows-1251, XLSX, MT940 or CAMT.053."
)


def text_of(data: bytes) -> str:
    """The text of a file. Raises `DomainError` (statement_encoding, statement_cut_off)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16")
    head = data[:400]
    if b"\x00" in head:  # a blank, a digit and a line's end are zero in one half of UTF-16
        return _strict(data, "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start > len(data) - _LONGEST_LETTER and error.reason == "unexpected end of data":
            raise cut_off() from error
        return _one_byte(data)
    if "\ufffd" in text or "\x00" in text:
        raise refusal("statement_encoding", UNREADABLE)
    return text


def _strict(data: bytes, encoding: str) -> str:
    if len(data) % 2:
        raise cut_off()
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise refusal("statement_encoding", UNREADABLE) from error


def _one_byte(data: bytes) -> str:
    """The first of the one-byte encodings in which the text reads like a language."""
    for encoding, letters in (
        ("cp1251", _RUSSIAN),
        ("kz1048", _RUSSIAN | _KAZAKH),
        ("cp1252", _WESTERN),
    ):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _reads_well(text, letters):
            return text
    raise refusal("statement_encoding", UNREADABLE)


def _reads_well(text: str, letters: frozenset[str]) -> bool:
    foreign = {sign for sign in text if sign > "\x7f"} - letters - _MARKS
    if foreign or any(sign < " " and sign not in "\t\r\n\x1a" for sign in text):
        return False
    pairs = len(_LETTER_PAIR.findall(text))
    if len(_TURNED.findall(text)) > _TURNED_AT_MOST * pairs:
        return False
    return len(_MIXED.findall(text)) <= _TURNED_AT_MOST * max(pairs, 1)
