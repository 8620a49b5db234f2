"""The questionnaire itself, section by section. Works without JavaScript; whatever was typed is kept.

Who is signed in is asked only to let them in and to count them once. Nothing here logs, audits or caches anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, NotFound
from councils.surveys import actions, queries
from councils.surveys.forms import SHOWN, SectionPage, shown_questions, typed_answers
from councils.surveys.forms.places import add, at, put, remove, split
from councils.surveys.models import Wave
from councils.surveys.queries import OpenedDraft
from councils.surveys.rules import (
    CompiledForm,
    Fault,
    Item,
    check_section,
    items,
    next_section,
    previous_section,
    repeats,
)
from councils.surveys.rules.respondents import Respondent
from councils.surveys.states import AnswerFault
from councils.surveys.views import codes, doors, phones
from councils.surveys.views.keeping import Answers, keep, keep_files, may_begin


def section_url(wave: Wave, form: CompiledForm, name: str | None) -> str:
    """The page of a section, of the review when there is none."""
    if name is None:
        return reverse("surveys:review", args=[wave.pk])
    number = [section.name for section in form.sections].index(name) + 1
    return reverse("surveys:section", args=[wave.pk, number])


def _form_with_section(wave: Wave, number: int) -> CompiledForm:
    form = queries.form_of(wave.version_id)
    if not 1 <= number <= len(form.sections):
        raise NotFound("no_such_section", gettext("The survey has no such section. Begin at the first one."))
    return form


def _keep_and_let_in(request: HttpRequest, wave: Wave, number: int) -> HttpResponse:
    """Somebody whose sign-in has ended meanwhile, or not begun: what they typed is kept before they are asked."""
    form = _form_with_section(wave, number)
    code = codes.code_from(request)
    draft = queries.draft_of(code=code, wave=wave)
    response = doors.way_in(request, wave)
    if request.method == "POST" and SHOWN in request.POST and (draft or may_begin(request)):
        code = code if draft else actions.new_code()
        typed = typed_answers(form, form.sections[number - 1].name, request.POST)
        keep(wave=wave, code=code, before=draft, change=lambda answers: put(answers, typed), now=now())
        codes.remember(response, wave=wave, code=code, secure=request.is_secure())
    return response


def _section(request: HttpRequest, wave: Wave, who: Respondent, number: int) -> HttpResponse:
    """One section. POST keeps what was typed (go=back without judging it) and leads on when it is in order."""
    form = _form_with_section(wave, number)
    code = codes.code_from(request)
    draft = queries.draft_of(code=code, wave=wave)
    if request.method == "POST":
        return _take(request, wave, who, form, number, draft)
    if draft is None and number > 1:
        return redirect("surveys:section", wave_id=wave.pk, number=1)
    has_answered = draft is None and queries.has_answered(who=who, wave=wave)
    return _draw(request, wave, who, form, number, draft, code=code if draft else "", has_answered=has_answered)


section = doors.for_respondents(require_http_methods(["GET", "HEAD", "POST"])(_section), unknown=_keep_and_let_in)


def _take(
    request: HttpRequest, wave: Wave, who: Respondent, form: CompiledForm, number: int, draft: OpenedDraft | None
) -> HttpResponse:
    moment = now()
    if draft is None and not may_begin(request):
        raise DomainError("too_many_drafts", gettext("Too many people begin at once from here. Try again in an hour."))
    code = codes.code_from(request) if draft else actions.new_code()
    name = form.sections[number - 1].name
    shown = shown_questions(form, name, request.POST)
    go = request.POST.get("go", "")
    step = _step_of(form, name, go)
    try:
        sent, refused = keep_files(
            request, wave=wave, code=code, questions=shown, before=draft.answers if draft else {}, now=moment
        )
        typed = typed_answers(form, name, request.POST) | sent

        def change(answers: Answers) -> Answers:
            changed = put(answers, typed)
            return step(changed) if step else changed

        draft = keep(wave=wave, code=code, before=draft, change=change, now=moment)
    except DomainError as error:
        if error.code == "not_open":
            return doors.refusal(request, wave, "closed", HTTPStatus.CONFLICT)
        raise
    today = day_of(moment)
    response: HttpResponse
    if go == "back":
        earlier = previous_section(form, draft.answers, before=name, today=today)
        target = section_url(wave, form, earlier) if earlier else reverse("surveys:wave", args=[wave.pk])
        response = HttpResponseRedirect(target)
    elif step and not refused:
        response = HttpResponseRedirect(f"{request.path}#id_a-{step.seat(draft.answers)}")
    else:
        response = _judge(request, wave, who, form, number, draft, code=code, shown=frozenset(shown), refused=refused)
    if code != codes.code_from(request):
        codes.remember(response, wave=wave, code=code, secure=request.is_secure())
    return response


@dataclass(frozen=True, slots=True)
class _Step:
    """One round of a repeated group more, or (`number` says which) one less."""

    repeat: str
    number: int | None = None

    def __call__(self, answers: Answers) -> Answers:
        return add(answers, self.repeat) if self.number is None else remove(answers, f"{self.repeat}/{self.number}")

    def seat(self, answers: Answers) -> str:
        """Where the reader goes on."""
        rounds = at(answers, self.repeat) or []
        return f"{self.repeat}/{len(rounds) - 1}" if self.number is None and rounds else self.repeat


def _step_of(form: CompiledForm, section: str, go: str) -> _Step | None:
    """The step that a button asks for; None for any other button, and for places that this page does not have."""
    order, _space, where = go.partition(" ")
    repeat, _slash, number = where.rpartition("/") if order == "remove" else (where, "", "0")
    place = split(form, repeat) if order in {"add", "remove"} else None
    groups = {
        group.name
        for group in form.groups
        if group.is_repeat
        and group.count is None
        and any(one.path.startswith(f"{group.path}/") for one in form.questions_of(section))
    }
    if place is None or place[0] not in groups or not (number.isascii() and number.isdigit()):
        return None
    return _Step(repeat, int(number) if order == "remove" else None)


def _judge(
    request: HttpRequest,
    wave: Wave,
    who: Respondent,
    form: CompiledForm,
    number: int,
    draft: OpenedDraft,
    *,
    code: str,
    shown: frozenset[str],
    refused: Mapping[str, str],
) -> HttpResponse:
    """On to the next section, or the same one again with what is wrong or has come up."""
    language, today = get_language() or "", day_of(now())
    name = form.sections[number - 1].name
    checked = check_section(form, draft.answers, section=name, language=language, today=today)
    here = {state.address for state in repeats(form, draft.answers, section=name, language=language, today=today)}
    faults = {address: fault for address, fault in checked.errors.items() if address in shown | here}
    faults |= {address: Fault(code=AnswerFault.NOT_A_FILE, text=text) for address, text in refused.items()}
    page_items = items(form, draft.answers, section=name, language=language, today=today, seed=code)
    unseen = [one.address for one in page_items if _is_new(one, shown)]
    if not faults and not unseen:
        following = next_section(form, draft.answers, after=name, today=today)
        return HttpResponseRedirect(section_url(wave, form, following))
    return _draw(request, wave, who, form, number, draft, code=code, faults=faults, unseen=unseen)


def _seed(request: HttpRequest, code: str) -> str:
    """What orders options that the form wants shuffled: one order for one respondent, before there is a code too."""
    if not code:
        get_token(request)
    return code or str(request.META["CSRF_COOKIE"])


def _is_new(item: Item, shown: frozenset[str]) -> bool:
    """Whether an answer on this very page has brought a question up that was not on it."""
    is_asked = item.question.is_asked and not item.is_read_only
    return is_asked and item.address not in shown and item.value is None


def _draw(
    request: HttpRequest,
    wave: Wave,
    who: Respondent,
    form: CompiledForm,
    number: int,
    draft: OpenedDraft | None,
    *,
    code: str,
    faults: Mapping[str, Fault] | None = None,
    unseen: list[str] | None = None,
    has_answered: bool = False,
) -> HttpResponse:
    language, today = get_language() or "", day_of(now())
    answers = draft.answers if draft else {}
    part = form.sections[number - 1]
    page = SectionPage(
        form=form,
        items=items(form, answers, section=part.name, language=language, today=today, seed=_seed(request, code)),
        repeats=repeats(form, answers, section=part.name, language=language, today=today),
        answers=answers,
        faults=faults or {},
    )
    context = {
        **doors.about(wave),
        "page": page,
        "number": number,
        "total": len(form.sections),
        "section_title": form.words(part.labels, language) if part.labels else "",
        "unseen": [field for address in unseen or [] if (field := page.field(address))],
        "code": code,
        "is_sent": bool(draft and draft.is_sent),
        "has_answered": has_answered,
        "phone": phones.facts(wave, who, draft),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return render(request, "surveys/section.html", context, status=status)
