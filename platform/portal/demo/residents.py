"""What the invented residents of the demo world answer: who they are, and what troubles them in their place.

The same dice give the same people. Nobody here is real, and no figure of them may be taken for one of a real place.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

AGES = ("age_16_17", "age_18_29", "age_30_44", "age_45_64", "age_65_plus")
GRADES = ("satisfied", "partly_satisfied", "not_satisfied", "hard_to_say")
WRITING = 0.25  # of them say something in their own words
# What the invented residents write, the code that the reader gives it in Kazakh and Russian.
WISHES = (
    ("Жолдарды жөндеу керек, көктемде жүру мүмкін емес.", "Жолдар", "Дороги"),
    ("Дороги отремонтировать, особенно у школы.", "Жолдар", "Дороги"),
    ("Таза ауыз су болсын.", "Ауыз су", "Питьевая вода"),
    ("Чистая вода из крана, сейчас её пить нельзя.", "Ауыз су", "Питьевая вода"),
    ("Жастарға жұмыс.", "Жұмыс", "Работа"),
    ("Работа для молодых, чтобы не уезжали.", "Жұмыс", "Работа"),
    ("Врача найти, ездим в область.", "Денсаулық сақтау", "Здравоохранение"),
)
# For how many of those who put a need first it is severe.
_SEVERE = {
    "water": 0.9,
    "roads": 0.6,
    "jobs": 0.8,
    "health": 0.8,
    "heating": 0.7,
    "lighting": 0.6,
    "waste": 0.5,
    "environment": 0.5,
}
_OFTEN = {
    "water": 30,
    "roads": 24,
    "jobs": 18,
    "health": 14,
    "heating": 9,
    "lighting": 7,
    "waste": 5,
    "environment": 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a town's people feel and who of them answers. Moods run from 0 (nobody is satisfied) to 1.

    `answering` is how often each of `AGES` answers, by sex; `core` how many work at the core enterprise, and `staying`
    how much likelier the young are to stay than in Tekeli, as weights of dice; `often` how often a need is named.
    """

    answering: Mapping[str, tuple[int, ...]]
    water: float = 0.3
    roads: float = 0.25
    air: float = 0.45
    core: int = 20
    staying: int = 1
    often: Mapping[str, int] = field(default_factory=lambda: _OFTEN)


def _grade(dice: random.Random, mood: float) -> str:
    """One of the bureau's grades; `mood` from 0 (nobody is satisfied) to 1."""
    return dice.choices(GRADES, weights=(mood, 0.55 - mood / 3, 0.75 - mood / 1.6, 0.04))[0]


def _named(often: Mapping[str, int], dice: random.Random, number: int) -> list[str]:
    """Different needs, the first one the most urgent."""
    found: dict[str, None] = {}
    while len(found) < number:
        found[dice.choices(list(often), weights=list(often.values()))[0]] = None
    return list(found)


def answers_of(place: Place, dice: random.Random) -> dict[str, str | list[str]]:
    """One invented person: the young leave, the old worry about water and doctors."""
    sex = dice.choices(("female", "male"), weights=(68, 32))[0]
    age = dice.choices(AGES, weights=place.answering[sex])[0]
    young = age in ("age_16_17", "age_18_29")
    needs = _named(place.often, dice, dice.choices((1, 2, 3), weights=(2, 4, 5))[0])
    severe = _SEVERE[needs[0]]
    leaving = dice.choices(
        ("certainly_stay", "probably_stay", "probably_leave", "certainly_leave", "hard_to_say"),
        weights=(8 * place.staying, 14 * place.staying, 30, 22, 8) if young else (40, 30, 9, 4, 5),
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
        "air_satisfaction": _grade(dice, place.air),
        "water_satisfaction": _grade(dice, place.water),
        "waste_satisfaction": _grade(dice, 0.5),
        "roads_satisfaction": _grade(dice, place.roads),
        "heating_type": heating,
        "health_satisfaction": _grade(dice, 0.32),
        "school_satisfaction": _grade(dice, 0.6),
        "work_status": dice.choices(
            ("core_enterprise", "public_sector", "other_company", "own_business", "seeking", "retired", "not_working"),
            weights=(place.core, 24, 14, 8, 7, 5 if young else 20, 6),
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
        answers["one_change"] = dice.choice(WISHES)[0]
    if len(needs) > 1:
        answers["first_need"] = needs[0]
    if leaving in ("probably_leave", "certainly_leave"):
        answers["leave_reasons"] = dice.sample(("work", "education", "health_care", "environment"), k=2)
    if heating == "central":
        answers["heating_satisfaction"] = _grade(dice, 0.48)
    return answers
