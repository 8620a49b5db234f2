"""Reads for those who run a wave: who has been heard, whom to remind. Never anything about answers."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.formats import date_long
from councils.surveys.models import Coverage, Participation, Reminder, Tally, Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries.forms import form_of
from councils.surveys.rules.hearing import Group, Option, groups, options
from councils.surveys.rules.keeping import AGE, GROUPS, SEX
from councils.surveys.states import Audience
from users.models import Appointment, User
from users.states import Role

DAYS_BETWEEN = 3  # of two letters to the same people
REMINDED_BY_ACCOUNT = frozenset({Audience.DECLARED, Audience.VERIFIED})


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a wave is: rounded numbers of the last count, None before the first one.

    `options` are those of sex, age and quarter, as far as the questionnaire asks them: {question: options}. `is_asked`:
    whether it asks sex and age. Where it does not there are no groups to speak of.
    """

    coverage: Coverage | None
    groups: tuple[Group, ...]
    options: dict[str, tuple[Option, ...]]
    is_asked: bool


def heard(wave: Wave) -> Heard:
    """Who has been heard in a wave so far, in the order in which the questionnaire asks it. One query."""
    found = Coverage.objects.filter(wave=wave).first()
    cells = found.cells if found else {}
    tables = {table["dimension"]: table["counts"] for table in wave.margins}
    asked = asked_options(wave)
    is_asked = {SEX, AGE} <= asked.keys()
    order = {name: number for number, name in enumerate(product(asked.get(SEX, ()), asked.get(AGE, ())))}
    people = tables.get("sex_age", {}) if is_asked else {}
    counted = groups(cells=cells, people=people, target=wave.target, came=found.answers if found else 0)
    return Heard(
        coverage=found,
        groups=tuple(sorted(counted, key=lambda group: order.get((group.sex, group.age), len(order)))),
        options={
            name: options(cells=cells, place=GROUPS.index(name), values=values, quotas=wave.quotas.get(name, {}))
            for name, values in asked.items()
        },
        is_asked=is_asked,
    )


def asked_options(wave: Wave) -> dict[str, tuple[str, ...]]:
    """The options of sex, age and quarter, as far as the questionnaire of a wave asks them."""
    form = form_of(wave.version_id)
    asked = {question.name: question for question in form.questions if question.name in GROUPS}
    return {name: tuple(one.value for one in form.choices(asked[name])) for name in GROUPS if name in asked}


def reminder_refusal(wave: Wave, *, on: date) -> DomainError | None:
    """Why no letter may go to those who have not answered on this day; None where one may. One query at most."""
    verdict = accepts_answers(wave, on=on)
    if not verdict:
        return DomainError("not_open", verdict.reason)
    if wave.audience == Audience.OPEN:
        return DomainError("by_anybody", _("Anybody may answer this survey: nobody knows whom to write to."))
    if wave.audience not in REMINDED_BY_ACCOUNT:
        return DomainError("by_code", _("This survey is answered with codes: nobody knows whom to write to."))
    last = Reminder.objects.filter(wave=wave).order_by("-sent_date").values_list("sent_date", flat=True).first()
    if last is None or last <= on - timedelta(days=DAYS_BETWEEN):
        return None
    language = get_language() or ""
    words = gettext(
        "The last reminder was sent on %(sent)s; the next one can go from %(next)s on, so that people have time."
    ) % {
        "sent": date_long(last, language),
        "next": date_long(last + timedelta(days=DAYS_BETWEEN), language),
    }
    return DomainError("too_soon", words)


def group_words(wave: Wave, language: str) -> dict[str, str]:
    """How the questionnaire calls sexes, ages and quarters: {value: label in the language}."""
    form = form_of(wave.version_id)
    words: dict[str, str] = {}
    for question in form.questions:
        if question.name in GROUPS:
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
