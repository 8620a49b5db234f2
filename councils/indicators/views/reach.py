"""Whom a survey has heard, in words: answers, people and the part of them, by group. Numbers come rounded to five."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from common.formats import number, percent
from councils.indicators.queries.reach import Reach
from councils.indicators.rules.reach import Reached
from councils.surveys.models import Wave
from councils.surveys.queries.running import group_words

Told = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """`whole` is (answers, part of the people or ""); `groups` (heading, rows of group, answers, people, part)."""

    whole: tuple[str, str]
    groups: list[tuple[str, list[Told]]]
    asks_quarter: bool
    source: str


def heard(reach: Reach, wave: Wave, language: str) -> Heard:
    """The coverage of a wave in the reader's language."""
    words = group_words(wave, language)
    parts: list[tuple[str, Sequence[Reached]]] = [(_("Sex"), reach.sexes), (_("Age"), reach.ages)]
    if reach.quarters:
        parts.append((_("Part of the town"), reach.quarters))
    return Heard(
        whole=(_answers(reach.whole, language), _share(reach.whole, language)),
        groups=[
            (title, [_told(one, words.get(one.group, one.group), language) for one in own]) for title, own in parts
        ],
        asks_quarter=bool(reach.quarters),
        source=reach.source,
    )


def _told(one: Reached, name: str, language: str) -> Told:
    people = number(one.people, language) if one.people is not None else "–"
    return name, _answers(one, language), people, _share(one, language) or "–"


def _answers(one: Reached, language: str) -> str:
    return _("fewer than 5") if one.answers is None else number(one.answers, language)


def _share(one: Reached, language: str) -> str:
    return "" if one.share is None else percent(one.share, language, 1)
