"""Every address of the site with the row that the tables in tests/access/ give it, and an object to fill it with.

`address_of` names a real object of the demo world; what the demo lacks is made on the spot.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from funds.donations.models import MonthlyGift
from funds.donations.queries import token_of
from tests.things import OBJECTS, PARAMETERS
from towns.models import Town
from users.states import Role

TABLES = Path(__file__).parent / "access"
VISITOR, DONOR = "visitor", "donor"
ROLES = (VISITOR, DONOR, *(role.value for role in Role))


@dataclass(frozen=True)
class Row:
    """What a table says about one address."""

    name: str
    allowed: frozenset[str]
    object: str = ""
    method: str = "GET"
    query: str = ""
    number: int = 0
    data: dict[str, str] = field(default_factory=dict)
    fill: dict[str, str] = field(default_factory=dict)  # parts of the address that no object has
    status: int = 0  # the one answer that allowed people get, where it is none of the usual ones
    leads_to_sign_in: bool = False  # the address exists to lead there


def _row(name: str, told: dict[str, Any]) -> Row:
    whole = {"public": frozenset(ROLES), "signed_in": frozenset(ROLES) - {VISITOR}}
    [key] = {"public", "signed_in", "allowed"} & told.keys()
    allowed = whole.get(key) or frozenset(told["allowed"])
    assert allowed <= frozenset(ROLES), f"{name}: unknown roles"
    return Row(name=name, allowed=allowed, **{k: v for k, v in told.items() if k != key})


def _rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for file in sorted(TABLES.glob("*.toml")):
        for name, told in tomllib.loads(file.read_text()).items():
            assert name not in found, f"{name} stands in two tables"
            found[name] = _row(name, told)
    return found


ROWS = _rows()


def patterns_of(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below these, under its full name, such as `needs:detail`."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from patterns_of(one.url_patterns, inner)
        else:
            yield f"{namespace}{one.name}", one


def address_of(row: Row, town: Town) -> str:
    """The address of a row's page for its object in the demo town, in the language that is active."""
    thing = OBJECTS[row.object](town) if row.object else None
    kwargs: dict[str, object] = {}
    for name in PATTERNS[row.name].pattern.converters:
        if name == "slug":
            kwargs[name] = town.slug
        elif name in row.fill:
            kwargs[name] = row.fill[name]
        elif name == "number":
            kwargs[name] = row.number
        elif name == "token" and isinstance(thing, MonthlyGift):
            kwargs[name] = token_of(thing)
        elif name.endswith("_id"):
            assert isinstance(thing, PARAMETERS[name])
            kwargs[name] = thing.pk
        else:
            kwargs[name] = getattr(thing, name)
    return reverse(row.name, kwargs=kwargs) + (f"?town={town.slug}" if row.query == "town" else "")


# Of several addresses under one name, the first: that of the log that goes on.
PATTERNS = dict(reversed(list(patterns_of(get_resolver().url_patterns))))
