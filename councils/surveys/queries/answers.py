"""Reads of answers. The seal is here: of an open wave nothing about answers is read but the respondent's own draft.

Never add a read that counts envelopes for anybody to see, or that reads the identity side and answers together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.ids import normalise_ticket
from councils.surveys.models import Draft, Participation, Response, Wave
from councils.surveys.queries.keys import wave_key
from councils.surveys.queries.waves import waves
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import LockedError, WaveKey
from councils.surveys.states import WaveState

_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class OpenedDraft:
    """A draft as its holder sees it: raw answers, whether they were sent before, and the number of the last change."""

    answers: Mapping[str, Any]
    is_sent: bool
    revision: int


class DraftContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a draft's lock holds."""

    answers: dict[str, object]
    is_sent: bool = False
    revision: int = 0


def has_answered(*, who: Respondent, wave: Wave) -> bool:
    """Whether this person, or this code, has taken part. Only ever tell it to the person themself."""
    found = Participation.objects.filter(wave=wave)
    if who.user_id:
        return found.filter(user_id=who.user_id).exists()
    return who.invitation_id is not None and found.filter(invitation_id=who.invitation_id).exists()


def code_mark(key: WaveKey, code: str) -> str:
    """What the database knows a draft by. Takes a code as typed or dictated."""
    return key.mark("draft", normalise_ticket(code))


def draft_of(*, code: str, wave: Wave) -> OpenedDraft | None:
    """The answers so far of whoever holds the code, in this wave."""
    if not code or wave.state != WaveState.OPEN:
        return None
    key = wave_key(wave)
    mark = code_mark(key, code)
    found = Draft.objects.filter(code_mark=mark, wave=wave).first()
    if found is None:
        return None
    try:
        content = msgspec.json.decode(key.open_for(normalise_ticket(code), found.sealed, place=mark), type=DraftContent)
    except LockedError:
        return None
    return OpenedDraft(answers=content.answers, is_sent=content.is_sent, revision=content.revision)


def wave_of_draft(*, code: str) -> Wave | None:
    """The open wave that the holder of a code is answering. Marks differ by wave, so every open wave is asked."""
    for wave in waves().filter(state=WaveState.OPEN).order_by("pk"):
        try:
            mark = code_mark(wave_key(wave), code)
        except DomainError:
            continue
        if Draft.objects.filter(code_mark=mark).exists():
            return wave
    return None


def response_codes(wave_id: UUID, *, after: int = -1) -> Iterator[tuple[int, list[int]]]:
    """(batch, codes) of every answer of a closed wave in batches above `after`, streamed, batch by batch.

    Refuses (`sealed`) while the wave is open: nobody counts before everybody has answered.
    """
    if not Wave.objects.filter(pk=wave_id, state=WaveState.CLOSED).exists():
        raise DomainError("sealed", _("The answers are sealed until the survey is closed."))
    rows = Response.objects.filter(wave_id=wave_id, batch__gt=after).order_by("batch")
    return rows.values_list("batch", "codes").iterator(chunk_size=_ROWS_AT_ONCE)
