"""Rounds of a repeated group that a phone made without network: it cannot know how many there are already, so it gives
each a mark of its own, and the mark stays beside the round's answers in the draft.

So a round that comes twice, late or with another one is that round and no other, and none moves another one away.
Marks come from browsers; they say nothing about anybody and are never part of an answer.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from councils.surveys.forms.places import Answers, at, put, remove, split
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.form import MOST_REPEATS

_KEY = "~"  # of the mark among the answers of a round; no question has such a name
_MARK = re.compile(r"\+[0-9a-z]{8,32}")
_DEEPEST = 40  # parts of an address


def seat_of(answers: Mapping[str, Any], address: str) -> str | None:
    """Where an answer stands by numbers: `child/2/age` for `child/+k3f90a7b/age`. None when there is no such round."""
    *way, name = address.split("/")[:_DEEPEST]
    if len(way) % 2:
        return None
    seat = ""
    for group, mark in zip(way[::2], way[1::2], strict=True):
        number: str | None = mark
        if mark.startswith("+"):
            rounds = at(answers, f"{seat}{group}")
            number = next(
                (
                    str(place)
                    for place, one in enumerate(rounds if isinstance(rounds, list) else ())
                    if isinstance(one, Mapping) and one.get(_KEY) == mark
                ),
                None,
            )
        if number is None or not (number.isascii() and number.isdigit()):
            return None
        seat = f"{seat}{group}/{number}/"
    return f"{seat}{name}"


def with_rounds(form: CompiledForm, answers: Mapping[str, Any], made: Iterable[str], gone: Iterable[str]) -> Answers:
    """The answers with the rounds that were made, `child/+k3f90a7b`, outer ones first, and without those that are gone.

    A round that is there already stays as it is. Places that the form does not have are not looked at.
    """
    changed = dict(answers)
    for address in sorted(made, key=lambda one: one.count("/")):
        group, _slash, mark = address.rpartition("/")
        seat = seat_of(changed, group)
        if seat is None or not _MARK.fullmatch(mark) or not _may_grow(form, seat):
            continue
        if not has_round(changed, address):
            rounds = at(changed, seat)
            rounds = list(rounds) if isinstance(rounds, list) else []
            changed = put(changed, {seat: [*rounds, {_KEY: mark}][:MOST_REPEATS]})
    for address in gone:
        if (place := _place_of(changed, address)) is not None and _may_grow(form, place.rpartition("/")[0]):
            changed = remove(changed, place)
    return changed


def has_round(answers: Mapping[str, Any], address: str) -> bool:
    """Whether the round `child/+k3f90a7b` is among the answers."""
    return _place_of(answers, address) is not None


def _place_of(answers: Mapping[str, Any], address: str) -> str | None:
    group, _slash, mark = address.rpartition("/")
    found = seat_of(answers, f"{group}/{mark}/") if mark.startswith("+") else None
    return None if found is None else found.rstrip("/")


def _may_grow(form: CompiledForm, seat: str) -> bool:
    """Whether there is a repeated group at this place to which respondents add rounds."""
    place = split(form, seat)
    return place is not None and any(
        group.name == place[0] and group.is_repeat and group.count is None for group in form.groups
    )
