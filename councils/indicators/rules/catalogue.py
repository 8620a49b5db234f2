"""The catalogue of indicators: what a figure counts, what it is called, and which way is better.

Entries are read from TOML and checked once. An entry that cannot be carried out is refused with its code; it must
never be skipped, and an answer of its question must never be left unmentioned: it is on the scale or it is left out,
in writing.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from councils.indicators.rules.cube import Kind, Layout
from councils.indicators.rules.margins import CellSpace
from councils.indicators.rules.needs_plan import NAMED, SEVERE, STRAINED, NeedsPlan
from councils.indicators.rules.refusals import CatalogueError
from councils.indicators.rules.scores import UNIT_OF_MEASURE, Measure, Scoring, scoring
from councils.indicators.states import Direction, Unit

LANGUAGES = ("kk", "ru", "en", "de")
_FORMULA = re.compile(r"(?P<measure>[a-z0-9]+)\((?P<arguments>[a-z0-9_]+(?:, [a-z0-9_]+)*)\)")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure: question, answers of its base, and names in four languages.

    `scale` lists the answers of the base, best first where there is a best; `left_out` the question's other answers.
    `ages` restricts it to some age groups (a cross-break, protected with a higher threshold). `kind` many: the base
    is everybody who answered, and exactly one answer is counted, because a cube cannot know how often two were given
    together. `options_of` is the question whose answers stand as options, where it is another.
    """

    code: str
    version: int
    domain: str
    name: Texts
    definition: Texts
    formula: str
    measure: Measure
    question: str
    kind: Kind
    scale: tuple[str, ...]
    chosen: tuple[str, ...]
    left_out: tuple[str, ...]
    ages: tuple[str, ...]
    unit: Unit
    direction: Direction
    source: str
    options_of: str = ""

    @property
    def scoring(self) -> Scoring:
        return scoring(measure=self.measure, scale=self.scale, chosen=self.chosen)


@dataclass(frozen=True, slots=True)
class Raking:
    """The questions that place a response in a raking cell, with the answers used, in order.

    `bands` are the positions of the age groups that make the three bands of post-stratification.
    """

    sex: str
    age: str
    education: str
    space: CellSpace
    space_with_education: CellSpace
    bands: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`domains` and `sources` map a code to its name in four languages, in the order of publication.

    `needs` is what the order of needs is made of, and `shares_of_needs` its three shares for each need as they are
    published; they are in no domain and are no indicators of the town.
    """

    version: str
    questionnaire: str
    questionnaire_version: str
    raking: Raking
    domains: Mapping[str, Texts]
    sources: Mapping[str, Texts]
    indicators: tuple[Indicator, ...]
    needs: NeedsPlan | None = None
    shares_of_needs: tuple[Indicator, ...] = ()

    @property
    def published(self) -> tuple[Indicator, ...]:
        """Everything that a publication may hold, by code: the indicators, then the shares of needs."""
        return (*self.indicators, *self.shares_of_needs)

    def questions(self) -> tuple[str, ...]:
        """Every question the catalogue reads, once, in order: those of the indicators and those of the raking cells."""
        names = [indicator.question for indicator in self.indicators]
        return tuple(dict.fromkeys([*names, self.raking.sex, self.raking.age, self.raking.education]))


def parse(*, text: str) -> Catalogue:
    """Read and check the TOML of data/catalogue.toml.

    Raises CatalogueError for the first entry that cannot be carried out.
    """
    try:
        raw = tomllib.loads(text)
        head, raking = raw["catalogue"], raw["raking"]
        domains = {code: _texts(code, texts) for code, texts in raw["domains"].items()}
        sources = {code: _texts(code, texts) for code, texts in raw["sources"].items()}
        indicators = tuple(_indicator(entry, domains, sources) for entry in raw["indicator"])
        sexes, ages = tuple(raking["sexes"]), tuple(raking["ages"])
        needs = _needs(raw["needs"], indicators) if "needs" in raw else None
        catalogue = Catalogue(
            version=head["version"],
            questionnaire=head["questionnaire"],
            questionnaire_version=head["questionnaire_version"],
            raking=Raking(
                sex=raking["sex"],
                age=raking["age"],
                education=raking["education"],
                space=CellSpace(sexes, ages),
                space_with_education=CellSpace(sexes, ages, tuple(raking["educations"])),
                bands=tuple(tuple(ages.index(age) for age in band) for band in raking["bands"]),
            ),
            domains=domains,
            sources=sources,
            indicators=indicators,
            needs=needs,
            shares_of_needs=_shares_of_needs(needs, next(iter(sources))) if needs else (),
        )
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError) as problem:
        raise CatalogueError(where="catalogue", detail=repr(problem)) from problem
    codes = [indicator.code for indicator in indicators]
    for code in codes:
        if codes.count(code) > 1:
            raise CatalogueError(where=code, detail="the code stands twice")
    for indicator in indicators:
        if not set(indicator.ages) <= set(ages):
            raise CatalogueError(where=indicator.code, detail="an age group that is not a raking cell")
    return catalogue


def check_binding(*, catalogue: Catalogue, layout: Layout) -> None:
    """Refuse a questionnaire version that does not have every bound question and answer.

    Answers that the catalogue does not mention are refused too: they would silently leave a base.
    """
    by_name = {question.name: question for question in layout.questions}
    for indicator in catalogue.indicators:
        question = by_name.get(indicator.question)
        if question is None or question.kind is not indicator.kind:
            raise CatalogueError(where=indicator.code, detail=f"no question {indicator.question} of this kind")
        if set(question.options) != set(indicator.scale) | set(indicator.left_out):
            raise CatalogueError(where=indicator.code, detail=f"other answers than {', '.join(question.options)}")
    raking = catalogue.raking
    used_answers = [(raking.sex, raking.space.sexes), (raking.age, raking.space.ages)]
    if layout.space.educations:
        used_answers.append((raking.education, layout.space.educations))
    for name, used in used_answers:
        if name not in by_name or not set(used) <= set(by_name[name].options):
            raise CatalogueError(where=name, detail="the raking question lacks an answer")


def _indicator(entry: Mapping[str, object], domains: Mapping[str, Texts], sources: Mapping[str, Texts]) -> Indicator:
    code = str(entry["code"])
    try:
        measure, question, chosen = _formula(str(entry["formula"]))
        indicator = Indicator(
            code=code,
            version=_number(entry["version"]),
            domain=_member(entry["domain"], domains),
            name=_texts(code, entry["name"]),
            definition=_texts(code, entry["definition"]),
            formula=str(entry["formula"]),
            measure=measure,
            question=question,
            kind=Kind(str(entry.get("kind", Kind.ONE))),
            scale=_names(entry["scale"]),
            chosen=chosen,
            left_out=_names(entry.get("left_out", [])),
            ages=_names(entry.get("ages", [])),
            unit=UNIT_OF_MEASURE[measure],
            direction=Direction(str(entry["direction"])),
            source=_member(entry["source"], sources),
        )
        _check(indicator)
    except (KeyError, ValueError, TypeError) as problem:
        raise CatalogueError(where=code, detail=repr(problem)) from problem
    return indicator


def _needs(entry: Mapping[str, object], indicators: tuple[Indicator, ...]) -> NeedsPlan:
    hardship = next((one for one in indicators if one.code == entry["hardship"]), None)
    if hardship is None or hardship.measure is not Measure.SHARE or hardship.ages:
        raise CatalogueError(where="needs", detail="severity is told by no share of the whole town")
    strained = _names(entry["strained"])
    income = next(one for one in indicators if one.question == entry["income"])
    if not set(strained) < set(income.scale):
        raise CatalogueError(where="needs", detail="an answer about income that is not on its scale")
    keys = ((NAMED, "named"), (SEVERE, "severe"), (STRAINED, "low_income"))
    texts = {code: told for code, key in keys if isinstance(told := entry[key], dict)}
    return NeedsPlan(
        version=_number(entry["version"]),
        question=str(entry["question"]),
        first=str(entry["first"]),
        most=_number(entry["most"]),
        severity_question=hardship.question,
        severity={answer: answer in hardship.chosen for answer in hardship.scale},
        hardship=hardship.code,
        income_question=income.question,
        strain={answer: answer in strained for answer in income.scale},
        unranked=_names(entry["unranked"]),
        names={code: _texts("needs", told["name"]) for code, told in texts.items()},
        definitions={
            code: _texts("needs", told["definition"]) for code, told in texts.items() if isinstance(told, dict)
        },
    )


def _shares_of_needs(plan: NeedsPlan, source: str) -> tuple[Indicator, ...]:
    """The published shares as entries of the catalogue; the last one also exists for the whole town."""
    severe, strained = (
        tuple(answer for answer, counts in answers.items() if counts) for answers in (plan.severity, plan.strain)
    )
    asked = (
        (NAMED, plan.question, Kind.MANY, (), ()),
        (SEVERE, plan.severity_question, Kind.ONE, tuple(plan.severity), severe),
        (STRAINED, plan.income_question, Kind.ONE, tuple(plan.strain), strained),
    )
    return tuple(
        Indicator(
            code=code,
            version=plan.version,
            domain="needs",
            name=plan.names[code],
            definition=plan.definitions[code],
            formula=f"share({', '.join((question, *chosen))})",
            measure=Measure.SHARE,
            question=question,
            kind=kind,
            scale=scale,
            chosen=chosen,
            left_out=(),
            ages=(),
            unit=Unit.SHARE,
            direction=Direction.NEUTRAL,
            source=source,
            options_of=plan.question,
        )
        for code, question, kind, scale, chosen in asked
    )


def _formula(text: str) -> tuple[Measure, str, tuple[str, ...]]:
    found = _FORMULA.fullmatch(text)
    if found is None:
        raise ValueError(f"cannot read the formula {text}")
    question, *chosen = found["arguments"].split(", ")
    return Measure(found["measure"]), question, tuple(chosen)


def _check(indicator: Indicator) -> None:
    if set(indicator.scale) & set(indicator.left_out):
        raise ValueError("an answer is on the scale and left out")
    single = indicator.measure is Measure.SHARE and len(indicator.chosen) == 1 and not indicator.left_out
    if indicator.kind is Kind.MANY and not single:
        raise ValueError("a multiple choice counts exactly one answer")
    if not indicator.scoring.scores.any():
        raise ValueError("nothing is counted")


def _texts(where: str, texts: object) -> Texts:
    if (
        not isinstance(texts, dict)
        or set(texts) != set(LANGUAGES)
        or not all(str(text).strip() for text in texts.values())
    ):
        raise CatalogueError(where=where, detail=f"texts must be in {', '.join(LANGUAGES)}")
    return {language: str(texts[language]) for language in LANGUAGES}


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError("a list of answers is needed")
    return tuple(value)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("the version is a whole number")
    return value


def _member(value: object, allowed: Mapping[str, Texts]) -> str:
    if value not in allowed:
        raise ValueError(f"{value} is not listed")
    return str(value)
