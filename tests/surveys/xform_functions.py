"""ODK's functions for `xform_oracle.py`, on what elementpath's XPath 2.0 hands over, and how calls are written."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

from elementpath import ElementPathTypeError, ElementPathValueError, XPath2Parser, XPathContext
from elementpath.xpath_nodes import EtreeElementNode, XPathNode
from elementpath.xpath_tokens import XPathToken


class OldParser(XPath2Parser):
    """XPath 2.0, but what is no number is NaN, as in XPath 1.0, instead of an error."""


def _comparing(symbol: str) -> type[XPathToken]:
    strict = XPath2Parser.symbol_table[symbol]

    def evaluate(self: XPathToken, context: XPathContext | None = None) -> object:
        try:
            return strict.evaluate(self, context)
        except (ElementPathValueError, ElementPathTypeError):
            return symbol == "!="

    return type(f"_Old{symbol}", (strict,), {"evaluate": evaluate})


OldParser.symbol_table = {
    **XPath2Parser.symbol_table,
    **{symbol: _comparing(symbol) for symbol in ("=", "!=", "<", "<=", ">", ">=")},
}


def arguments(source: str, begin: int) -> tuple[list[str], int]:
    """The arguments of a call whose bracket opens just before `begin`, and where it ends."""
    depth, quote, parts = 0, "", [""]
    for place, letter in enumerate(source[begin:], start=begin):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]" and depth:
            depth -= 1
        elif letter == ")":
            return parts, place + 1
        elif letter == "," and not depth:
            parts.append("")
            continue
        parts[-1] += letter
    raise AssertionError(source)


def as_sequence(source: str, call: str) -> str:
    """Arguments of a function with any number of them, put into one sequence."""
    start = source.find(call)
    while start != -1:
        parts, end = arguments(source, start + len(call))
        if len(parts) > 1:
            source = f"{source[: start + len(call)]}({','.join(parts)}){source[end - 1 :]}"
        start = source.find(call, start + 1)
    return source


def _each(items: object) -> list[object]:
    """Values of a sequence without the nodes that do not count."""
    listed = items if isinstance(items, list) else [items]
    nodes = [one.value if isinstance(one, EtreeElementNode) else one for one in listed]
    return [one for one in nodes if not (isinstance(one, ET.Element) and one.get("irrelevant"))]


def as_text(value: object) -> str:
    """XPath's string() of whatever elementpath gives."""
    if isinstance(value, list):
        value = next(iter(_each(value)), "")
    if isinstance(value, EtreeElementNode):
        value = value.value
    if isinstance(value, ET.Element):
        return value.text or ""
    if isinstance(value, XPathNode):
        return str(value.string_value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and (math.isnan(value) or value.is_integer()):
        return "NaN" if math.isnan(value) else str(int(value))
    return str(value)


def number(value: object) -> float:
    """XPath's number()."""
    try:
        return float(value) if isinstance(value, bool) else float(as_text(value))
    except ValueError:
        return math.nan


def numbers(values: object) -> list[float]:
    return [number(one) for one in _each(values)]


def _plainly(number: float) -> float | str:
    """elementpath takes no NaN from a function, but reads this text as one."""
    return "NaN" if math.isnan(number) else number


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[object], float | str]:
    def call(values: object) -> float | str:
        found = numbers(values)
        return choose(found) if found and not any(map(math.isnan, found)) else "NaN"

    return call


def _truth(value: object) -> bool:
    found = _each(value)
    if found and isinstance(found[0], bool | int | float):
        return bool(found[0])
    return bool(as_text(value))


# What ODK has and XPath 2.0 has not, or has otherwise: the function and its number of arguments, 1 for any number.
FUNCTIONS: dict[str, tuple[Callable[..., object], int]] = {
    "selected": (lambda chosen, value: as_text(value) in as_text(chosen).split(), 2),
    "count-selected": (lambda chosen: len(as_text(chosen).split()), 1),
    "regex": (lambda text, pattern: re.fullmatch(as_text(pattern), as_text(text), re.ASCII) is not None, 2),
    "if": (lambda test, one, other: as_text(one) if _truth(test) else as_text(other), 3),
    "coalesce": (lambda values: next((text for text in map(as_text, _each(values)) if text), ""), 1),
    "once": (as_text, 1),
    "sum": (lambda values: _plainly(sum(numbers(values))), 1),
    "min": (_extreme(min), 1),
    "max": (_extreme(max), 1),
    "count": (lambda values: len(_each(values)), 1),
    "count-non-empty": (lambda values: sum(1 for one in _each(values) if as_text(one)), 1),
    "concat": (lambda values: "".join(map(as_text, _each(values))), 1),
    "join": (lambda values: as_text(_each(values)[0]).join(map(as_text, _each(values)[1:])), 1),
    "substr": (lambda text, begin, end: as_text(text)[int(number(begin)) : int(number(end))], 3),
    "int": (lambda value: "NaN" if math.isnan(number(value)) else float(int(number(value))), 1),
}
