"""For phones without network: the way by which answers come later (what a phone keeps meanwhile: `kept.py`).

What comes is a change to the answers under a code, numbered by the phone, so that one that is sent again or comes late
undoes nothing; a sending has an id of its own and counts once. Nothing here logs anybody or shows an answer.
"""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError
from councils.surveys import actions, queries
from councils.surveys.forms import SHOWN, shown_questions, typed_answers
from councils.surveys.forms.places import at, put
from councils.surveys.forms.rounds import has_round, seat_of, with_rounds
from councils.surveys.forms.typed import PART, PREFIX
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries import OpenedDraft
from councils.surveys.queries.draft_files import draft_files
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Channel
from councils.surveys.views import codes, doors
from councils.surveys.views.keeping import Answers, keep, keep_files, may_begin
from councils.surveys.views.sending import file_names

LARGEST_BODY = 400_000  # bytes


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a phone sends: pairs of form fields for the questions of `shown`, and whether all is to be sent now.

    `rounds` and `gone` are rounds of repeated groups that it made or took away, by the marks that it gave them.
    """

    revision: int
    code: str = ""
    owner: str = ""
    instance: str = ""
    shown: list[str] = []
    pairs: list[tuple[str, str]] = []
    rounds: list[str] = []
    gone: list[str] = []
    send: bool = False


class _StoppedError(Exception):
    """A reply that the phone acts on, in place of taking what it sent."""

    def __init__(self, state: str, status: HTTPStatus) -> None:
        super().__init__(state)
        self.reply = _reply(state, status)


@never_cache
@require_http_methods(["GET", "POST"])
def sync(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """GET: the token for the POST. POST: answers that waited on a phone; the reply says what became of them."""
    wave = queries.wave_by_id(wave_id)
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    moment = now()
    try:
        return _receive(request, wave, moment)
    except _StoppedError as stopped:
        return stopped.reply
    except DomainError as error:
        return _reply("closed" if error.code == "not_open" else "refused", HTTPStatus.CONFLICT)


@sensitive_variables("sent")
def _receive(request: HttpRequest, wave: Wave, moment: datetime) -> HttpResponse:
    today = day_of(moment)
    if not accepts_answers(wave, on=today):
        raise _StoppedError("closed", HTTPStatus.CONFLICT)
    try:
        sent = msgspec.json.decode(_said(request), type=Sent)
    except msgspec.MsgspecError as error:
        raise _StoppedError("unreadable", HTTPStatus.BAD_REQUEST) from error
    # A page without network does not know the code; the browser does.
    known = sent.code or codes.code_from(request)
    draft = queries.draft_of(code=known, wave=wave)
    code = known if draft else actions.new_code()
    who = doors.respondent_of(request, wave, code=code)
    if who is None:
        raise _StoppedError("sign_in", HTTPStatus.UNAUTHORIZED)
    if sent.owner and sent.owner != doors.owner_mark(wave, who):
        raise _StoppedError("other", HTTPStatus.CONFLICT)
    if not can_answer(who, wave, on=today):
        raise _StoppedError("not_for_you", HTTPStatus.FORBIDDEN)
    if draft is None and not may_begin(request):
        raise _StoppedError("too_many", HTTPStatus.TOO_MANY_REQUESTS)
    response = _take(request, wave, who, sent, draft, code=code, moment=moment)
    if code != codes.code_from(request):
        codes.remember(response, wave=wave, code=code, secure=request.is_secure())
    return response


def _said(request: HttpRequest) -> bytes:
    """The message itself; beside a file it is one part of a form."""
    in_parts = request.content_type == "multipart/form-data"
    said = request.POST.get("said", "").encode() if in_parts else request.body
    return said if len(said) <= LARGEST_BODY else b""


def _take(
    request: HttpRequest,
    wave: Wave,
    who: Respondent,
    sent: Sent,
    draft: OpenedDraft | None,
    *,
    code: str,
    moment: datetime,
) -> HttpResponse:
    form = queries.form_of(wave.version_id)
    refused: dict[str, str] = {}
    if draft is not None and sent.revision <= draft.revision:
        # It came before, or somebody wrote later: the phone decides, and says so with a later number.
        if request.FILES or not _is_there(form, draft.answers, sent):
            return _reply("stale", HTTPStatus.OK, code=code, revision=draft.revision)
    else:
        before = with_rounds(form, draft.answers if draft else {}, sent.rounds, sent.gone)
        files, refused = _files(request, form, wave, sent, before, code=code, moment=moment)

        def change(answers: Answers) -> Answers:
            seated = with_rounds(form, answers, sent.rounds, sent.gone)
            named = {seat: name for address, name in files.items() if (seat := seat_of(seated, address))}
            return put(seated, _changes(form, seated, sent) | named)

        draft = keep(wave=wave, code=code, before=draft, change=change, now=moment, at_least=sent.revision)
    state = _send(wave, who, form, draft, sent, code=code, moment=moment) if sent.send else "kept"
    return _reply(state, HTTPStatus.OK, code=code, revision=draft.revision, refused=" ".join(refused.values()))


def _files(
    request: HttpRequest, form: CompiledForm, wave: Wave, sent: Sent, before: Answers, *, code: str, moment: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """What `keep_files` says of the files, by the addresses under which they were sent."""
    data = _as_form(before, sent)
    questions = {
        address: question
        for section in form.sections
        for address, question in shown_questions(form, section.name, data).items()
    }
    sent_as = {seat: address for address in sent.shown if (seat := seat_of(before, address))}
    names, refused = keep_files(
        request, wave=wave, code=code, questions=questions, before=before, now=moment, sent_as=sent_as
    )
    return {sent_as.get(seat, seat): name for seat, name in names.items()}, refused


def _as_form(answers: Answers, sent: Sent) -> QueryDict:
    """What a phone sent as a page would have sent it: rounds by their numbers. What has no place is left out."""
    data = QueryDict(mutable=True)
    seats = {address: seat for address in sent.shown if (seat := seat_of(answers, address))}
    for name, value in sent.pairs:
        address, tilde, part = name.removeprefix(f"{PREFIX}-").partition(PART)
        if address in seats:
            data.appendlist(f"{PREFIX}-{seats[address]}{tilde}{part}", value)
    data[SHOWN] = " ".join(seats.values())
    return data


def _changes(form: CompiledForm, answers: Answers, sent: Sent) -> dict[str, object]:
    """The answers in what a phone sent, read exactly as those of a page are."""
    data = _as_form(answers, sent)
    changes: dict[str, object] = {}
    for section in form.sections:
        changes |= typed_answers(form, section.name, data)
    return changes


def _is_there(form: CompiledForm, answers: Answers, sent: Sent) -> bool:
    """Whether all that was sent stands in the answers already."""
    return (
        all(has_round(answers, one) for one in sent.rounds)
        and not any(has_round(answers, one) for one in sent.gone)
        and all(seat_of(answers, address) for address in sent.shown)
        and all(at(answers, address) == value for address, value in _changes(form, answers, sent).items())
    )


def _send(
    wave: Wave, who: Respondent, form: CompiledForm, draft: OpenedDraft, sent: Sent, *, code: str, moment: datetime
) -> str:
    try:
        actions.submit_answers(
            wave=wave,
            who=who,
            answers=draft.answers,
            now=moment,
            channel=Channel.OFFLINE,
            code=code,
            files=draft_files(wave=wave, code=code, names=file_names(form, draft.answers)),
            instance=sent.instance,
        )
    except DomainError as error:
        if error.code != "incomplete":
            raise
        return "incomplete"
    return "sent"


def _reply(state: str, status: HTTPStatus, *, code: str = "", revision: int = 0, refused: str = "") -> JsonResponse:
    """What became of it. `refused` says in words why a file was not taken; the rest was."""
    facts = {"state": state, "code": code, "revision": revision, **({"refused": refused} if refused else {})}
    return JsonResponse(facts, status=status)
