"""What may become of a need, who may read its text, and how a sent text is tidied.

Pure: no database, no clock. A text that nobody has answered yet, or that was refused for the personal data in it, is
never public; every page, list and API answer asks `text_is_public`, in Python or as the same rule in a query.
"""

import unicodedata
from uuid import UUID, uuid5

from councils.needs.states import HIDDEN_REASONS, NeedState

# An answer stands: there is no way back, and no second answer.
MOVES: dict[NeedState, frozenset[NeedState]] = {
    NeedState.SUBMITTED: frozenset({NeedState.ACCEPTED, NeedState.REFUSED}),
    NeedState.ACCEPTED: frozenset(),
    NeedState.REFUSED: frozenset(),
}
MIN_TEXT = 10
MAX_TEXT = 2000
MAX_QUARTER = 80

_KAZAKH_LETTERS = frozenset("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
# A Kazakh sentence of this many letters without one Kazakh letter is rarer than a Russian one.
_SURE_LENGTH = 40


def may_move(state: str, to: str) -> bool:
    return NeedState(to) in MOVES[NeedState(state)]


def text_is_public(state: str, refusal_reason: str) -> bool:
    """True once the council has answered, unless it refused for what the text tells about somebody."""
    return state != NeedState.SUBMITTED and refusal_reason not in HIDDEN_REASONS


def tidy(text: str) -> str:
    """One form for one text: composed letters, plain line ends, no blank edges, at most one empty line in a row."""
    lines = [line.strip() for line in unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip()


def submission_key(nonce: UUID, *parts: str) -> UUID:
    """The same form sent twice with the same words is one need; other words from the same open page are another.

    `nonce` is drawn at random when the form is shown, so a key cannot be guessed and does not tell the text.
    """
    return uuid5(nonce, "\x1f".join(parts))


def language_of(text: str, page_language: str) -> str:
    """The language a text is most likely written in: "kk", "ru", "de" or "en".

    Kazakh letters decide for Kazakh. Other Cyrillic text counts as Russian when it is long enough to be sure or when
    the page was in a Latin-script language; Latin text counts as the page's language, English on a Cyrillic page.
    """
    letters = [c for c in text if c.isalpha()]
    if any(c in _KAZAKH_LETTERS for c in letters):
        return "kk"
    cyrillic = sum("Ѐ" <= c <= "ӿ" for c in letters)
    if cyrillic * 2 > len(letters):
        return "ru" if cyrillic >= _SURE_LENGTH or page_language not in {"kk", "ru"} else page_language
    return page_language if page_language in {"de", "en"} or not letters else "en"


def excerpt(text: str, length: int = 90) -> str:
    """The beginning of a text as a heading: its first line, cut between words, at most `length` signs."""
    first = " ".join(text.split("\n", 1)[0].split())
    if len(first) <= length:
        return first
    cut = first[: length - 1]
    at = cut.rfind(" ")
    return f"{cut[:at] if at > length // 2 else cut}…"
