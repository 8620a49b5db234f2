"""One person in many windows and on a device at once, sending, taking back, keeping and forgetting: nobody is refused
for it, and an answer and the mark that somebody answered are there together or not at all."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from django.db import connection

from common.clock import day_of
from common.clock import now as real_now
from common.ids import random_id
from councils.surveys import actions
from councils.surveys.actions.answers import _take_all, submit_answers, withdraw_answers
from councils.surveys.actions.draft_files import keep_file
from councils.surveys.actions.drafts import forget_draft, new_code, save_draft
from councils.surveys.actions.submissions import take_part
from councils.surveys.models import Envelope, EnvelopeFile, Participation, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience
from tests.surveys.odk_world import running_wave
from tests.surveys.test_odk_parts import FORM, SOUND, picture
from towns.models import Town
from users.models import Appointment, User
from users.states import Role

PEOPLE, WINDOWS, TURNS = 3, 8, 24
ALL = {"age": "5", "front": "front.jpg", "voice": "voice.ogg"}
PICTURE = picture(7)


def steps(
    wave: Wave, user: User, code: str, helper: User, dice: random.Random, now: datetime
) -> list[Callable[[], object]]:
    """What one window may do next."""
    who, on_device = Respondent(user_id=user.pk), Respondent(user_id=user.pk, helper_id=helper.pk)
    both = {"front.jpg": PICTURE, "voice.ogg": SOUND}
    instance = f"uuid:{user.pk}{dice.randrange(2)}"
    return [
        lambda: submit_answers(wave=wave, who=who, answers=ALL, files=both, code=code, now=now),
        lambda: withdraw_answers(wave=wave, who=who, now=now),
        lambda: save_draft(wave=wave, code=code, answers=ALL, now=now),
        lambda: keep_file(wave=wave, code=code, name="front.jpg", content=PICTURE, now=now),
        lambda: forget_draft(wave=wave, code=code),
        lambda: take_part(
            wave=wave, who=on_device, answers=ALL, files=both, instance=instance, is_last=dice.random() < 0.5, now=now
        ),
    ]


def test_a_person_in_many_windows_at_once(committed_db: str, town: Town) -> None:
    now = real_now()
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=FORM.encode(), filename="houses.md", now=now
    )
    wave = running_wave(town, version, Audience.DECLARED)
    helper = User.objects.create_user("helper@example.org")
    people = [User.objects.create_user(f"person{number}@example.org") for number in range(PEOPLE)]
    lives = {"town": town, "role": Role.RESIDENT, "starts_date": day_of(now)}
    Appointment.objects.bulk_create([Appointment(user=one, **lives) for one in people])
    codes = [new_code() for _one in people]

    def window(seed: int) -> int:
        dice = random.Random(seed)
        try:
            for _turn in range(TURNS):
                number = dice.randrange(PEOPLE)
                dice.choice(steps(wave, people[number], codes[number], helper, dice, now))()
        finally:
            connection.close()
        return TURNS

    with ThreadPoolExecutor(WINDOWS) as pool:
        assert sum(pool.map(window, range(WINDOWS))) == WINDOWS * TURNS
    key = wave_key(wave)
    heard = {
        key.answer_id(Respondent(user_id=user).key) for user in Participation.objects.values_list("user", flat=True)
    }
    assert set(Envelope.objects.values_list("pk", flat=True)) == heard
    submit_answers(wave=wave, who=Respondent(user_id=people[0].pk), answers=ALL, files={"voice.ogg": SOUND}, now=now)
    envelope = key.answer_id(Respondent(user_id=people[0].pk).key)
    assert EnvelopeFile.objects.filter(envelope=envelope).values_list("pk", flat=True).get() == key.file_id(
        envelope, "voice.ogg"
    )


def test_groups_of_two_processes_that_hold_the_same_people_do_not_refuse_each_other(
    committed_db: str, town: Town
) -> None:
    now = real_now()
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=FORM.encode(), filename="houses.md", now=now
    )
    wave = running_wave(town, version, Audience.OPEN)
    envelopes = [random_id() for _number in range(100)]
    both = Barrier(2)

    def process(seed: int) -> list[list[str | None]]:
        """What one process asks for, past its combiner: the same people each time, in another order."""
        dice = random.Random(seed)
        fates = []
        try:
            for turn in range(TURNS):
                mixed = dice.sample(envelopes, k=len(envelopes))
                asked = [[wave.pk, None, one, bytes([seed, turn]), None, None, None, True] for one in mixed]
                both.wait(60)
                fates.append(_take_all(asked))
        finally:
            connection.close()
        return fates

    with ThreadPoolExecutor(2) as pool:
        fates = list(pool.map(process, range(2)))
    assert fates == [[["taken"] * len(envelopes)] * TURNS] * 2
    assert set(Envelope.objects.values_list("pk", flat=True)) == set(envelopes)
