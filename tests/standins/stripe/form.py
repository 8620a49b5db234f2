"""Stripe's form encoding: `a[b][c]=1` and `a[0][b]=1` become nested dictionaries of strings.

Lists stay dictionaries keyed by index; the parameter specs turn them into lists. It must NEVER guess: a key that
contradicts another, or that has no clear place, is refused.
"""

import re
from urllib.parse import parse_qsl

from .errors import ApiError, invalid
from .wire import Json

MOST_FIELDS = 2000
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_PART = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 8


def parse_form(text: str) -> Json:
    """The nested parameters of a body or a query string.

    Refuses malformed keys, contradicting keys, invalid UTF-8 and more than MOST_FIELDS fields with status 400.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as refused:
        raise ApiError(400, f"Invalid request body: {refused}") from refused
    tree: Json = {}
    for key, value in pairs:
        _place(tree, key, value)
    return tree


def _place(tree: Json, key: str, value: str) -> None:
    match = _KEY.match(key)
    parts = [match[1], *_PART.findall(match[2])] if match else []
    if not parts or len(parts) > _DEEPEST or "" in parts[:-1]:
        raise invalid(key, f"Invalid parameter name: {key}")
    node = tree
    for part in parts[:-1]:
        child = node.setdefault(part, {})
        if not isinstance(child, dict):
            raise invalid(key, f"Invalid parameter name: {key} contradicts another parameter")
        node = child
    last = parts[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise invalid(key, f"Invalid parameter name: {key} contradicts another parameter")
    node[last] = value
