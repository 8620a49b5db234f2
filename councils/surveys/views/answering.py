"""The questionnaire itself: section by section, review, sending. Works without JavaScript; whatever was typed is kept.

Who is signed in is asked only to let them in and to count them once. Nothing here logs, audits or caches anything.
"""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, NotFound
from councils.surveys import actions, queries
from councils.surveys.forms import ResumeForm, SectionForm, typed_answers
from councils.surveys.models import Wave
from councils.surveys.permissions import accepts_answers, can_answer
from councils.surveys.rules import (
    CompiledForm,
    Fault,
    Item,
    Raw,
    check,
    check_section,
    items,
    next_section,
    previous_section,
)
from councils.surveys.rules.respondents import Respondent
from councils.surveys.views import codes
from users.models import User
from users.permissions import is_signed_in

P = ParamSpec("P")
AnswerView = Callable[Concatenate[HttpRequest, Wave, User, P], HttpResponse]


def _respondent(view: AnswerView[P]) -> Callable[..., HttpResponse]:
    """Lets in who may answer and has not yet; everybody else gets a page that says why, and what to do."""

    def guarded(request: HttpRequest, wave_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        wave = queries.wave_by_id(wave_id)
        user = request.user
        today = day_of(now())
        if not accepts_answers(wave, on=today):
            return _refusal(request, wave, "closed" if today >= wave.opens_date else "early", HTTPStatus.CONFLICT)
        verdict = can_answer(Respondent(user_id=getattr(user, "pk", None)), wave, on=today)
        if not verdict or not is_signed_in(user):
            return _refusal(request, wave, "not_for_you", HTTPStatus.FORBIDDEN, message=verdict.reason)
        if False:
            return _refusal(request, wave, "answered", HTTPStatus.OK)
        return view(request, wave, user, *args, **kwargs)

    update_wrapper(guarded, view, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    return never_cache(sensitive_post_parameters()(login_required(guarded)))


def _refusal(
    request: HttpRequest, wave: Wave, reason: str, status: HTTPStatus, *, message: object = ""
) -> HttpResponse:
    """Why there is nothing to answer. The code leaves the browser, for what it led to is of no use any more."""
    context = {**_about(wave), "reason": reason, "message": message}
    response = render(request, "surveys/refusal.html", context, status=status)
    if reason in {"closed", "answered"}:
        codes.forget(response, wave=wave)
    return response


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }


def _section_url(wave: Wave, form: CompiledForm, name: str | None) -> str:
    """The page of a section, of the review when there is none."""
    if name is None:
        return reverse("surveys:review", args=[wave.pk])
    number = [section.name for section in form.sections].index(name) + 1
    return reverse("surveys:section", args=[wave.pk, number])


@_respondent
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, wave: Wave, _user: User, number: int) -> HttpResponse:
    """One section. POST keeps what was typed (go=back without judging it) and leads on when it is in order."""
    form = queries.form_of(wave.version_id)
    if not 1 <= number <= len(form.sections):
        raise NotFound("no_such_section", gettext("The survey has no such section. Begin at the first one."))
    draft = queries.draft_of(code=codes.code_from(request), wave=wave)
    if request.method == "POST":
        return _take_section(request, wave, form, number, draft.answers if draft else {}, known=draft is not None)
    if draft is None and number > 1:
        return redirect("surveys:section", wave_id=wave.pk, number=1)
    return _draw(request, wave, form, number, draft.answers if draft else {}, code=_code(request, draft is not None))


def _code(request: HttpRequest, known: bool) -> str:  # noqa: FBT001
    return codes.code_from(request) if known else ""


def _take_section(
    request: HttpRequest, wave: Wave, form: CompiledForm, number: int, before: Mapping[str, Raw], *, known: bool
) -> HttpResponse:
    moment = now()
    name = form.sections[number - 1].name
    language = get_language() or ""
    typed = typed_answers(form, name, request.POST)
    answers = {**before, **typed}
    code = _code(request, known) or actions.new_code()
    try:
        draft = actions.save_draft(wave=wave, code=code, answers=answers, now=moment)
    except DomainError as error:
        if error.code == "not_open":
            return _refusal(request, wave, "closed", HTTPStatus.CONFLICT)
        raise
    answers = draft.answers
    today = day_of(moment)
    checked = check_section(form, answers, section=name, language=language, today=today)
    faults = {question: fault for question, fault in checked.errors.items() if question in typed}
    unseen = _unseen(form, name, answers, typed=typed, relevant=checked.relevant)
    response: HttpResponse
    if request.POST.get("go") == "back":
        earlier = previous_section(form, answers, before=name, today=today)
        target = _section_url(wave, form, earlier) if earlier else reverse("surveys:wave", args=[wave.pk])
        response = HttpResponseRedirect(target)
    elif faults or unseen:
        response = _draw(request, wave, form, number, answers, code=code, faults=faults, unseen=unseen)
    else:
        response = HttpResponseRedirect(_section_url(wave, form, next_section(form, answers, after=name, today=today)))
    codes.remember(response, wave=wave, code=code, secure=request.is_secure())
    return response


def _unseen(
    form: CompiledForm,
    section: str,
    answers: Mapping[str, Raw],
    *,
    typed: Mapping[str, Raw],
    relevant: frozenset[str],
) -> list[str]:
    """Questions of this section that an answer on this very page has brought up, and that were not on it."""
    return [
        question.name
        for question in form.questions_of(section)
        if question.is_asked
        and question.name in relevant
        and question.name not in typed
        and not answers.get(question.name)
    ]


def _draw(
    request: HttpRequest,
    wave: Wave,
    form: CompiledForm,
    number: int,
    answers: Mapping[str, Raw],
    *,
    code: str,
    faults: Mapping[str, Fault] | None = None,
    unseen: list[str] | None = None,
) -> HttpResponse:
    language = get_language() or ""
    today = day_of(now())
    part = form.sections[number - 1]
    shown = items(form, answers, section=part.name, language=language, today=today)
    page = SectionForm(items=shown, answers=answers, faults=faults or {})
    earlier = previous_section(form, answers, before=part.name, today=today)
    context = {
        **_about(wave),
        "form": page,
        "number": number,
        "total": len(form.sections),
        "section_title": form.words(part.labels, language) if part.labels else "",
        "has_earlier": earlier is not None,
        "unseen": [page[name] for name in unseen or [] if name in page.fields],
        "code": code,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return render(request, "surveys/section.html", context, status=status)


@_respondent
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, wave: Wave, user: User) -> HttpResponse:
    """Everything once more, each section with a way back to it; POST sends the answers, once and for good."""
    draft = queries.draft_of(code=codes.code_from(request), wave=wave)
    if draft is None:
        return redirect("surveys:section", wave_id=wave.pk, number=1)
    form = queries.form_of(wave.version_id)
    moment = now()
    language = get_language() or ""
    status = HTTPStatus.OK
    if request.method == "POST":
        code = codes.code_from(request)
        try:
            actions.submit_answers(
                wave=wave, who=Respondent(user_id=user.pk), answers=draft.answers, now=moment, code=code
            )
        except DomainError as error:
            if error.code == "already_answered":
                actions.forget_draft(wave=wave, code=code)
                return _refusal(request, wave, "answered", HTTPStatus.OK)
            if error.code == "not_open":
                return _refusal(request, wave, "closed", HTTPStatus.CONFLICT)
            if error.code != "incomplete":
                raise
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            response = redirect("surveys:done", wave_id=wave.pk)
            codes.forget(response, wave=wave)
            return response
    today = day_of(moment)
    faults = check(form, draft.answers, language=language, today=today).errors
    parts = []
    for part in form.sections:
        shown = items(form, draft.answers, section=part.name, language=language, today=today)
        rows = [_answer_row(item, faults.get(item.question.name)) for item in shown if item.question.is_asked]
        if rows:
            title = form.words(part.labels, language) if part.labels else ""
            url = _section_url(wave, form, part.name)
            parts.append({"title": title, "url": url, "rows": rows, "faults": [row for row in rows if row["fault"]]})
    context = {**_about(wave), "parts": parts, "complete": not faults, "code": codes.code_from(request)}
    return render(request, "surveys/review.html", context, status=status)


def _answer_row(item: Item, fault: Fault | None) -> dict[str, str]:
    """A question and its answer in words."""
    values = item.value if isinstance(item.value, list) else [] if item.value is None else [str(item.value)]
    labels = dict(item.options)
    return {
        "label": item.label,
        "answer": "; ".join(labels.get(value, value) for value in values),
        "fault": fault.message if fault else "",
        "anchor": f"id_a-{item.question.name}{'_0' if item.options else ''}",
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Asks first; POST deletes the answers so far, here and on the server: for phones that several people use."""
    wave = queries.wave_by_id(wave_id)
    code = codes.code_from(request)
    if request.method != "POST" and queries.draft_of(code=code, wave=wave) is not None:
        return render(request, "surveys/forget.html", _about(wave))
    if request.method == "POST":
        actions.forget_draft(wave=wave, code=code)
    response = redirect("surveys:wave", wave_id=wave.pk)
    codes.forget(response, wave=wave)
    return response


@never_cache
@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Go on with a code on another phone. The code travels in the body, never in the address."""
    sent = ResumeForm(request.POST if request.method == "POST" else None)
    if sent.is_valid():
        code = sent.cleaned_data["code"]
        wave = queries.wave_of_draft(code=code)
        draft = queries.draft_of(code=code, wave=wave) if wave else None
        if wave is not None and draft is not None:
            form = queries.form_of(wave.version_id)
            faults = check(form, draft.answers, language=get_language() or "", today=day_of(now())).errors
            unfinished = (part.name for part in form.sections if not faults.keys().isdisjoint(part.questions))
            response = HttpResponseRedirect(_section_url(wave, form, next(unfinished, None)))
            codes.remember(response, wave=wave, code=code, secure=request.is_secure())
            return response
        sent.add_error(
            "code",
            gettext("No answers are kept under this code. They are deleted when they are sent or the survey closes."),
        )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent.is_bound else HTTPStatus.OK
    return render(request, "surveys/resume.html", {"form": sent}, status=status)
