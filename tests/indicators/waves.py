"""Waves with invented answers that the tests can count themselves: who answers, what they say, every step."""

import io
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from common.clock import day_of
from councils.surveys import actions
from councils.surveys.models import QuestionnaireVersion, Response, Wave
from councils.surveys.rules import CompiledForm, codes
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel
from towns.actions import replace_margins
from towns.models import Margin, Town
from towns.states import MarginDimension
from users.actions import appoint
from users.models import User
from users.states import Role

REAL = Path("councils/surveys/data/life_in_our_town.xlsx")
SOURCE = "=HYPERLINK of a census"  # a spreadsheet would run it
AGES = ("age_16_17", "age_18_29", "age_30_44", "age_45_64", "age_65_plus")
# Enough in each cell that none is merged before raking, and far from how many live there.
ANSWERED = {"female": (21, 24, 26, 30, 25), "male": (20, 22, 21, 23, 20)}
LIVES = {"female": (410, 1690, 2750, 3300, 1980), "male": (430, 1820, 2640, 2750, 1020)}
PEOPLE = sum(map(sum, ANSWERED.values()))

Answers = dict[str, str | list[str]]
GRADES = ("satisfied", "partly_satisfied", "not_satisfied", "hard_to_say")
FOUR = ("yes", "rather_yes", "rather_no", "no", "hard_to_say")
STAYING = ("certainly_stay", "probably_stay", "probably_leave", "certainly_leave", "hard_to_say")
TRUST = ("fully", "rather", "rather_not", "not_at_all", "hard_to_say")
_CHOICES = {
    **dict.fromkeys(
        (
            "life_satisfaction",
            "conditions_satisfaction",
            "air_satisfaction",
            "water_satisfaction",
            "waste_satisfaction",
            "roads_satisfaction",
            "health_satisfaction",
            "school_satisfaction",
        ),
        GRADES,
    ),
    "stay_intention": STAYING,
    "need_severity": ("very_much", "noticeably", "a_little", "not_at_all", "hard_to_say"),
    "advice_to_young": FOUR,
    "akimat_listens": FOUR,
    "akimat_trust": TRUST,
    "council_trust": TRUST,
    "work_status": ("core_enterprise", "public_sector", "other_company", "own_business", "seeking", "retired"),
    "job_prospects": ("easy", "rather_easy", "rather_difficult", "difficult", "hard_to_say"),
    "income_enough": ("not_food", "food", "clothes", "appliances", "everything", "hard_to_say"),
    "business_conditions": ("good", "rather_good", "rather_bad", "bad", "hard_to_say"),
}
LIKELY = (9, 7, 6, 5, 3, 3)


def invented(number: int, *, sex: str, age: str) -> Answers:
    """Answers of one person, the same every time. Exactly three of the first hundred heat with something rare."""
    dice = random.Random(number)
    answers: Answers = {
        name: dice.choices(values, weights=LIKELY[: len(values)])[0] for name, values in _CHOICES.items()
    }
    answers |= {
        "urgent_needs": ["roads", "jobs"] if number % 3 else ["water"],
        "heating_type": "other" if number in (7, 40, 55) else ("central", "own_boiler", "electric")[number % 3],
        "sex": sex,
        "age_group": age,
        "education": ("basic", "secondary", "vocational", "higher")[number % 4],
        "household_size": "3",
    }
    if number % 3:
        answers["first_need"] = "roads"
    if answers["stay_intention"] in ("probably_leave", "certainly_leave"):
        answers["leave_reasons"] = ["work", "education"] if number % 2 else ["work"]
    if answers["heating_type"] == "central":
        answers["heating_satisfaction"] = dice.choice(GRADES)
    return answers


def answers_of_everybody() -> list[Answers]:
    """One sheet of answers for each of the people in `ANSWERED`, neighbours of different cells."""
    cells = [(sex, age, n) for sex, row in ANSWERED.items() for age, n in zip(AGES, row, strict=True)]
    places = sorted((turn / n, sex, age) for sex, age, n in cells for turn in range(n))
    return [invented(number, sex=sex, age=age) for number, (_turn, sex, age) in enumerate(places)]


def questionnaire(now: datetime) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=None, slug="life-in-our-town", content=REAL.read_bytes(), filename=REAL.name, now=now
    )


def reworded(now: datetime, *, question: str) -> QuestionnaireVersion:
    """The next version of the questionnaire: one question asks in other words."""
    book = openpyxl.load_workbook(REAL)
    header, *rows = book["survey"].iter_rows()
    names = [cell.value for cell in header]
    [row] = [row for row in rows if row[names.index("name")].value == question]
    label = row[names.index("label::English (en)")]
    label.value = f"Lately: {label.value}"
    content = io.BytesIO()
    book.save(content)
    return actions.import_questionnaire(
        actor=None, slug="life-in-our-town", content=content.getvalue(), filename=REAL.name, now=now
    )


def form(version: QuestionnaireVersion) -> CompiledForm:
    return CompiledForm.from_dict(version.compiled)


def open_wave(*, town: Town, version: QuestionnaireVersion, now: datetime) -> Wave:
    """A wave from yesterday for a week."""
    return actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=day_of(now) - timedelta(days=1),
        closes_date=day_of(now) + timedelta(days=6),
        audience=Audience.DECLARED,
        now=now,
    )


def residents(*, town: Town, number: int, now: datetime) -> list[User]:
    """New people who live in the town."""
    people = [User.objects.create_user(f"{town.slug}-{i}@example.org") for i in range(number)]
    for person in people:
        appoint(
            actor=None,
            user=person,
            role=Role.RESIDENT,
            town=town,
            starts_date=day_of(now) - timedelta(days=30),
            ends_date=None,
            now=now,
        )
    return people


def answer(*, wave: Wave, people: Sequence[User], sheets: Iterable[Answers], now: datetime) -> None:
    """Everybody answers: the first of the people with the first of the sheets."""
    for person, sheet in zip(people, sheets, strict=True):
        actions.submit_answers(wave=wave, who=Respondent(user_id=person.pk), answers=sheet, now=now)


def closed_wave(
    *, town: Town, version: QuestionnaireVersion, people: Sequence[User], sheets: Iterable[Answers], now: datetime
) -> Wave:
    """A wave that these people answered and that is closed, not yet counted."""
    wave = open_wave(town=town, version=version, now=now)
    answer(wave=wave, people=people, sheets=sheets, now=now)
    return actions.close_wave(actor=None, wave=wave, now=now)


def fill(*, wave: Wave, version: QuestionnaireVersion, sheets: Iterable[Answers]) -> None:
    """Opened answers of a closed wave, as unsealing leaves them: nobody had to give them."""
    compiled = form(version)
    Response.objects.bulk_create(
        Response(wave=wave, batch=0, channel=Channel.WEB.value, answers={}, codes=codes(compiled, sheet))
        for sheet in sheets
    )


def enter_margins(*, town: Town, now: datetime, **other: Any) -> list[Margin]:
    """The town's population by sex and age, as `LIVES` has it unless told otherwise."""
    counts = {f"{sex}_{age}": n for sex, row in LIVES.items() for age, n in zip(AGES, row, strict=True)}
    facts: dict[str, Any] = {"dimension": MarginDimension.SEX_AGE, "counts": counts, "year": 2025, "source": SOURCE}
    return replace_margins(town=town, actor_id=None, now=now, **{**facts, **other})
