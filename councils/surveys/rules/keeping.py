"""What of an answer is kept after closing, and where: closed answers together, open ones each alone, places coarse.

A text in which somebody can be recognised must not stand beside the same person's other answers, and a place to the
metre is a name. Never let a value through that is not named here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from councils.surveys.rules.form import CHOICE_TYPES, FILE_TYPES, CompiledForm

# The questions that place an answer in a group, as every questionnaire of ours names them.
SEX, AGE, QUARTER = "sex", "age_group", "quarter"
GROUPS = (SEX, AGE, QUARTER)

_KEPT = frozenset(
    {"select_one", "select_multiple", "rank", "integer", "decimal", "range", "date", "time", "datetime", "acknowledge"}
)
_OPEN = frozenset({"text", "barcode"})
_POINTS = frozenset({"geopoint", "geotrace", "geoshape"})
_COARSE = Decimal("0.01")  # degrees: about a kilometre


@dataclass(frozen=True, slots=True)
class Kept:
    """`closed` stays together as one response. `texts` and `files` (question name, text or file's name) lie apart."""

    closed: dict[str, object]
    texts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def kept(form: CompiledForm, values: Mapping[str, object]) -> Kept:
    """Divide canonical answers. What is calculated is not kept, but options, which are few and counted: it may tell the
    day of the answer, or repeat an open answer, its number or its length.
    """
    types = {
        question.name: question.type
        for question in form.questions
        if question.calculation is None or question.type in CHOICE_TYPES
    }
    texts: list[tuple[str, str]] = []
    files: list[tuple[str, str]] = []

    def divide(answers: Mapping[str, object]) -> dict[str, object]:
        closed: dict[str, object] = {}
        for name, value in answers.items():
            kind = types.get(name)
            if kind is None and isinstance(value, list):
                closed[name] = [divide(one) for one in value if isinstance(one, dict)]
            elif kind in _KEPT:
                closed[name] = value
            elif kind in _OPEN:
                texts.append((name, str(value)))
            elif kind in FILE_TYPES:
                files.append((name, str(value)))
            elif kind in _POINTS:
                closed[name] = coarse(str(value))
        return closed

    return Kept(closed=divide(values), texts=tuple(texts), files=tuple(files))


def coarse(points: str) -> str:
    """Points with latitude and longitude to a hundredth of a degree, without height and accuracy."""
    rounded = (" ".join(_hundredth(number) for number in point.split()[:2]) for point in points.split(";"))
    return ";".join(point for point in rounded if point)


def _hundredth(number: str) -> str:
    return str(Decimal(number).quantize(_COARSE, rounding=ROUND_HALF_EVEN))
