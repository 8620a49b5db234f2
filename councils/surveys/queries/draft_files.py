"""Reads of the files that came with unfinished answers: only with the respondent's own code, never in a list."""

from collections.abc import Iterable
from uuid import UUID

from common.ids import normalise_ticket
from councils.surveys.models import EnvelopeFile, Wave
from councils.surveys.queries.answers import code_mark
from councils.surveys.queries.keys import wave_key
from councils.surveys.rules.sealing import LockedError


def folder_of(mark: str) -> UUID:
    """Where the files of a draft lie, from the draft's mark."""
    return UUID(bytes=bytes.fromhex(mark)[:16], version=4)


def draft_files(*, wave: Wave, code: str, names: Iterable[str]) -> dict[str, bytes]:
    """The files of these names that the holder of the code has sent; a name without a file is left out."""
    key = wave_key(wave)
    folder = folder_of(code_mark(key, code))
    ids = {key.file_id(folder, name): name for name in names}
    opened: dict[str, bytes] = {}
    for row in EnvelopeFile.objects.filter(pk__in=ids, wave=wave) if ids else ():
        try:
            opened[ids[row.pk]] = key.open_for(normalise_ticket(code), row.sealed, place=str(row.pk))
        except LockedError:
            continue
    return opened
