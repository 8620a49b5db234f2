"""Reads for those who run a wave: who has been heard, whom to remind. Never anything about answers."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from councils.surveys.models import Coverage, Participation, Reminder, Tally, Wave
from councils.surveys.queries.forms import form_of
from councils.surveys.rules.hearing import Group, by_quarter, groups
from councils.surveys.rules.keeping import AGE, QUARTER, SEX
from councils.surveys.states import Audience
from users.models import Appointment, User
from users.states import Role

REMINDED_BY_ACCOUNT = frozenset({Audience.DECLARED, Audience.VERIFIED})


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a wave is: rounded numbers of the last count, None before the first one.

    `is_asked`: whether the questionnaire asks sex and age. Where it does not there are no groups to speak of.
    """

    coverage: Coverage | None
    groups: tuple[Group, ...]
    quarters: dict[str, int]
    is_asked: bool


def heard(wave: Wave) -> Heard:
    """Who has been heard in a wave so far. One query."""
    found = Coverage.objects.filter(wave=wave).first()
    cells = found.cells if found else {}
    tables = {table["dimension"]: table["counts"] for table in wave.margins}
    is_asked = {SEX, AGE} <= {question.name for question in form_of(wave.version_id).questions}
    people = tables.get("sex_age", {}) if is_asked else {}
    return Heard(
        coverage=found,
        groups=groups(cells=cells, people=people, target=wave.target),
        quarters=by_quarter(cells),
        is_asked=is_asked,
    )


def group_words(wave: Wave, language: str) -> dict[str, str]:
    """How the questionnaire calls sexes, ages and quarters: {value: label in the language}."""
    form = form_of(wave.version_id)
    words: dict[str, str] = {}
    for question in form.questions:
        if question.name in {SEX, AGE, QUARTER}:
            words |= {choice.value: form.words(choice.labels, language) for choice in form.choices(question)}
    return words


def tallies(wave: Wave) -> list[Tally]:
    """What helpers brought in, the most first."""
    found = Tally.objects.filter(wave=wave).select_related("helper").order_by("-entered", "pk")
    return list(found[:100])


def reminders(wave: Wave) -> list[Reminder]:
    """The letters sent so far, the newest first."""
    return list(Reminder.objects.filter(wave=wave).order_by("-sent_date")[:50])


def unfinished_reminders() -> list[UUID]:
    """Reminders whose letters are not all sent."""
    return list(Reminder.objects.filter(finished=False).order_by("pk").values_list("pk", flat=True))


def not_yet_heard(wave: Wave) -> QuerySet[User]:
    """Residents with an account who may answer and have not: the identity side alone, in the order of their ids."""
    answered = Participation.objects.filter(wave=wave, user=OuterRef("pk"))
    living = Appointment.objects.current(on=wave.opens_date).filter(
        user=OuterRef("pk"), town=wave.town_id, role=Role.RESIDENT
    )
    if wave.audience == Audience.VERIFIED:
        living = living.filter(verified_by__isnull=False)
    return User.objects.filter(Exists(living), ~Exists(answered), is_active=True).order_by("pk")
