"""Counting who has been heard so far, by group, while a wave is open. The answers themselves stay sealed.

Groups are sex, age and quarter as the questionnaire asks them. Numbers are counted anew when at least five answers
came, and rounded down to five, so that nobody sees one person's answer come in. Never count an answer here.
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
    """Count an open wave's groups anew when five or more answers came since. True when it was done."""
    wave = Wave.objects.filter(pk=wave_id, state=WaveState.OPEN).first()
    if wave is None:
        return False
    number = Envelope.objects.filter(wave=wave).count()
    before = Coverage.objects.filter(wave=wave).values_list("answers", flat=True).first() or 0
    if abs(number - before) < STEP:
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
            "answers": number - number % STEP,
            "cells": _rounded(named_cells(groups)),
            "channels": _rounded(channels),
            "counted_date": on,
        },
    )
    return True


def _rounded(counts: Counter[str]) -> dict[str, int]:
    return {name: number - number % STEP for name, number in sorted(counts.items())}
