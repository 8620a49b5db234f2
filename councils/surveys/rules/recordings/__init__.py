"""Sounds and films without what a recorder wrote beside the sound and the picture: place, device, moment, names.

Only parts that playing needs are left; everything else, known or not, is emptied or cut off. What is inside the picture
and the sound themselves stays: a house number that was filmed, a name that was said. Never pass on bytes that this
package could not read to their end.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Final

from councils.surveys.rules.recordings.boxes import without_boxes
from councils.surveys.rules.recordings.damage import UnreadableRecordingError
from councils.surveys.rules.recordings.elements import without_elements
from councils.surveys.rules.recordings.frames import adaptive_frames, mpeg_frames, wave_chunks
from councils.surveys.rules.recordings.pages import without_comments

_BY_KIND: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "mp4": without_boxes,
    "m4a": without_boxes,
    "3gp": without_boxes,
    "webm": without_elements,
    "ogg": without_comments,
    "mp3": mpeg_frames,
    "aac": mpeg_frames,
    "amr": adaptive_frames,
    "wav": wave_chunks,
}


def cleaned(data: bytes, *, kind: str) -> bytes:
    """A recording of a kind that `media.kind_of` names, without metadata. Raises `UnreadableRecordingError`."""
    try:
        return _BY_KIND[kind](data)
    except (IndexError, ValueError, struct.error) as error:
        raise UnreadableRecordingError from error


__all__ = ["UnreadableRecordingError", "cleaned"]
