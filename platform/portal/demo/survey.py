"""The survey of the demo world: a wave that invented residents answered and that has closed, and one that is open.

The population tables are invented too, and say so wherever they are shown.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from common.clock import day_of
from councils.indicators.actions import count_wave
from councils.surveys import actions
from councils.surveys.actions.reading import Reading, add_code, read_answers
from councils.surveys.models import QuestionnaireVersion, Wave
from councils.surveys.queries.reading import waiting_answers
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, OpenAnswerState
from towns.actions import replace_margins
from towns.models import Town
from towns.states import MarginDimension
from users.actions import appoint
from users.models import User
from users.states import Role

QUESTIONNAIRE = Path(__file__).parents[3] / "councils" / "surveys" / "data" / "life_in_our_town.xlsx"
RESIDENTS = 320
WRITING = 0.25  # of them say something in their own words
SOURCE = "Demo figures, not the census"
PEOPLE_OF_16 = {
    "female_age_16_17": 410,
    "female_age_18_29": 1690,
    "female_age_30_44": 2750,
    "female_age_45_64": 3300,
    "female_age_65_plus": 1980,
    "male_age_16_17": 430,
    "male_age_18_29": 1820,
    "male_age_30_44": 2640,
    "male_age_45_64": 2750,
    "male_age_65_plus": 1020,
}
AGES = ("age_16_17", "age_18_29", "age_30_44", "age_45_64", "age_65_plus")
# Who answers is not who lives there: more women and more people over 45 than in the town.
ANSWERING = {"female": (1, 5, 22, 34, 18), "male": (1, 4, 9, 15, 9)}
GRADES = ("satisfied", "partly_satisfied", "not_satisfied", "hard_to_say")
# What the invented residents write, the code that the reader gives it in Kazakh and Russian.
_WISHES = (
    ("Жолдарды жөндеу керек, көктемде жүру мүмкін емес.", "Жолдар", "Дороги"),
    ("Дороги отремонтировать, особенно у школы.", "Жолдар", "Дороги"),
    ("Таза ауыз су болсын.", "Ауыз су", "Питьевая вода"),
    ("Чистая вода из крана, сейчас её пить нельзя.", "Ауыз су", "Питьевая вода"),
    ("Жастарға жұмыс.", "Жұмыс", "Работа"),
    ("Работа для молодых, чтобы не уезжали.", "Жұмыс", "Работа"),
    ("Врача найти, ездим в область.", "Денсаулық сақтау", "Здравоохранение"),
)
_OPEN = "one_change"
# How often a need is named, and for how many of those who put it first it is severe.
_NEEDS = {
    "water": (30, 0.9),
    "roads": (24, 0.6),
    "jobs": (18, 0.8),
    "health": (14, 0.8),
    "heating": (9, 0.7),
    "lighting": (7, 0.6),
    "waste": (5, 0.5),
    "environment": (5, 0.5),
}


def _questionnaire(now: datetime) -> QuestionnaireVersion:
    return actions.import_questionnaire(
        actor=None,
        slug="life-in-our-town",
        content=QUESTIONNAIRE.read_bytes(),
        filename=QUESTIONNAIRE.name,
        now=now,
    )


def closed_wave(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """A wave of last month with its answers, closed and counted."""
    began = now - timedelta(days=70)
    yield began
    replace_margins(
        town=town,
        dimension=MarginDimension.SEX_AGE,
        counts=PEOPLE_OF_16,
        year=now.year,
        source=SOURCE,
        actor_id=None,
        now=began,
    )
    wave = actions.open_wave(
        actor=people["secretary"],
        town=town,
        version=_questionnaire(began),
        opens_date=day_of(began),
        closes_date=day_of(began + timedelta(days=20)),
        audience=Audience.DECLARED,
        now=began,
    )
    dice = random.Random(1989)  # noqa: S311 - the same invented answers every time
    for number in range(RESIDENTS):
        answered = began + timedelta(days=number % 18)
        person = User.objects.create_user(f"resident-{number}@demo.example")
        appoint(
            actor=None, user=person, role=Role.RESIDENT, town=town, starts_date=day_of(began), ends_date=None, now=began
        )
        actions.submit_answers(wave=wave, who=Respondent(user_id=person.pk), answers=_answers(dice), now=answered)
    yield now - timedelta(days=48)
    closed = actions.close_wave(actor=people["secretary"], wave=wave, now=now - timedelta(days=48))
    count_wave(wave_id=closed.pk, now=now - timedelta(days=48))
    _read(closed, people["secretary"], now - timedelta(days=47))


def _read(wave: Wave, reader: User, now: datetime) -> None:
    """The secretary reads most of the open answers and gives each its code; some still wait."""
    codes = {
        kk: add_code(actor=reader, wave=wave, question=_OPEN, labels={"kk": kk, "ru": ru}, now=now).code
        for kk, ru in dict.fromkeys((kk, ru) for _text, kk, ru in _WISHES)
    }
    by_text = {text: codes[kk] for text, kk, _ru in _WISHES}
    waiting = waiting_answers(wave, _OPEN, limit=RESIDENTS)
    readings = [
        Reading(answer_id=one.pk, state=OpenAnswerState.APPROVED, codes=(by_text[one.text],)) for one in waiting[5:]
    ]
    read_answers(actor=reader, wave=wave, question=_OPEN, readings=readings, now=now)


def open_wave_for_you(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """The wave that the demo resident can answer."""
    yield now - timedelta(days=3)
    actions.open_wave(
        actor=people["secretary"],
        town=town,
        version=_questionnaire(now),
        opens_date=day_of(now - timedelta(days=3)),
        closes_date=day_of(now + timedelta(days=28)),
        audience=Audience.DECLARED,
        now=now - timedelta(days=3),
    )


def _grade(dice: random.Random, mood: float) -> str:
    """One of the bureau's grades; `mood` from 0 (nobody is satisfied) to 1."""
    return dice.choices(GRADES, weights=(mood, 0.55 - mood / 3, 0.75 - mood / 1.6, 0.04))[0]


def _named(dice: random.Random, number: int) -> list[str]:
    """Different needs, the first one the most urgent."""
    found: dict[str, None] = {}
    while len(found) < number:
        found[dice.choices(list(_NEEDS), weights=[often for often, _severe in _NEEDS.values()])[0]] = None
    return list(found)


def _answers(dice: random.Random) -> dict[str, str | list[str]]:
    """One invented person: the young leave, the old worry about water and doctors."""
    sex = dice.choices(("female", "male"), weights=(68, 32))[0]
    age = dice.choices(AGES, weights=ANSWERING[sex])[0]
    young = age in ("age_16_17", "age_18_29")
    needs = _named(dice, dice.choices((1, 2, 3), weights=(2, 4, 5))[0])
    severe = _NEEDS[needs[0]][1]
    leaving = dice.choices(
        ("certainly_stay", "probably_stay", "probably_leave", "certainly_leave", "hard_to_say"),
        weights=(8, 14, 30, 22, 8) if young else (40, 30, 9, 4, 5),
    )[0]
    heating = dice.choices(("central", "own_boiler", "electric", "other"), weights=(70, 20, 6, 4))[0]
    trust = ("fully", "rather", "rather_not", "not_at_all", "hard_to_say")
    answers: dict[str, str | list[str]] = {
        "life_satisfaction": _grade(dice, 0.5 if young else 0.62),
        "conditions_satisfaction": _grade(dice, 0.4),
        "stay_intention": leaving,
        "urgent_needs": needs,
        "need_severity": dice.choices(
            ("very_much", "noticeably", "a_little", "not_at_all", "hard_to_say"),
            weights=(severe * 0.5, severe * 0.5, (1 - severe) * 0.7, (1 - severe) * 0.3, 0.04),
        )[0],
        "advice_to_young": dice.choices(
            ("yes", "rather_yes", "rather_no", "no", "hard_to_say"), weights=(10, 22, 34, 22, 12)
        )[0],
        "air_satisfaction": _grade(dice, 0.45),
        "water_satisfaction": _grade(dice, 0.3),
        "waste_satisfaction": _grade(dice, 0.5),
        "roads_satisfaction": _grade(dice, 0.25),
        "heating_type": heating,
        "health_satisfaction": _grade(dice, 0.32),
        "school_satisfaction": _grade(dice, 0.6),
        "work_status": dice.choices(
            ("core_enterprise", "public_sector", "other_company", "own_business", "seeking", "retired", "not_working"),
            weights=(20, 24, 14, 8, 7, 5 if young else 20, 6),
        )[0],
        "job_prospects": dice.choices(
            ("easy", "rather_easy", "rather_difficult", "difficult", "hard_to_say"), weights=(5, 14, 36, 38, 7)
        )[0],
        "income_enough": dice.choices(
            ("not_food", "food", "clothes", "appliances", "everything", "hard_to_say"), weights=(6, 26, 34, 22, 5, 7)
        )[0],
        "business_conditions": dice.choices(
            ("good", "rather_good", "rather_bad", "bad", "hard_to_say"), weights=(7, 26, 32, 17, 18)
        )[0],
        "akimat_trust": dice.choices(trust, weights=(12, 33, 28, 17, 10))[0],
        "council_trust": dice.choices((*trust[:4], "not_heard", "hard_to_say"), weights=(14, 30, 14, 8, 24, 10))[0],
        "akimat_listens": dice.choices(
            ("yes", "rather_yes", "rather_no", "no", "hard_to_say"), weights=(8, 24, 32, 22, 14)
        )[0],
        "sex": sex,
        "age_group": age,
        "education": dice.choices(("basic", "secondary", "vocational", "higher"), weights=(8, 26, 40, 26))[0],
        "household_size": str(dice.randint(1, 6)),
    }
    if dice.random() < WRITING:
        answers["one_change"] = dice.choice(_WISHES)[0]
    if len(needs) > 1:
        answers["first_need"] = needs[0]
    if leaving in ("probably_leave", "certainly_leave"):
        answers["leave_reasons"] = dice.sample(("work", "education", "health_care", "environment"), k=2)
    if heating == "central":
        answers["heating_satisfaction"] = _grade(dice, 0.48)
    return answers
