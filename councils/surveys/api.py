"""Where helpers' own programs send filled questionnaires: one response, or many, judged as those of every channel.

A program proves itself by its device's token; there is no session and no cookie. Surveys for everybody may be answered
without one. Nothing of a request is logged, and a reply never repeats what was answered.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any, Final, cast
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.pace import may_go_on_about
from common.problems import TOO_MANY, problem
from councils.surveys import actions, queries
from councils.surveys.actions.invitations import respondent_of
from councils.surveys.models import HelperDevice, Wave
from councils.surveys.permissions import accepts_answers, can_help
from councils.surveys.queries import devices
from councils.surveys.rules import check
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.unknown import MOST_TOLD, unknown_names
from councils.surveys.states import Audience, Channel
from users.models import User

LARGEST_BODY: Final = 2_000_000  # bytes
MOST_RESPONSES: Final = 100  # of one request


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One filled questionnaire. `answers` are nested as the form is."""

    instance: UUID
    answers: dict[str, Any]
    code: str = ""


class Fate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one: `taken`, `known` (it came before and changes nothing) or `refused`."""

    instance: UUID
    state: str
    code: str = ""
    message: str = ""
    errors: dict[str, str] = {}
    unknown: list[str] = []  # names that the form does not have: their answers are not kept


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("This is too large to be sent at once. Send fewer answers in one request.")


class Unreadable(APIException):
    status_code = HTTPStatus.BAD_REQUEST
    default_code = "unreadable"
    default_detail = _("This cannot be read. The description of the API says what is expected.")


class ResponsesParser(BaseParser):
    """JSON of one response, or of a list of them, read by its type. Refuses what is too large or of another shape."""

    media_type = "application/json"
    _one: Final = msgspec.json.Decoder(Sent)
    _many: Final = msgspec.json.Decoder(list[Sent])

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, list[Sent]]:
        body = stream.read(LARGEST_BODY + 1)  # whatever a header says, no more is read
        if len(body) > LARGEST_BODY:
            raise TooLarge
        try:
            sent = self._many.decode(body) if body.lstrip()[:1] == b"[" else [self._one.decode(body)]
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise Unreadable from error
        if not sent or len(sent) > MOST_RESPONSES:
            raise Unreadable
        return {"responses": sent}


class JsonAlone(DefaultContentNegotiation):
    """Replies in JSON, whatever is asked for: there is nothing else to choose."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        if request.content_type == parsers[0].media_type:  # as nearly every program writes it
            return cast("BaseParser", parsers[0])
        return super().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class DeviceToken(BaseAuthentication):
    """`Authorization: Token <secret>`: the token of a helper's device that works, and may still help in its town."""

    def authenticate(self, request: Request) -> tuple[User, HelperDevice] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        words = header.split()
        # A look-alike of the word or the secret (as pasted from a letter) means a device too: never as if nobody's.
        # Of what is not ASCII the server leaves nothing but the empty header.
        if words and header.isascii() and words[0].lower() != "token":
            return None
        token = words[1] if len(words) == 2 and header.isascii() else ""  # noqa: PLR2004 - the word and the secret
        device = devices.device_by_token(token, on=day_of(now()))
        if device is None:
            raise AuthenticationFailed(
                _("This device is not known here any more. Set it up anew on the page for helpers.")
            )
        return device.user, device

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = DeviceToken
    name = "deviceToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        words = "The word Token, a space, and the token of a helper's device."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


class Pace(AnonRateThrottle):
    """As often as the other parts of the API, counted for each device, and for each network without one."""

    num_requests: int | None
    duration: int

    def allow_request(self, request: Request, view: APIView) -> bool:
        if self.num_requests is None:
            return True
        device = _device(request)
        return may_go_on_about(
            cast("HttpRequest", request),
            purpose="responses",
            at_most=self.num_requests,
            seconds=self.duration,
            account=device and device.pk,
        )

    def wait(self) -> float:
        return float(self.duration)


_RESPONSE = inline_serializer(
    "SurveyResponse",
    {
        "instance": serializers.UUIDField(help_text="chosen by the sender; sent again it changes nothing"),
        "code": serializers.CharField(required=False, help_text="of the letter or sheet, or the person's own code"),
        "answers": serializers.DictField(help_text="by name of the question; a repeated group is a list of objects"),
    },
)
_FATES = inline_serializer(
    "SurveyResponseFates",
    {
        "results": inline_serializer(
            "SurveyResponseFate",
            {
                "instance": serializers.UUIDField(),
                "state": serializers.ChoiceField(choices=["taken", "known", "refused"]),
                "code": serializers.CharField(required=False, help_text="why it was refused, for programs"),
                "message": serializers.CharField(required=False, help_text="why it was refused, for people"),
                "errors": serializers.DictField(
                    child=serializers.CharField(), required=False, help_text="per question: `trees`, `child/0/age`"
                ),
                "unknown": serializers.ListField(
                    child=serializers.CharField(),
                    required=False,
                    max_length=MOST_TOLD,
                    help_text="names that the survey does not have (`tres`, `child/0/aeg`), the first 20: what was "
                    "sent by them is not kept, even where the rest was taken",
                ),
            },
            many=True,
        )
    },
)


class WaveResponses(APIView):
    authentication_classes = (DeviceToken,)
    throttle_classes = (Pace,)
    parser_classes = (ResponsesParser,)
    content_negotiation_class = JsonAlone

    @extend_schema(
        operation_id="surveys_send_responses",
        request=_RESPONSE,
        auth=cast("list[str]", [{"deviceToken": []}, {}]),  # as OpenAPI writes it, whatever the stubs say
        responses={
            200: _FATES,
            207: _FATES,
            400: problem("the body cannot be read, or holds more than 100 responses"),
            401: problem("no token, or one of a device that does not work any more"),
            403: problem("the device is of another town, or its helper may not help there"),
            404: problem("no such survey"),
            409: problem("the survey takes no answers now"),
            413: problem("more than two megabytes"),
            429: TOO_MANY,
        },
    )
    def post(self, request: Request, wave_id: UUID) -> HttpResponse:
        """Send one filled questionnaire, or a list of up to 100.

        Each is judged by itself and the reply says what became of it, in the same order; 207 when one was refused.
        Sent again under the same instance it changes nothing. Answers by a name that the survey does not have are not
        kept; `unknown` lists those names. Surveys for everybody need no token.
        """
        moment = now()
        wave = queries.wave_for_sending(wave_id)
        helper, channel = _sender(request, wave, moment)
        if not (verdict := accepts_answers(wave, on=day_of(moment), channel=channel)):
            raise DomainError("not_open", verdict.reason)
        responses = cast("dict[str, list[Sent]]", request.data).get("responses")
        if not responses:  # an empty body reaches no parser
            raise Unreadable
        fates = [_take(wave, sent, helper, channel, moment) for sent in responses]
        status = HTTPStatus.MULTI_STATUS if any(fate.state == "refused" for fate in fates) else HTTPStatus.OK
        body = msgspec.json.encode({"results": fates})  # written by its type, as the request was read
        return HttpResponse(body, status=status, content_type="application/json")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "no-store"
        request.parser_context = {}  # it held view and request, which hold each other: now they go with the reply
        return final


def _device(request: Request) -> HelperDevice | None:
    return cast("HelperDevice | None", request.auth)


def _sender(request: Request, wave: Wave, moment: datetime) -> tuple[UUID | None, Channel]:
    """The helper who sends, None for anybody; as what it is counted: without a device it is as good as a web page."""
    device = _device(request)
    if device is None:
        if wave.audience != Audience.OPEN:
            raise NotAuthenticated(_("This survey needs the token of a helper's device."))
        return None, Channel.WEB
    if device.town_id != wave.town_id:
        raise Forbidden("other_town", _("This device belongs to another town."))
    can_help(device.user, device.town, on=day_of(moment)).enforce()
    return device.user_id, Channel.DEVICE


def _take(wave: Wave, sent: Sent, helper: UUID | None, channel: Channel, moment: datetime) -> Fate:
    instance = f"uuid:{sent.instance}"  # as devices write it: by whichever way it comes, it is the same submission
    try:
        if wave.audience == Audience.OPEN:
            who = Respondent(instance=instance, helper_id=helper)
        else:
            who = replace(respondent_of(wave=wave, code=sent.code), helper_id=helper)
        is_new = actions.submit_answers(
            wave=wave, who=who, answers=sent.answers, now=moment, channel=channel, instance=instance
        )
    except DomainError as error:
        errors = _errors(wave, sent, moment) if error.code == "incomplete" else {}
        told = {"code": error.code, "message": str(error.message)}
        return Fate(sent.instance, "refused", errors=errors, unknown=_unknown(wave, sent), **told)
    return Fate(sent.instance, "taken" if is_new else "known", unknown=_unknown(wave, sent))


def _unknown(wave: Wave, sent: Sent) -> list[str]:
    return unknown_names(queries.form_of(wave.version_id), sent.answers)


def _errors(wave: Wave, sent: Sent, moment: datetime) -> dict[str, str]:
    """What is wrong, question by question, in the reader's language."""
    form = queries.form_of(wave.version_id)
    faults = check(form, sent.answers, language=get_language() or "", today=day_of(moment)).errors
    return {address: fault.message for address, fault in faults.items()}
