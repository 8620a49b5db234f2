"""A pattern of `regex()` as a phone's browser reads it, where both mean exactly the same.

Python and JavaScript differ in rare signs and in what they call a letter; a pattern that uses one of those is not
translated at all, and the server alone judges by it.
"""

import re

# What may stand for itself, once the signs with a meaning are taken out. A class is read apart.
_PART = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\[\\])+\])"
    r"|(?P<escape>\\.)"
    r"|(?P<open>\((?:\?:)?(?!\?))"
    r"|(?P<repeat>(?:[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})\??(?![*+?{]))"
    r"|(?P<sign>[)|^$.])"
    r"|(?P<plain>[^\\\[\](){}*+?|^$.])",
    re.DOTALL,
)
_IN_CLASS = re.compile(r"\\.|.", re.DOTALL)
_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
_PUNCTUATION = frozenset(r"^$\.*+?()[]{}|/")
_CONTROLS = frozenset("tnr")
_SIGNS = {".": r"[^\n]", "$": r"(?=\n?$)"}


def for_browsers(source: str) -> str | None:
    """The pattern for `new RegExp(pattern, "u")`, or None when it cannot be said there. It is to match the whole."""
    built: list[str] = []
    position = 0
    while position < len(source):
        found = _PART.match(source, position)
        part = None if found is None else _part(found)
        if found is None or part is None:
            return None
        built.append(part)
        position = found.end()
    return "".join(built)


def _part(found: re.Match[str]) -> str | None:
    text = found[0]
    match found.lastgroup:
        case "class":
            return _class(text)
        case "escape":
            return _escaped(text[1])
        case "sign":
            return _SIGNS.get(text, text)
    return text


def _escaped(sign: str) -> str | None:
    if sign in _SETS:
        return f"[{_SETS[sign]}]"
    if sign.lower() in _SETS:
        return f"[^{_SETS[sign.lower()]}]"
    if sign in _PUNCTUATION or sign in _CONTROLS:
        return f"\\{sign}"
    # An escaped letter or digit has a meaning that is not ours to guess.
    return None if sign.isalnum() or sign == "_" else sign


def _class(text: str) -> str | None:
    head = "[^" if text.startswith("[^") else "["
    built: list[str] = []
    for part in _IN_CLASS.findall(text[len(head) : -1]):
        if len(part) == 1:
            built.append(part)
        elif part[1] in _SETS:
            built.append(_SETS[part[1]])
        elif part[1] in _PUNCTUATION or part[1] in _CONTROLS or part[1] == "-":
            built.append(part)
        else:
            return None
    inside = "".join(built)
    # A range that begins or ends at a set (`\w-x`) is an error there and none here.
    return None if re.search(r"\\[dws]-.|.-\\[dws]", text) else f"{head}{inside}]"
