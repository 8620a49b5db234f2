"""Where devices send filled forms: `HEAD` tells how large a part may be, `POST` takes one part after the other.

The body is read into memory, never onto the disk: a file that a crash leaves behind would lie there in clear.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict, RawPostDataException
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.http import status_of
from councils.surveys import queries
from councils.surveys.actions.attachments import checked_files
from councils.surveys.actions.invitations import respondent_of
from councils.surveys.actions.submissions import take_part
from councils.surveys.models import HelperDevice, Wave
from councils.surveys.permissions import accepts_answers
from councils.surveys.queries import devices
from councils.surveys.rules import CompiledForm, check
from councils.surveys.rules.device_form import Submission, UnreadableError, read_submission
from councils.surveys.rules.files import types_of_files
from councils.surveys.rules.instance import InstanceRefusedError, from_instance
from councils.surveys.rules.openrosa import LARGEST_BODY
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Audience, Channel
from councils.surveys.views.odk import address, for_devices, said

XML_PART: Final = "xml_submission_file"
INCOMPLETE: Final = "*isIncomplete*"
_ROOM: Final = LARGEST_BODY + 512 * 1024  # a file as large as allowed, the answers and what multipart adds
_DROPPED: Final = 64 * 1024 * 1024  # of a larger body the rest is not waited for
_PIECE: Final = 64 * 1024
_QUESTIONS_NAMED: Final = 3


class _InMemory(MemoryFileUploadHandler):
    """Keeps every part in memory; the body was bounded before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


@for_devices("HEAD", "POST")
def submission(request: HttpRequest, device: HelperDevice) -> HttpResponse:
    """One part of a submission. 201 when it was taken; sent again it changes nothing and is answered alike.

    Refusals, too, say how large a part may be.
    """
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    if request.method == "POST":
        try:
            response = _taken(request, device)
        except DomainError as error:
            response = said(str(error.message), status_of(error))
    token = str(request.resolver_match.kwargs.get("token", "")) if request.resolver_match else ""
    response["Location"] = address(request, token, "submission")
    response["X-OpenRosa-Accept-Content-Length"] = str(LARGEST_BODY)
    return response


def _taken(request: HttpRequest, device: HelperDevice) -> HttpResponse:
    try:
        body = _body(request)
        if len(body) > _ROOM:
            words = gettext("This is too large to be sent at once. Make pictures and recordings smaller.")
            return said(words, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        fields, files = _parts(request, body)
        sent = _submission(files)
    except (MultiPartParserError, UnreadableError, RawPostDataException):
        return said(gettext("This is no filled form. Send it once more."), HTTPStatus.BAD_REQUEST)
    wave = devices.wave_of_form(town=device.town, form_id=sent.form_id)
    moment = now()
    verdict = accepts_answers(wave, on=day_of(moment), channel=Channel.DEVICE)
    if not verdict:
        raise Forbidden("not_open", verdict.reason)
    form = queries.form_of(wave.version_id)
    try:
        answers = from_instance(form, sent.xml)
    except InstanceRefusedError as error:
        return said(error.message, HTTPStatus.BAD_REQUEST)
    try:
        take_part(
            wave=wave,
            who=_respondent(wave, sent, device),
            answers=answers,
            files=checked_files(types_of_files(form, answers), files),
            instance=sent.instance,
            is_last=fields.get(INCOMPLETE, "").lower() != "yes",
            now=moment,
        )
    except DomainError as error:
        if error.code != "incomplete":
            raise
        words = _faults(form, answers, wave, str(error.message))
        return said(words, HTTPStatus.UNPROCESSABLE_ENTITY)
    return said(gettext("Thank you. The answers have arrived."), HTTPStatus.CREATED)


def _body(request: HttpRequest) -> bytes:
    """The body, at most one byte more than fits. Devices may send it in chunks, without saying how long it is.

    What is too large is let in and thrown away: a device that is cut off while it sends never reads why.
    """
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    read = request.META["wsgi.input"].read if is_chunked else request.read
    if not is_chunked and int(request.META.get("CONTENT_LENGTH") or 0) > _ROOM:
        _drop(read)
        return bytes(_ROOM + 1)
    body = bytes(read(_ROOM + 1))
    if len(body) > _ROOM:
        _drop(read)
    return body


def _drop(read: Callable[[int], bytes]) -> None:
    left = _DROPPED
    while left > 0 and (piece := read(min(_PIECE, left))):
        left -= len(piece)


def _parts(request: HttpRequest, body: bytes) -> tuple[QueryDict, "MultiValueDict[str, UploadedFile[bytes]]"]:
    meta = {**request.META, "CONTENT_LENGTH": str(len(body))}
    if not str(meta.get("CONTENT_TYPE", "")).startswith("multipart/"):
        raise MultiPartParserError
    return MultiPartParser(meta, BytesIO(body), [_InMemory(request)], "utf-8").parse()


def _submission(files: "Mapping[str, UploadedFile[bytes]]") -> Submission:
    if XML_PART not in files:
        raise UnreadableError("not_xml")
    return read_submission(files[XML_PART].read())


def _respondent(wave: Wave, sent: Submission, device: HelperDevice) -> Respondent:
    """Whose answers these are: the holder of a code, or in open surveys nobody in particular."""
    if wave.audience == Audience.OPEN:
        # A device that changed what it had sent says so: the new answers take the place of the old ones.
        return Respondent(instance=sent.replaced or sent.instance, helper_id=device.user_id)
    try:
        who = respondent_of(wave=wave, code=sent.code)
    except DomainError as error:
        raise Forbidden(error.code, error.message) from error
    return replace(who, helper_id=device.user_id)


def _faults(form: CompiledForm, answers: Mapping[str, Any], wave: Wave, sentence: str) -> str:
    """Which questions need another look, by their words; never what was answered."""
    language = get_language() or ""
    faults = check(form, answers, language=language, today=day_of(now())).errors
    labels = {question.name: form.words(question.labels, language) or question.name for question in form.questions}
    named = [labels.get(place.rpartition("/")[2], place) for place in faults]
    shown = "; ".join(named[:_QUESTIONS_NAMED])
    return f"{sentence} {shown}" if shown else sentence
