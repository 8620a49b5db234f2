"""Judging the files that come with answers: by what they hold, never by their name or what the sender calls them.

Pictures are drawn anew, so place, time and device are gone; documents likewise or PDF. Sound and film are told by their
first bytes and kept as they are: nothing of them is shown before somebody has heard or seen it.
"""

from collections.abc import Mapping
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.uploads import read_document, read_photo

LARGEST_FILE: Final = 10 * 1024 * 1024

_SOUND_OR_FILM: Final = (b"OggS", b"ID3", b"fLaC", b"#!AMR", b"\x1a\x45\xdf\xa3")
_ISO_AT, _ISO = 4, b"ftyp"  # MP4, M4A, 3GP, MOV
_MPEG_SYNC, _MPEG_MASK = 0xFF, 0xE0


def checked_files(types: Mapping[str, str], sent: Mapping[str, "UploadedFile[bytes]"]) -> dict[str, bytes]:
    """The bytes to keep, by name. `types` are the types of the questions that name a file; others are left out.

    Refuses what is larger than 10 MB, empty, or not what its question asks for.
    """
    return {name: _checked(types[name], file) for name, file in sent.items() if name in types}


def _checked(kind: str, file: "UploadedFile[bytes]") -> bytes:
    if kind == "image":
        return read_photo(file, max_bytes=LARGEST_FILE).bytes
    if kind == "file":
        return read_document(file, max_bytes=LARGEST_FILE).bytes
    content: bytes = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise DomainError("file_too_big", _("This sound or film is larger than 10 MB. Make a shorter one."))
    if not _is_sound_or_film(content):
        raise DomainError("not_a_recording", _("This file is neither sound nor film. Record it once more."))
    return content


def _is_sound_or_film(content: bytes) -> bool:
    if content.startswith(_SOUND_OR_FILM) or content[_ISO_AT : _ISO_AT + len(_ISO)] == _ISO:
        return True
    if content[:4] == b"RIFF" and content[8:12] in {b"WAVE", b"AVI "}:
        return True
    return len(content) > 1 and content[0] == _MPEG_SYNC and content[1] & _MPEG_MASK == _MPEG_MASK
