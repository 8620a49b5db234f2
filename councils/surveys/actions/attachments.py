"""Judging the files that come with answers: by what they hold, never by their name or what the sender calls them.

Pictures are drawn anew, so place, time and device are gone; documents likewise or PDF. Of sounds and films what the
recorder wrote beside them is taken out, its place above all; what cannot be read to its end is refused. Nothing of them
is shown before somebody has heard or seen it.
"""

from collections.abc import Mapping
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.uploads import MEGABYTE, read_document, read_photo
from councils.surveys.rules.media import FILMS, SOUNDS, kind_of
from councils.surveys.rules.recordings import UnreadableRecordingError, cleaned

LARGEST_FILE: Final = 10 * MEGABYTE

_WRONG: Final = {
    "audio": _("This file is not a sound that can be taken. Choose one as MP3, M4A, OGG, WAV or AMR."),
    "video": _("This file is not a film that can be taken. Choose one as MP4, WebM or 3GP."),
}
_DAMAGED: Final = _("This recording cannot be read to its end, so the place in it cannot be taken out. Record it anew.")


def checked_files(types: Mapping[str, str], sent: Mapping[str, "UploadedFile[bytes]"]) -> dict[str, bytes]:
    """The bytes to keep, by name. `types` are the types of the questions that name a file; others are left out.

    Refuses what is larger than 10 MB, empty, damaged, or not what its question asks for.
    """
    return {name: _checked(types[name], file) for name, file in sent.items() if name in types}


def _checked(kind: str, file: "UploadedFile[bytes]") -> bytes:
    if kind == "image":
        return read_photo(file, max_bytes=LARGEST_FILE).bytes
    if kind == "file":
        return read_document(file, max_bytes=LARGEST_FILE).bytes
    _ending, content = read_recording(file, asked=kind, max_bytes=LARGEST_FILE)
    return content


def read_recording(file: "UploadedFile[bytes]", *, asked: str, max_bytes: int) -> tuple[str, bytes]:
    """The usual ending of a sound or film (`asked` is audio or video) and its bytes without the recorder's notes.

    Raises `DomainError`: file_too_big, file_empty, not_this_kind, recording_damaged.
    """
    data: bytes = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        sentence = gettext("This file is too large: at most %(limit)s MB can be sent. Choose a smaller one.")
        raise DomainError("file_too_big", sentence % {"limit": max_bytes // MEGABYTE})
    if not data:
        raise DomainError("file_empty", _("This file is empty. Choose it again, or another one."))
    kind = kind_of(data, is_sound=asked == "audio")
    if kind not in (SOUNDS if asked == "audio" else FILMS):
        raise DomainError("not_this_kind", _WRONG[asked])
    try:
        return kind, cleaned(data, kind=kind)
    except UnreadableRecordingError as error:
        raise DomainError("recording_damaged", _DAMAGED) from error
