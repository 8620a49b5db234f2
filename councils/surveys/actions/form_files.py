"""Pictures, sounds and films that a questionnaire shows: judged by their content, kept as they came.

They may be replaced until the first wave of the version begins: what people see while they answer never changes.
"""

import hashlib
import warnings
from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO

from django.db import transaction
from django.utils.translation import gettext
from PIL import Image

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.uploads import DAMAGED, MAX_PIXELS_OTHERWISE, MEGABYTE
from councils.surveys.models import FormFile, Questionnaire, QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.queries.forms import form_of
from councils.surveys.queries.versions import has_begun
from councils.surveys.rules.media import FILMS, LIST_TYPE, SOUNDS, TYPES, kind_of, kinds_by_name
from users.models import User

MOST_FILES = 20  # at once
LARGEST_FORM_FILE = 5 * MEGABYTE
LONGEST_FILE_NAME = 80
MOST_BYTES = 25 * MEGABYTE  # of all files sent at once
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


@transaction.atomic
def add_form_files(
    *, actor: User, version: QuestionnaireVersion, files: Mapping[str, bytes], now: datetime
) -> tuple[str, ...]:
    """Keep files of a version by their names, in the place of those of the same name; gives the names kept.

    Refuses all of them when one cannot be taken, when the questionnaire does not name it, and once a wave has begun.
    """
    can_import(actor, on=day_of(now)).enforce()
    # Two administrators at once take turns here.
    Questionnaire.objects.select_for_update().get(pk=version.questionnaire_id)
    check_form_files(files)
    if unknown := sorted(files.keys() - form_of(version.pk).files):
        message = gettext("The questionnaire shows no file of this name: %(names)s. Rename it as the list says.")
        raise DomainError("not_named", message % {"names": ", ".join(unknown)}, field="beside")
    return keep_form_files(actor=actor, version=version, files=files, now=now)


def keep_form_files(
    *, actor: User | None, version: QuestionnaireVersion, files: Mapping[str, bytes], now: datetime
) -> tuple[str, ...]:
    """Store those of these files that the questionnaire shows. Call it inside a transaction."""
    kinds = kinds_by_name(form_of(version.pk))
    wanted = {name: content for name, content in files.items() if name in kinds}
    _check_not_begun(version, wanted, on=day_of(now))
    for name, content in wanted.items():
        FormFile.objects.update_or_create(
            version=version,
            name=name,
            defaults={
                "content_type": judged(name, content, kinds=kinds[name]),
                "content": content,
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )
    if wanted:
        record(
            now=now,
            actor_id=actor.pk if actor else None,
            town_slug="",
            action="surveys.add_form_files",
            object_type="questionnaire_version",
            object_id=version.pk,
            detail={"files": sorted(wanted)},
        )
    return tuple(sorted(wanted))


def keep_lists(*, version: QuestionnaireVersion, lists: Mapping[str, bytes]) -> None:
    """Store the lists that came beside the sheet, as they came, for taking the questionnaire along.

    The form holds their options already: no page and no device is given these files.
    """
    for name, content in lists.items():
        FormFile.objects.create(
            version=version,
            name=name,
            content_type=LIST_TYPE,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )


def check_form_files(files: Mapping[str, bytes]) -> None:
    """Refuse what is too much or empty."""
    limits = {"number": MOST_FILES, "each": LARGEST_FORM_FILE // MEGABYTE, "together": MOST_BYTES // MEGABYTE}
    if (
        len(files) > MOST_FILES
        or any(len(content) > LARGEST_FORM_FILE for content in files.values())
        or sum(map(len, files.values())) > MOST_BYTES
    ):
        message = gettext("Send at most %(number)s files at once, each up to %(each)s MB, together %(together)s MB.")
        raise DomainError("too_much", message % limits, field="beside")
    for name, content in files.items():
        if len(name) > LONGEST_FILE_NAME:
            message = gettext("The name of this file is longer than %(number)s signs: %(name)s.")
            raise DomainError("name_too_long", message % {"number": LONGEST_FILE_NAME, "name": name}, field="beside")
        if not content:
            raise DomainError("file_empty", gettext("This file is empty: %(name)s.") % {"name": name}, field="beside")


def judged(name: str, content: bytes, *, kinds: frozenset[str]) -> str:
    """The content type of a file that the questionnaire shows as each of `kinds`. Refuses any other file."""
    types = {kind: _type_as(kind, content) for kind in kinds}
    for kind, found in types.items():
        if not found:
            sentences = {
                "image": gettext("This file is not a picture in JPEG, PNG, WebP or GIF that can be shown: %(name)s."),
                "audio": gettext("This file is not a sound in MP3, M4A, OGG, WAV or AMR: %(name)s."),
                "video": gettext("This file is not a film in MP4, WebM or 3GP: %(name)s."),
            }
            raise DomainError("not_this_kind", sentences[kind] % {"name": name}, field="beside")
    return next(iter(types.values()))


def _type_as(kind: str, content: bytes) -> str:
    if kind == "image":
        return _picture_type(content)
    found = kind_of(content, is_sound=kind == "audio")
    if found not in (SOUNDS if kind == "audio" else FILMS):
        return ""
    return TYPES[found] if kind == "video" else TYPES[found].replace("video/", "audio/")


def _picture_type(content: bytes) -> str:
    """Looked at as far as it can be known whether it is a picture; "" when it is none, or one of too many pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=tuple(_PICTURES)) as image:
                if image.width * image.height > MAX_PIXELS_OTHERWISE:
                    return ""
                image.load()
                return _PICTURES[image.format or ""]
    except (*DAMAGED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return ""


def _check_not_begun(version: QuestionnaireVersion, files: Mapping[str, bytes], *, on: date) -> None:
    if files and has_begun(version.pk, on=on):
        raise DomainError(
            "has_begun",
            gettext("A survey with this version has begun, so its pictures and sounds stay. Import a new version."),
            field="beside",
        )
