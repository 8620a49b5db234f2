"""One indicator over all towns: a map of marks that say how sure they are, and the table behind it.

A town without a published figure is grey and says why; nothing is guessed for it, and no town is ranked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.queries import site_version
from common.formats import percent_range
from common.http import public_page
from councils.indicators.queries import Result, catalogue
from councils.indicators.queries.neighbours import neighbours
from councils.indicators.rules.mapping import CLASSES, Mark, mark, wedge
from councils.indicators.states import Unit
from councils.indicators.views import figures
from councils.indicators.views.figures import Line
from towns.queries import TownMap, town_choices, town_map
from towns.rules.geography import Label, Spot, place_labels

FIRST_SHOWN = "life_satisfied"
# For wide and narrow screens: radius of a mark, of a town without a figure, letters; asar.css sets the same letters.
_SIZES = {"wide": (11.0, 5.0, 15.0), "narrow": (20.0, 10.0, 38.0)}


class IndicatorForm(forms.Form):
    """Which indicator the map shows."""

    indicator = forms.ChoiceField(label=gettext_lazy("Indicator"), required=False)

    def __init__(self, data: Mapping[str, str], *, choices: list[tuple[str, list[tuple[str, str]]]]) -> None:
        super().__init__(data)
        self.fields["indicator"].choices = choices  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Place:
    """A town on one layer: its mark, or a cross where it has no figure; `label` where there is room for its name."""

    slug: str
    words: str
    url: str
    x: float
    y: float
    cross: float
    mark: Mark | None
    label: Label | None


@dataclass(frozen=True, slots=True)
class Row:
    """A town in the table: its figure in words, "–" and the reason where there is none."""

    name: str
    url: str
    line: Line | None
    n_eff: str
    sure: str
    why: str


@require_safe
@public_page(site_version)
def town_figures(request: HttpRequest) -> HttpResponse:
    """The newest published figure of one indicator in every town; ?indicator=<code>."""
    language = get_language() or "kk"
    known = {one.code: one for one in catalogue().indicators if one.unit is Unit.SHARE}
    form = IndicatorForm(request.GET, choices=_choices(language))
    wanted = form.cleaned_data["indicator"] if form.is_valid() else ""
    chosen = known.get(wanted) or known[FIRST_SHOWN]
    form = IndicatorForm({"indicator": chosen.code}, choices=_choices(language))
    among = {one.town.slug: one for one in neighbours(indicators=[chosen.code])}
    results = {slug: found for slug, one in among.items() if (found := one.results.get(chosen.code)) is not None}
    names = town_choices(language=language)
    ground = town_map(language=language)
    context = {
        "form": form,
        "indicator": chosen.name[language],
        "definition": chosen.definition[language],
        "ground": ground,
        "layers": _layers(ground, dict(names), results, language),
        "legend": _legend(language),
        "rows": [_row(slug, name, results.get(slug), language) for slug, name in names if slug in among],
        "uncounted": [(reverse("indicators:town", args=[slug]), name) for slug, name in names if slug not in among],
        "has_figures": any(_ends(one) is not None for one in results.values()),
    }
    return render(request, "indicators/map.html", context)


def _choices(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The shares by domain, as a select shows them."""
    return [
        (
            names[language],
            [
                (one.code, one.name[language])
                for one in catalogue().indicators
                if one.domain == code and one.unit is Unit.SHARE
            ],
        )
        for code, names in catalogue().domains.items()
    ]


def _ends(result: Result | None) -> tuple[float, float, float] | None:
    """(value, low, high) of a published figure; None of one that is not."""
    if result is None:
        return None
    shown = result.shown
    if shown.value is None or shown.ci_low is None or shown.ci_high is None:
        return None
    return shown.value, max(0.0, min(shown.ci_low, shown.value)), min(1.0, max(shown.ci_high, shown.value))


def _why(result: Result | None) -> str:
    """Why a town whose survey was counted has no figure."""
    return figures.line(result, get_language() or "kk").note if result is not None else _("This was not asked.")


def _row(slug: str, name: str, result: Result | None, language: str) -> Row:
    url, ends = reverse("indicators:town", args=[slug]), _ends(result)
    if result is None or ends is None:
        return Row(name, url, None, "–", "", _why(result))
    found = mark(x=0, y=0, value=ends[0], low=ends[1], high=ends[2], radius=1)
    told = figures.line(result, language)
    sure = _("yes") if found.sure else _("no")
    return Row(name, url, told, figures.effective(result.shown, language), sure, told.note)


Spots = tuple[tuple[str, str, float, float, float], ...]


def _layers(
    ground: TownMap, names: Mapping[str, str], results: Mapping[str, Result], language: str
) -> list[tuple[str, list[Place]]]:
    """The towns for wide and for narrow screens: those without figures first, so that no mark lies under a cross."""
    points = {point.slug: (point.x, point.y) for point in ground.layers[0].points}
    layers = []
    for code, (radius, cross, size) in _SIZES.items():
        marks = {
            slug: mark(x=x, y=y, value=ends[0], low=ends[1], high=ends[2], radius=radius)
            for slug, (x, y) in points.items()
            if (ends := _ends(results.get(slug))) is not None
        }
        order = sorted(points, key=lambda slug: slug in marks)
        spots = tuple(
            (slug, names[slug], *points[slug], marks[slug].ring if slug in marks else cross) for slug in reversed(order)
        )
        labels = _labels(spots, size, ground.height, code == "wide")
        places = [
            Place(
                slug=slug,
                words=_words(names[slug], results.get(slug) if slug in marks else None, language),
                url=reverse("indicators:town", args=[slug]),
                x=points[slug][0],
                y=points[slug][1],
                cross=cross,
                mark=marks.get(slug),
                label=labels.get(slug),
            )
            for slug in order
        ]
        layers.append((code, places))
    return layers


@lru_cache(maxsize=128)
def _labels(spots: Spots, size: float, height: float, everyone: bool) -> dict[str, Label]:  # noqa: FBT001 - a cache key
    """Names for the marks, the towns with figures first."""
    found = place_labels(
        [Spot(key=slug, name=name, x=x, y=y, r=r, rank=rank) for rank, (slug, name, x, y, r) in enumerate(spots)],
        size=size,
        height=height,
        everyone=everyone,
    )
    return {label.key: label for label in found}


def _words(name: str, result: Result | None, language: str) -> str:
    if result is None:
        return f"{name}: {_('no figure')}"
    told = figures.line(result, language)
    value = told.weighted if result.weighted else told.raw
    return f"{name}: {value} ({told.interval})"


def _legend(language: str) -> list[tuple[str, str]]:
    """(path of the mark in a box of 24, which shares it stands for)."""
    edges = [number / CLASSES for number in range(CLASSES + 1)]
    return [
        (wedge(x=12, y=12, radius=8, quarters=n + 1), percent_range(edges[n], edges[n + 1], language))
        for n in range(CLASSES)
    ]
