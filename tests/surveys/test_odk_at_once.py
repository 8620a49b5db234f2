"""One submission sent many times at once, in real connections: it counts once, and its files are all there."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from common.clock import now
from councils.surveys import actions
from councils.surveys.actions.submissions import take_part
from councils.surveys.models import Envelope, EnvelopeFile, Participation, Received, Tally
from councils.surveys.queries.invitations import invitation_by_code
from councils.surveys.rules.respondents import Respondent
from tests.surveys.odk_world import codes_for, running_wave
from tests.surveys.test_odk_parts import FORM, SOUND, picture
from towns.models import Town
from users.models import User

PEOPLE, TIMES = 6, 3


def test_parts_that_arrive_at_once_leave_one_answer_each(committed_db: str, town: Town) -> None:
    version = actions.import_questionnaire(
        actor=None, slug="houses", content=FORM.encode(), filename="houses.md", now=now()
    )
    wave = running_wave(town, version)
    helper = User.objects.create_user("helper@example.org")
    found = [invitation_by_code(wave, code) for code in codes_for(wave, PEOPLE)]

    def send(number: int, *, is_last: bool) -> bool:
        invitation = found[number]
        assert invitation is not None
        name = "voice.ogg" if is_last else "front.jpg"
        try:
            return take_part(
                wave=wave,
                who=Respondent(invitation_id=invitation.pk, helper_id=helper.pk),
                answers={"age": str(number), "front": "front.jpg", "voice": "voice.ogg"},
                files={name: SOUND if is_last else picture(number)},
                instance=f"uuid:{number}",
                is_last=is_last,
                now=now(),
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        jobs = [
            pool.submit(send, number, is_last=is_last)
            for _turn in range(TIMES)
            for number in range(PEOPLE)
            for is_last in (True, False)
        ]
        taken = sum(job.result() for job in jobs)
    assert taken == PEOPLE
    assert Envelope.objects.count() == Participation.objects.count() == Received.objects.count() == PEOPLE
    assert EnvelopeFile.objects.count() == 2 * PEOPLE
    assert set(EnvelopeFile.objects.values_list("envelope", flat=True)) == set(
        Envelope.objects.values_list("pk", flat=True)
    )
    assert Tally.objects.get().entered == PEOPLE
