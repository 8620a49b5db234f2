"""For phones without network: the worker and the page that a phone keeps, and the way by which answers come later.

What comes is a change to the answers under a code, numbered by the phone, so that one that is sent again or comes late
undoes nothing; a sending has an id of its own and counts once. Nothing here logs anybody or shows an answer.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError
from common.http import BUILD
from councils.surveys import actions, queries
from councils.surveys.forms import SHOWN, shown_questions, typed_answers
from councils.surveys.forms.bare import bare_blocks
from councils.surveys.forms.places import at, put
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.queries import OpenedDraft
from councils.surveys.queries.draft_files import draft_files
from councils.surveys.rules import CompiledForm
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import Channel
from councils.surveys.views import codes, doors, phones
from councils.surveys.views.answering import section_url
from councils.surveys.views.keeping import Answers, keep, keep_files, may_begin
from councils.surveys.views.sending import file_names

LARGEST_BODY = 400_000  # bytes
_ASSETS = (
    "asar.css",
    "icon.svg",
    "survey/store.js",
    "survey/page.js",
    "fonts/onest-latin.woff2",
    "fonts/onest-cyrillic.woff2",
    "fonts/onest-cyrillic-ext.woff2",
)


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a phone sends: pairs of form fields for the questions of `shown`, and whether all is to be sent now."""

    revision: int
    code: str = ""
    owner: str = ""
    instance: str = ""
    shown: list[str] = []
    pairs: list[tuple[str, str]] = []
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
    """The message itself; a file comes beside it as one part of a form."""
    said = request.POST.get("said", "").encode() if request.FILES else request.body
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
    data = _as_form(sent)
    changes = _changes(form, data)
    refused: dict[str, str] = {}
    if draft is not None and sent.revision <= draft.revision:
        # It came before, or somebody wrote later: the phone decides, and says so with a later number.
        if request.FILES or any(at(draft.answers, address) != value for address, value in changes.items()):
            return _reply("stale", HTTPStatus.OK, code=code, revision=draft.revision)
    else:
        before = draft.answers if draft else {}
        questions = {
            address: question
            for section in form.sections
            for address, question in shown_questions(form, section.name, data).items()
        }
        names, refused = keep_files(request, wave=wave, code=code, questions=questions, before=before, now=moment)
        changes |= names

        def change(answers: Answers) -> Answers:
            return put(answers, changes)

        draft = keep(wave=wave, code=code, before=draft, change=change, now=moment, at_least=sent.revision)
    state = _send(wave, who, form, draft, sent, code=code, moment=moment) if sent.send else "kept"
    return _reply(state, HTTPStatus.OK, code=code, revision=draft.revision, refused=" ".join(refused.values()))


def _as_form(sent: Sent) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in sent.pairs:
        data.appendlist(name, value)
    data[SHOWN] = " ".join(sent.shown)
    return data


def _changes(form: CompiledForm, data: QueryDict) -> dict[str, object]:
    """The answers in what a phone sent, read exactly as those of a page are."""
    changes: dict[str, object] = {}
    for section in form.sections:
        changes |= typed_answers(form, section.name, data)
    return changes


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


@require_safe
def worker(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The service worker of one survey in one language: its address decides which pages it may see."""
    wave = queries.wave_by_id(wave_id)
    language = get_language() or ""
    base = reverse("surveys:wave", args=[wave.pk])
    facts = {
        "wave": str(wave.pk),
        "base": base,
        "offline": reverse("surveys:offline", args=[wave.pk]),
        "files": [static(name) for name in _ASSETS],
        "total": len(queries.form_of(wave.version_id).sections),
        "kept": f"asar|{wave.pk}|{language}|{_edition(wave)}",
    }
    scripts = json.dumps([static("survey/store.js"), static("survey/worker.js")])
    text = f"self.survey = {json.dumps(facts)};\nimportScripts(...{scripts});\n"
    return HttpResponse(text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _edition(wave: Wave) -> str:
    """Changes when the page that phones keep would look different."""
    facts = f"{BUILD}|{wave.version_id}|{wave.closes_date}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


@require_safe
def offline(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Every question on one page, for phones to keep. It is the same for everybody and holds no answer."""
    wave = queries.wave_by_id(wave_id)
    form = queries.form_of(wave.version_id)
    language = get_language() or ""
    parts = [
        {
            "number": number,
            "title": form.words(section.labels, language) if section.labels else "",
            "url": section_url(wave, form, section.name),
            "blocks": bare_blocks(form, section=section.name, language=language),
            "lacks": _lacks(form, section.name),
        }
        for number, section in enumerate(form.sections, start=1)
    ]
    context: Mapping[str, object] = {
        **doors.about(wave),
        "parts": parts,
        "total": len(parts),
        "phone": phones.facts(wave, None, None),
    }
    return render(request, "surveys/offline.html", dict(context))


def _lacks(form: CompiledForm, section: str) -> bool:
    """Whether a part of the section needs the network: rounds of a repeated group."""
    return any(one.repeat for one in form.questions_of(section))
