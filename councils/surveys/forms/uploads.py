"""Files that answer a question: bounded, judged by their content, photos drawn anew so that nobody's place is in them.

Out of sounds and films goes what a recorder wrote beside them. Nothing here may keep bytes of a kind that a question
did not ask for.
"""

import secrets
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from common.uploads import MEGABYTE, read_document, read_photo
from councils.surveys.actions.attachments import read_recording
from councils.surveys.rules.form import Question

MOST = {"image": 12 * MEGABYTE, "audio": 8 * MEGABYTE, "video": 16 * MEGABYTE, "file": 8 * MEGABYTE}
ACCEPTED = {
    "image": "image/jpeg,image/png,image/webp",
    "audio": "audio/*",
    "video": "video/*",
    "file": "application/pdf,image/jpeg,image/png",
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
    kind, content = read_recording(file, asked=question.type, max_bytes=limit)
    return Sent(_name(kind), content)


def _name(ending: str) -> str:
    """A name that says nothing: what a phone called it may hold a moment or a person."""
    return f"{secrets.token_hex(6)}.{ending}"
