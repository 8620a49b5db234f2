"""Which type a town is, told so that a council can check it: three rules, its own figures, and every probability.

A type is never told without how probable it is, and never from a figure that is not published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.formats import number, percent
from councils.indicators.queries import Result, catalogue
from councils.indicators.queries.types import AXIS_INDICATORS, FEWEST_TOWNS, Axes, Type, type_in
from councils.indicators.rules.typology import AXES
from councils.indicators.states import Withheld
from councils.indicators.views import figures

SMALLEST = 0.01  # types less probable than this are told together

# Of each axis: the rule, and in few words what it is to lie above the threshold and below it.
_RULES: Mapping[str, Promise] = {
    "dependent": gettext_lazy("Of those who work, as many or more are with the core enterprise"),
    "young_stay": gettext_lazy("Of those aged 18 to 29, as many or more want to stay"),
    "utilities_poor": gettext_lazy("As many or fewer are content with the water"),
}
_WORDS: Mapping[str, tuple[Promise, Promise]] = {
    "dependent": (
        gettext_lazy("more dependent on the core enterprise"),
        gettext_lazy("less dependent on the core enterprise"),
    ),
    "young_stay": (gettext_lazy("more of the young stay"), gettext_lazy("fewer of the young stay")),
    "utilities_poor": (gettext_lazy("poorer utilities"), gettext_lazy("better utilities")),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with the town's own figure and its interval, the threshold, and whether the figure meets it."""

    words: str
    means: str
    figure: str
    threshold: str
    met: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A type with its probability in words and as a share."""

    words: str
    percent: str
    share: float


@dataclass(frozen=True, slots=True)
class Typed:
    """What the page says: rules and types, or in `missing` (figure, reason) and `few` why there is no type."""

    rules: list[Rule]
    kinds: list[Kind]
    towns: str
    missing: list[tuple[str, str]]
    few: str


def typed_of(*, slug: str, results: Mapping[str, Result], known: Mapping[str, Axes], language: str) -> Typed:
    """The type of a town from its published results, among the towns that are `known`; else why it has none."""
    found = type_in(slug=slug, known=known)
    towns = number(len(known), language)
    if found is None:
        missing = _missing(results, language)
        few = _("So many towns have all three figures: %(number)s. From %(least)s on, types can be told.")
        words = "" if missing else few % {"number": towns, "least": number(FEWEST_TOWNS, language)}
        return Typed([], [], towns, missing, words)
    return Typed(_rules(found, results, language), _kinds(found, language), towns, [], "")


def likeliest(found: Type) -> str:
    """The most probable type in words."""
    return _type_words(found.probabilities.index(found.probability))


def _missing(results: Mapping[str, Result], language: str) -> list[tuple[str, str]]:
    names = {indicator.code: indicator.name[language] for indicator in catalogue().indicators}
    told = []
    for code, _rest in AXIS_INDICATORS:
        result = results.get(code)
        if result is None:
            told.append((names.get(code, code), _("This was not asked.")))
        elif result.shown.value is None or result.shown.se is None:
            note = result.shown.note or result.raw.note
            told.append((names[code], str(Withheld(note).label) if note else _("This was not asked.")))
    return told


def _rules(found: Type, results: Mapping[str, Result], language: str) -> list[Rule]:
    told = []
    for axis, (code, rest) in zip(AXES, AXIS_INDICATORS, strict=True):
        shown, limit = results[code].shown, found.thresholds[axis]
        value = shown.value or 0.0
        own = percent(value, language, 1)
        told.append(
            Rule(
                words=str(_RULES[axis]),
                means=str(_WORDS[axis][0]),
                figure=f"{own} ({figures.interval(shown, results[code].indicator.unit, language)})",
                threshold=percent(1 - limit if rest else limit, language, 1),
                met=(1 - value if rest else value) >= limit,
            )
        )
    return told


def _kinds(found: Type, language: str) -> list[Kind]:
    order = sorted(enumerate(found.probabilities), key=lambda pair: (-pair[1], pair[0]))
    told = [Kind(_type_words(bits), percent(share, language), share) for bits, share in order if share >= SMALLEST]
    rest = sum(share for _bits, share in order if share < SMALLEST)
    if rest > 0:
        words = percent(rest, language) if rest >= SMALLEST else f"< {percent(SMALLEST, language)}"
        told.append(Kind(_("all other types together"), words, rest))
    return told


def _type_words(bits: int) -> str:
    return ", ".join(str(_WORDS[axis][0 if bits >> bit & 1 else 1]) for bit, axis in enumerate(AXES))
