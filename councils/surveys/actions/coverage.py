"""Counting who has been heard so far, by group, while a wave is open. The answers themselves stay sealed.

Groups are sex, age and quarter as the questionnaire asks them. Numbers are rounded down to five, and counted anew only
when six answers or more must have come, so that nobody sees one person's answer come in. Never count an answer here.
"""

from collections import Counter
from datetime import date
from uuid import UUID

from django.db import transaction

from councils.surveys.models import Coverage, Envelope, Wave
from councils.surveys.queries import wave_key
from councils.surveys.rules.hearing import named_cells
from councils.surveys.rules.keeping import GROUPS
from councils.surveys.rules.sealing import unpacked
from councils.surveys.states import WaveState

STEP = 5


@transaction.atomic
def count_coverage(*, wave_id: UUID, on: date) -> bool:
    """Count an open wave's groups anew when the rounded number of answers has moved by ten. True when it was done.

    What was counted is known only rounded down: from 5 (it may have been 9) to 10 it can be one single answer.
    """
    wave = Wave.objects.filter(pk=wave_id, state=WaveState.OPEN).first()
    if wave is None:
        return False
    number = Envelope.objects.filter(wave=wave).count()
    rounded = number - number % STEP
    before = Coverage.objects.filter(wave=wave).values_list("answers", flat=True).first() or 0
    if abs(rounded - before) < (2 * STEP if before else STEP):
        return False
    key = wave_key(wave)
    groups: list[tuple[str, str, str]] = []
    channels: Counter[str] = Counter()
    for pk, sealed in Envelope.objects.filter(wave=wave).values_list("pk", "sealed").iterator(chunk_size=500):
        content = unpacked(key.open(sealed, place=str(pk)))
        channels[content.channel] += 1
        sex, age, quarter = (str(content.answers.get(name, "")) for name in GROUPS)
        groups.append((sex, age, quarter))
    Coverage.objects.update_or_create(
        wave=wave,
        defaults={
            "answers": rounded,
            "cells": _rounded(named_cells(groups)),
            "channels": _rounded(channels),
            "counted_date": on,
        },
    )
    return True


def _rounded(counts: Counter[str]) -> dict[str, int]:
    return {name: number - number % STEP for name, number in sorted(counts.items())}
