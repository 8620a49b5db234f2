"""Opening the envelopes of a wave that has ended: all of them at once, shuffled whole, in one transaction.

What was locked is read, divided (`rules/keeping.py`) and written in an order that chance made; the envelopes, drafts
and marks are deleted, and then the key is destroyed. Copies of the locked rows in backups and write-ahead logs stay
locked for ever. Never open a part of a wave, and never write while anybody can still answer.

Texts, files and ways of answering are shuffled each by themselves: where they kept the order of the closed answers, or
named the group of who gave them, a rare group, or the place in the table, would join a person's words to the rest.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from audit.actions import record
from councils.surveys.actions.keys import destroy_key
from councils.surveys.models import Draft, Envelope, EnvelopeFile, OpenAnswer, Received, Response, Wave
from councils.surveys.queries import form_of, wave_key
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.keeping import kept
from councils.surveys.rules.sealing import WaveKey, unpacked
from councils.surveys.states import WaveState
from towns.models import Town
from towns.queries import margin_tables

BATCH = 1_000
_DICE = secrets.SystemRandom()
_Thing = TypeVar("_Thing")
_File = tuple[str, UUID]  # the name of the question, the id of the file in its envelope


@transaction.atomic
def unseal_wave(*, wave_id: UUID, now: datetime) -> bool:
    """Open an ended wave: True when it was done, False when there is nothing to do any more.

    Refuses (`key_missing`) while the wave's key is not there. The caller destroys the key after commit
    (`destroy_keys`) and asks for the count. Memory is bounded by a batch, not by the wave.
    """
    wave = Wave.objects.select_for_update(of=("self",)).select_related("town").filter(pk=wave_id).first()
    if wave is None or wave.state != WaveState.ENDED:
        return False
    key = wave_key(wave)
    wave.state = WaveState.CLOSED
    wave.closed_at = now
    # A town may have got its tables while the wave ran; tables that were there keep their place.
    wave.margins = wave.margins or town_margins(wave.town)
    wave.save(update_fields=["state", "closed_at", "margins"])
    form = form_of(wave.version_id)
    texts: list[OpenAnswer] = []
    files: list[_File] = []
    everybody = _shuffled(list(Envelope.objects.filter(wave=wave).values_list("pk", flat=True)))
    for number, ids in enumerate(alike(everybody)):
        Response.objects.bulk_create(list(_responses(wave, form, key, ids, batch=number, texts=texts, files=files)))
    OpenAnswer.objects.bulk_create(_shuffled(texts), batch_size=BATCH)
    for question, file_id in _shuffled(files):
        _keep_file(wave, key, file_id, question=question)
    for table in (EnvelopeFile, Envelope, Draft, Received):
        table.objects.filter(wave=wave).delete()
    record(
        now=now,
        actor_id=None,
        town_slug=wave.town.slug,
        action="surveys.open_envelopes",
        object_type="wave",
        object_id=wave.pk,
    )
    return True


def alike(ids: list[UUID]) -> list[list[UUID]]:
    """`ids` in order, in as few parts of at most `BATCH` as there can be, all of nearly one size: ways of answering are
    shuffled within a part, and in a small last one they would stay where they were."""
    parts = max(1, -(-len(ids) // BATCH))
    ends = [len(ids) * number // parts for number in range(parts + 1)]
    return [ids[start:end] for start, end in pairwise(ends)]


def destroy_keys(*, waves: Iterable[Wave]) -> int:
    """Destroy the keys of waves that are closed for certain. Safe to run again at any point."""
    done = 0
    for wave in waves:
        destroy_key(wave_id=wave.pk)
        done += Wave.objects.filter(pk=wave.pk, state=WaveState.CLOSED).update(key_sha256="")
    return done


def _shuffled(things: list[_Thing]) -> list[_Thing]:
    _DICE.shuffle(things)
    return things


def _responses(
    wave: Wave,
    form: CompiledForm,
    key: WaveKey,
    ids: list[UUID],
    *,
    batch: int,
    texts: list[OpenAnswer],
    files: list[_File],
) -> Iterator[Response]:
    """The rows of one batch in the order of `ids`; open answers are put aside, and files by name."""
    sealed = dict(Envelope.objects.filter(pk__in=ids).values_list("pk", "sealed"))
    contents = [unpacked(key.open(sealed[pk], place=str(pk))) for pk in ids]
    # How many went each way is published. Which way an answer went is kept of none: where few did, it would tell whose.
    channels = _shuffled([content.channel for content in contents])
    for pk, content, channel in zip(ids, contents, channels, strict=True):
        parts = kept(form, content.answers)
        texts.extend(OpenAnswer(wave=wave, question=name, text=text) for name, text in parts.texts if text)
        files.extend((name, key.file_id(pk, file)) for name, file in parts.files)
        yield Response(wave=wave, batch=batch, channel=channel, answers=parts.closed, codes=content.codes)


def _keep_file(wave: Wave, key: WaveKey, file_id: UUID, *, question: str) -> None:
    """A photo or sound as an open answer of its own."""
    stored = EnvelopeFile.objects.filter(pk=file_id).first()
    if stored is not None:
        content = key.open(stored.sealed, place=str(file_id))
        OpenAnswer.objects.create(wave=wave, question=question, file=content)


def town_margins(town: Town) -> list[dict[str, Any]]:
    """The population tables of a town as they are today, to be kept with a wave."""
    return [asdict(table) for table in margin_tables(town=town)]
