"""Words around LimeSurvey: its fixed answers in the site's languages, and its texts without their markup.

A language that is not ours gets no words here, so that the completeness gate names them.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from councils.surveys.rules.form import Texts, words

LANGUAGE_NAMES = {"kk": "Қазақша (kk)", "ru": "Русский (ru)", "en": "English (en)", "de": "Deutsch (de)"}
_FIXED: dict[str, Texts] = {
    "yes": {"kk": "Иә", "ru": "Да", "en": "Yes", "de": "Ja"},
    "no": {"kk": "Жоқ", "ru": "Нет", "en": "No", "de": "Nein"},
    "uncertain": {"kk": "Білмеймін", "ru": "Не уверен (не уверена)", "en": "Uncertain", "de": "Unsicher"},
    "increase": {"kk": "Артты", "ru": "Выросло", "en": "Increase", "de": "Zunahme"},
    "same": {"kk": "Өзгерген жоқ", "ru": "Без изменений", "en": "Same", "de": "Gleich"},
    "decrease": {"kk": "Азайды", "ru": "Снизилось", "en": "Decrease", "de": "Abnahme"},
    "female": {"kk": "Әйел", "ru": "Женский", "en": "Female", "de": "Weiblich"},
    "male": {"kk": "Ер", "ru": "Мужской", "en": "Male", "de": "Männlich"},
    "other": {"kk": "Басқа", "ru": "Другое", "en": "Other", "de": "Anderes"},
    "say": {"kk": "Нақтылап жазыңыз", "ru": "Пожалуйста, уточните", "en": "Please say what", "de": "Bitte angeben"},
    "comment": {"kk": "Пікіріңіз", "ru": "Ваш комментарий", "en": "Your comment", "de": "Ihr Kommentar"},
}
# LimeSurvey's types whose answers are fixed: code and word (a number is its own word).
FIXED_LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Y": (("Y", "yes"), ("N", "no")),
    "G": (("F", "female"), ("M", "male")),
    "C": (("Y", "yes"), ("U", "uncertain"), ("N", "no")),
    "E": (("I", "increase"), ("S", "same"), ("D", "decrease")),
    "5": tuple((str(number), str(number)) for number in range(1, 6)),
    "A": tuple((str(number), str(number)) for number in range(1, 6)),
    "B": tuple((str(number), str(number)) for number in range(1, 11)),
}
_PLAIN_TAGS = words(
    "p br div span b strong i em u font ul ol li h1 h2 h3 h4 h5 h6 small sub sup table tbody thead tr td th"
)
_BREAKS = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset({"script", "style"})
_PLACEHOLDER = re.compile(r"\{([^{}\s][^{}]*)\}")


def fixed_words(word: str, languages: tuple[str, ...]) -> Texts:
    """One of LimeSurvey's own words in these languages; a number is the same in all of them."""
    if word.isdigit():
        return dict.fromkeys(languages, word)
    return {code: _FIXED[word][code] for code in languages if code in _FIXED[word]}


def language_name(code: str) -> str:
    """How the sheet calls a language."""
    return LANGUAGE_NAMES.get(code, f"{code} ({code})")


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lost: set[str] = set()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _PLAIN_TAGS:
            self.lost.add(tag)
        self._silent += tag in _SILENT
        self.parts += ["\n"] * (tag in _BREAKS)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        self.parts += ["\n"] * (tag in _BREAKS)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(text: str) -> tuple[str, set[str]]:
    """A text without its markup, and the tags that meant more than looks (pictures, links, scripts)."""
    parser = _Plain()
    parser.feed(text)
    parser.close()
    whole = "".join(parser.parts).replace("${", "$ {")  # a reference only where we write one
    lines = (re.sub(r"[ \t\r\f\xa0]+", " ", line).strip() for line in whole.split("\n"))
    return "\n".join(line for line in lines if line), parser.lost


def with_names(text: str, names: Mapping[str, str]) -> tuple[str, list[str]]:
    """`{Q1.shown}` as `${q1}`; what names no question becomes "…" and is returned beside the text."""
    lost: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        code = found[1].strip().partition(".")[0]
        if code in names and re.fullmatch(r"\w+(?:\.(?:shown|NAOK|value))?", found[1].strip()):
            return f"${{{names[code]}}}"
        lost.append(found[0])
        return "…"

    return _PLACEHOLDER.sub(replaced, text), lost
