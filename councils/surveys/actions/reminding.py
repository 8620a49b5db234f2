"""Letters to those who have not answered yet. They are found on the identity side; nothing says who was written to.

Never write to more than once in three days, and never to anybody who has answered when the letter leaves.
"""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from audit.actions import record
from common.clock import day_of
from common.formats import date_long
from councils.surveys.models import Reminder, Wave
from councils.surveys.permissions import accepts_answers, can_run
from councils.surveys.queries import wave_title, waves
from councils.surveys.queries.running import not_yet_heard, reminder_refusal
from users.models import User

AT_ONCE = 50


@transaction.atomic
def begin_reminder(*, actor: User, wave: Wave, now: datetime) -> Reminder:
    """Decide on a letter to everybody with an account who has not answered; `send_reminders` sends it.

    Refuses waves that are answered by code (nobody knows whose code is whose), closed ones, and a second letter within
    three days.
    """
    today = day_of(now)
    can_run(actor, wave.town, on=today).enforce()
    Wave.objects.select_for_update().get(pk=wave.pk)
    if refusal := reminder_refusal(wave, on=today):
        raise refusal
    reminder = Reminder.objects.create(wave=wave, sent_date=today)
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=wave.town.slug,
        action="surveys.remind",
        object_type="wave",
        object_id=wave.pk,
    )
    return reminder


@transaction.atomic
def send_some_reminders(*, reminder_id: UUID, now: datetime) -> bool:
    """Send up to fifty letters of a reminder. True while there are more. A crash repeats a letter with the same id."""
    reminder = Reminder.objects.select_for_update().get(pk=reminder_id)
    wave = waves().get(pk=reminder.wave_id)
    people = not_yet_heard(wave)
    if reminder.reached is not None:
        people = people.filter(pk__gt=reminder.reached)
    found = list(people[:AT_ONCE]) if not reminder.finished and accepts_answers(wave, on=day_of(now)) else []
    for person in found:
        _send(reminder, wave, person)
    if found:
        reminder.reached = found[-1].pk
        reminder.letters += len(found)
    # The last account written to is forgotten with the last letter.
    reminder.finished = len(found) < AT_ONCE
    if reminder.finished:
        reminder.reached = None
    reminder.save(update_fields=["reached", "letters", "finished"])
    return not reminder.finished


def _send(reminder: Reminder, wave: Wave, person: User) -> None:
    with override(person.language):
        facts = {
            "title": wave_title(wave, person.language),
            "town": wave.town.name_in(person.language),
            "date": date_long(wave.closes_date, person.language),
            "link": settings.SITE_URL + reverse("surveys:wave", args=[wave.pk]),
        }
        subject = gettext("Your town asks you: %(title)s") % facts
        body = gettext(
            "Town: %(town)s\nSurvey: %(title)s\nLast day: %(date)s\n\n%(link)s\n\n"
            "Nobody can find out what you answer: answers are locked until the survey closes, then shuffled.\n"
            "You get this letter because you said that you live in the town and have not answered yet."
        )
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{uuid5(reminder.pk, str(person.pk))}@{host}>"}
    EmailMessage(subject, body % facts, None, [person.email], headers=headers).send()
