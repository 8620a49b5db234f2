"""Reads about helpers' devices and the forms they get.

A device sees the open surveys of its own town and nothing else. Never return a secret: only its owner saw it, once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_noop, override

from common.errors import NotFound
from councils.surveys.models import FormFile, HelperDevice, QuestionnaireVersion, Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries.forms import form_of
from councils.surveys.queries.waves import waves
from councils.surveys.rules.device_form import CodeWords, device_form, device_form_id, own_form_id
from councils.surveys.rules.digest import DeviceKeys
from councils.surveys.rules.media import LIST_TYPE
from councils.surveys.states import Audience, Channel, WaveState
from towns.models import Town
from users.models import User

# By its own name: the catalogues are collected by the names of functions, and know no other for this one.
_TITLE = gettext_noop("The respondent's code")
_SCAN = gettext_noop("Scan the square code on the letter or the sheet.")
_TYPED = gettext_noop("Or type the code that stands on it.")
_HINT = gettext_noop("Nine letters and digits, for example 7KD-4XM-2TF. Dashes and small letters do not matter.")
_WRONG = gettext_noop("A code has nine letters and digits. Look at the letter once more.")


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """The bytes of a wave's form for devices, and their MD5 in hex."""

    xml: bytes
    digest: str


def device_keys() -> DeviceKeys:
    """The keys that nonces and devices' secrets are protected with."""
    return DeviceKeys(settings.SECRET_KEY)


def device_by_token(token: str, *, on: date) -> HelperDevice | None:
    """The device whose address holds this token, unless it was revoked or has run out."""
    return _usable(on).filter(token_sha256=hashlib.sha256(token.encode()).hexdigest()).first()


def device_by_username(username: str, *, on: date) -> HelperDevice | None:
    """The device of this name, unless it was revoked or has run out. Says nothing about who is asking."""
    return _usable(on).filter(username=username).first()


def devices_of(*, town: Town, user: User | None, on: date) -> list[HelperDevice]:
    """Devices of a town that work, the newest first; those of one helper when `user` is given. One query."""
    found = _usable(on).filter(town=town)
    if user is not None:
        found = found.filter(user=user)
    return list(found.order_by("-created_at", "pk"))


def device_in(town: Town, device_id: UUID) -> HelperDevice:
    """A device of this town; raises `NotFound`."""
    found = HelperDevice.objects.select_related("user", "town").filter(pk=device_id, town=town).first()
    if found is None:
        raise NotFound("no_such_device", gettext("There is no such device. Look at the list once more."))
    return found


def waves_for_devices(*, town: Town, on: date) -> list[Wave]:
    """The waves of a town that helpers' devices may send to on that day, the oldest first."""
    found = waves().filter(town=town, state=WaveState.OPEN).order_by("number")
    return [wave for wave in found if accepts_answers(wave, on=on, channel=Channel.DEVICE)]


def wave_of_form(*, town: Town, form_id: str) -> Wave:
    """The wave of a town whose form on devices has this id, open or not. Raises `NotFound`."""
    _own, sign = own_form_id(form_id)
    found = waves().exclude(state=WaveState.DRAFT).filter(town=town).order_by("-number") if sign else ()
    for wave in found:
        if wave.pk.hex.endswith(sign):
            return wave
    raise NotFound(
        "no_such_form", gettext("This form belongs to no survey of your town. Download the list of forms anew.")
    )


def form_id_of(wave: Wave) -> str:
    """The id of a wave's form on devices: no two waves share one."""
    return device_form_id(form_of(wave.version_id).form_id, wave.pk)


def form_for_devices(wave: Wave) -> DeviceForm:
    """The form of a wave as devices get it. Made once per process: neither the form nor the setting ever changes."""
    return _form(wave.pk, wave.version_id, asks_for_code=wave.audience != Audience.OPEN)


@lru_cache(maxsize=64)
def _form(wave_id: UUID, version_id: UUID, *, asks_for_code: bool) -> DeviceForm:
    xform = QuestionnaireVersion.objects.values_list("xform", flat=True).get(pk=version_id)
    xml = device_form(xform, wave_id=wave_id, words=_code_words() if asks_for_code else None)
    return DeviceForm(xml=xml, digest=hashlib.md5(xml, usedforsecurity=False).hexdigest())


def _code_words() -> CodeWords:
    return CodeWords(
        title=_everywhere(_TITLE),
        scan=_everywhere(_SCAN),
        typed=_everywhere(_TYPED),
        hint=_everywhere(_HINT),
        wrong=_everywhere(_WRONG),
    )


def _everywhere(text: str) -> dict[str, str]:
    said = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            said[code] = gettext(text)
    return said


def with_files(waves: Iterable[Wave]) -> frozenset[UUID]:
    """The waves whose questionnaires show pictures or sounds. One query."""
    listed = list(waves)
    versions = {wave.version_id for wave in listed}
    found = frozenset(_shown().filter(version_id__in=versions).values_list("version_id", flat=True))
    return frozenset(wave.pk for wave in listed if wave.version_id in found)


def files_of(wave: Wave) -> list[tuple[str, str]]:
    """(name, MD5 in hex) of every picture and sound of the questionnaire, by name."""
    found = _shown().filter(version_id=wave.version_id).order_by("name")
    return [(file.name, hashlib.md5(file.content, usedforsecurity=False).hexdigest()) for file in found]


def file_of(wave: Wave, name: str) -> FormFile:
    """One of them; raises `NotFound`."""
    found = _shown().filter(version_id=wave.version_id, name=name).first()
    if found is None:
        raise NotFound("no_such_file", gettext("This form has no such file. Download the form anew."))
    return found


def _shown() -> QuerySet[FormFile]:
    return FormFile.objects.exclude(content_type=LIST_TYPE)


def _usable(on: date) -> QuerySet[HelperDevice]:
    found = HelperDevice.objects.select_related("user", "town")
    return found.filter(Q(revoked_at__isnull=True), expires_date__gte=on)
