"""A helper with a device, open surveys of every kind, and codes. Shared by the tests of devices, codes and paper."""

from datetime import timedelta
from typing import Any

from common.clock import day_of, now
from councils.surveys import actions
from councils.surveys.actions.devices import NewDevice, add_device
from councils.surveys.actions.invitations import make_invitations
from councils.surveys.models import Envelope, QuestionnaireVersion, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules.sealing import Content, unpacked
from councils.surveys.states import Audience, InvitationKind
from tests.surveys.odk_client import Device
from towns.models import Town
from users.models import User

SERVER = "http://testserver/odk"


def running_wave(
    town: Town, version: QuestionnaireVersion, audience: Audience = Audience.INVITED, *, begins: int = 0, days: int = 9
) -> Wave:
    """An open wave from today on."""
    moment = now()
    first = day_of(moment) + timedelta(days=begins)
    return actions.open_wave(
        actor=None,
        town=town,
        version=version,
        opens_date=first,
        closes_date=first + timedelta(days=days),
        audience=audience,
        now=moment,
    )


def codes_for(wave: Wave, number: int, kind: InvitationKind = InvitationKind.PERSON) -> list[str]:
    return make_invitations(actor=None, wave=wave, kind=kind, number=number, batch="tests", now=now())


def new_device(helper: User, town: Town) -> NewDevice:
    return add_device(actor=helper, town=town, label="Blue tablet", now=now())


def by_token(made: NewDevice, **told: Any) -> Device:
    """The device as the square code sets it up."""
    return Device(server=f"{SERVER}/{made.token}", **told)


def by_name(made: NewDevice, **told: Any) -> Device:
    """The device as somebody sets it up by typing."""
    return Device(server=SERVER, username=made.device.username, secret=made.secret, **told)


def contents(wave: Wave) -> list[Content]:
    """What lies in the envelopes of a wave, opened with its key, in the order of answers."""
    key = wave_key(wave)
    rows = Envelope.objects.filter(wave=wave).values_list("pk", "sealed")
    return sorted((unpacked(key.open(sealed, place=str(pk))) for pk, sealed in rows), key=lambda one: str(one.answers))
