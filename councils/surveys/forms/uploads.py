"""Files that answer a question: bounded, judged by their content, photos drawn anew so that nobody's place is in them.

Sounds and films are recognised by their first bytes and kept as they are: what a recorder wrote into them stays, and
the page says so. Nothing here may keep bytes of a kind that a question did not ask for.
"""

import secrets
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.uploads import MEGABYTE, read_document, read_photo
from councils.surveys.rules.form import Question
from councils.surveys.rules.media import FILMS, SOUNDS, kind_of

MOST = {"image": 12 * MEGABYTE, "audio": 8 * MEGABYTE, "video": 16 * MEGABYTE, "file": 8 * MEGABYTE}
ACCEPTED = {
    "image": "image/jpeg,image/png,image/webp",
    "audio": "audio/*",
    "video": "video/*",
    "file": "application/pdf,image/jpeg,image/png",
}
_WRONG = {
    "audio": _("This file is not a sound that can be taken. Choose one as MP3, M4A, OGG, WAV or AMR."),
    "video": _("This file is not a film that can be taken. Choose one as MP4, WebM or 3GP."),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was checked, under the name by which the answer calls it."""

    name: str
    content: bytes


def read_sent(question: Question, file: "UploadedFile[bytes]") -> Sent:
    """A file for a question. Raises `DomainError` with what to do: too big, empty, damaged, of another kind."""
    limit = MOST[question.type]
    if question.type == "image":
        return Sent(_name("jpg"), read_photo(file, max_bytes=limit).bytes)
    if question.type == "file":
        document = read_document(file, max_bytes=limit)
        return Sent(_name(document.safe_name.rpartition(".")[2]), document.bytes)
    data: bytes = file.read(limit + 1)
    if len(data) > limit:
        sentence = gettext("This file is too large: at most %(limit)s MB can be sent. Choose a smaller one.")
        raise DomainError("file_too_big", sentence % {"limit": limit // MEGABYTE})
    if not data:
        raise DomainError("file_empty", _("This file is empty. Choose it again, or another one."))
    kind = kind_of(data, is_sound=question.type == "audio")
    if kind not in (SOUNDS if question.type == "audio" else FILMS):
        raise DomainError("not_this_kind", _WRONG[question.type])
    return Sent(_name(kind), data)


def _name(ending: str) -> str:
    """A name that says nothing: what a phone called it may hold a moment or a person."""
    return f"{secrets.token_hex(6)}.{ending}"
