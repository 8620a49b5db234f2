"""How names are compared: folding for search in two scripts, and the order of each language's alphabet.

Never rely on the database's collation for either: the two servers we run on disagree (docs/decisions/0002).
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

Language = Literal["kk", "ru", "en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = ("kk", "ru", "en", "de")

# The Kazakh Cyrillic alphabet. It holds every Russian letter in the Russian order, so it sorts both languages.
_CYRILLIC: Final = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_RANK: Final = {letter: chr(0x100 + place) for place, letter in enumerate(_CYRILLIC)}
_RUSSIAN_SAME: Final = {"ё": "е"}  # Russian dictionaries put ё among е; Kazakh ones give it a place of its own

_KAZAKH_TO_RUSSIAN: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_UNDECOMPOSABLE: Final = str.maketrans({"ß": "ss", "ı": "i", "ø": "o", "æ": "ae", "ł": "l", "ə": "a"})
_NOT_A_LETTER: Final = re.compile(r"[^\w]+|_+")

_TO_LATIN: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
# Longest first: each Latin way of writing one Kazakh or Russian sound becomes the same sign.
_LATIN_SOUNDS: Final = (
    ("shch", "sh"), ("dzh", "j"), ("dsch", "j"), ("tsch", "ch"), ("sch", "sh"), ("zh", "j"), ("kh", "h"),
    ("gh", "g"), ("ng", "n"), ("ya", "ia"), ("yu", "iu"), ("yo", "e"), ("ye", "e"), ("q", "k"), ("y", "i"), ("w", "v"),
)  # fmt: skip
# Letters with marks that tell another sound, before the marks go: Slavic scholars', Turkish, French and Kazakh Latin.
_MARKED: Final = str.maketrans({"ž": "zh", "š": "sh", "č": "ch", "ş": "sh", "ç": "ch"})
# How else the letters of a query may be meant, where languages disagree. Only queries are read in these ways.
_READINGS: Final = (
    # German and scholars': j is й, sch is ш. "Rudnyj", "Sergejewka", "Schachtinsk".
    (("je", "e"), ("ja", "ia"), ("ju", "iu"), ("jo", "e"), ("j", "i")),
    # German: sch is ж as well, and the s between vowels is з. "Scheskasgan", "Karaschal".
    (("tsch", "ch"), ("sch", "zh")),
    # French: "Djezkazgan", "Chakhtinsk", "Temirtaou", "Aktioubinsk".
    (("tch", "\0"), ("dj", "j"), ("ch", "sh"), ("\0", "ch"), ("ou", "u")),
    # Turkish: c is дж. "Cezkazgan"; ch stays what it is.
    (("ch", "\0"), ("c", "j"), ("\0", "ch")),
)
_REPEATED: Final = re.compile(r"(.)\1+")
_NEAR: Final = 0.72
_GENERIC: Final = frozenset(("облысы", "область", "oblast", "gebiet"))
_SAID_ALONG: Final = frozenset(
    ("г", "гор", "город", "города", "кала", "каласы", "city", "town", "of", "stadt", "обл", "область")
)


def _fold_once(text: str) -> str:
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    small = small.translate(_KAZAKH_TO_RUSSIAN).translate(_UNDECOMPOSABLE)
    # й is a letter, not an и with a mark: it stays.
    bare = "".join(
        letter if letter == "й" else "".join(c for c in unicodedata.normalize("NFKD", letter) if not _is_mark(c))
        for letter in small
    )
    return " ".join(_NOT_A_LETTER.sub(" ", bare).split())


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) > 0


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The text as a search sees it: small letters, no marks or hyphens, Kazakh letters as their Russian neighbours.

    Words stay apart by one space. `fold(fold(x)) == fold(x)`. "Жаңаөзен" -> "жанаозен", "Ақ-Су" -> "ак су".
    """
    before, folded = text, _fold_once(text)
    while folded != before:  # a few letters of other scripts need a second round
        before, folded = folded, _fold_once(folded)
    return folded


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """One spelling for all spellings of a name: Cyrillic, Kazakh Latin, English or German transcription.

    "Жітіқара", "Житикара", "Zhitikara" and "Jitiqara" all give "jitikara". Only for search; never shown.
    """
    latin = "".join(_TO_LATIN.get(letter, letter) for letter in fold(text))
    for written, sound in _LATIN_SOUNDS:
        latin = latin.replace(written, sound)
    return _REPEATED.sub(r"\1", latin)


def _marks_read(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold()).translate(_MARKED)


@lru_cache(maxsize=1024)
def _readings(part: str) -> tuple[str, ...]:
    """What a folded word of a query may begin: itself, its skeleton, and the skeletons of its other readings."""
    found = {part: None, skeleton(part) or part: None}
    for changes in _READINGS:
        meant = part
        for written, sound in changes:
            meant = meant.replace(written, sound)
        if meant != part:
            found[skeleton(meant)] = None
    return tuple(found)


@lru_cache(maxsize=4096)
def _z_as_s(word: str) -> str:
    """German writes з as s, so that at the comparison they are one sound."""
    return word.replace("z", "s")


def sort_key(text: str, language: str) -> str:
    """A key whose plain string order is the alphabetical order of `language`; stored, so that SQL may sort by it.

    Kazakh: а ә б в г ғ ...; Russian: ё beside е; German: ä as a, ß as ss (DIN 5007-1). Marks and hyphens do not count;
    names equal but for them keep a fixed order.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no alphabet for {language!r}")
    small = text.casefold()
    if language == "ru":
        small = "".join(_RUSSIAN_SAME.get(letter, letter) for letter in small)
    key = []
    for letter in unicodedata.normalize("NFC", small):
        if letter in _RANK:
            key.append(_RANK[letter])
        elif letter.isalnum():
            plain = unicodedata.normalize("NFKD", letter.translate(_UNDECOMPOSABLE))
            key.extend(part for part in plain if not unicodedata.combining(part))
        elif letter.isspace():
            key.append(" ")
    return "".join(key).strip()


def proper_name(name: str) -> str:
    """The name that a list is ordered by: "область Абай" and "Gebiet Abai" stand under А."""
    return " ".join(word for word in name.split() if word.casefold() not in _GENERIC) or name


def search_text(names: Iterable[str]) -> str:
    """What a town is found by: each word of its names once, folded and as a skeleton, apart by spaces, in order."""
    words: dict[str, None] = {}
    for name in names:
        for word in (*fold(name).split(), *skeleton(name).split()):
            words.setdefault(word)
    return " ".join(words)


def matches(query: str, text: str) -> bool:
    """Whether every word of `query` begins some word of `text`, a `search_text`. An empty query finds everything.

    Words such as "город" or "қаласы" are passed over, unless nothing else was typed.
    """
    words = text.split()
    asked = fold(_marks_read(query)).split()
    telling = [word for word in asked if word not in _SAID_ALONG] or asked
    return all(
        any(_z_as_s(word).startswith(tuple(_z_as_s(reading) for reading in _readings(part))) for word in words)
        for part in telling
    )


def nearest(query: str, names: Iterable[str]) -> str | None:
    """The one name that was probably meant by a query that found nothing, or None when none is near."""
    asked = skeleton(_marks_read(query))
    if not asked:
        return None
    scored = [(SequenceMatcher(None, asked, skeleton(name)).ratio(), name) for name in names]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return best[1] if best[0] >= _NEAR else None
