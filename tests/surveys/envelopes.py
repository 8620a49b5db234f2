"""What the envelopes of an open wave hold, read with the wave's key: for tests that must look inside."""

from councils.surveys import queries
from councils.surveys.models import Envelope, Wave
from councils.surveys.rules.sealing import Content, unpacked


def contents(wave: Wave) -> list[Content]:
    """Every envelope's content, in no order."""
    key = queries.wave_key(wave)
    return [unpacked(key.open(one.sealed, place=str(one.pk))) for one in Envelope.objects.filter(wave=wave)]


def content(wave: Wave) -> Content:
    """The only one."""
    (found,) = contents(wave)
    return found
