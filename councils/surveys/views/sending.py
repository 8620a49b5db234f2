"""The end of the way: looking at all answers, sending them, changing them until the survey closes, taking them back.

Sending again takes the place of what was sent before. Nothing here may say what anybody else answered, or how many.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError
from councils.surveys import actions, queries
from councils.surveys.forms.fields import field_of
from councils.surveys.models import Wave
from councils.surveys.queries.draft_files import draft_files
from councils.surveys.rules import CompiledForm, Fault, Item, check, items, repeats
from councils.surveys.rules.form import FILE_TYPES
from councils.surveys.rules.respondents import Respondent
from councils.surveys.views import codes, doors, phones
from councils.surveys.views.answering import section_url


def _review(request: HttpRequest, wave: Wave, who: Respondent) -> HttpResponse:
    """Everything once more, each section with a way back to it; POST sends the answers."""
    code = codes.code_from(request)
    draft = queries.draft_of(code=code, wave=wave)
    if draft is None:
        return redirect("surveys:section", wave_id=wave.pk, number=1)
    form = queries.form_of(wave.version_id)
    moment, status = now(), HTTPStatus.OK
    if request.method == "POST":
        try:
            actions.submit_answers(
                wave=wave,
                who=who,
                answers=draft.answers,
                now=moment,
                code=code,
                files=draft_files(wave=wave, code=code, names=file_names(form, draft.answers)),
            )
        except DomainError as error:
            if error.code == "not_open":
                return doors.refusal(request, wave, "closed", HTTPStatus.CONFLICT)
            if error.code != "incomplete":
                raise
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return redirect("surveys:done", wave_id=wave.pk)
    language, today = get_language() or "", day_of(moment)
    faults = check(form, draft.answers, language=language, today=today).errors
    context = {
        **doors.about(wave),
        "parts": _parts(wave, form, draft.answers, faults, seed=code),
        "complete": not faults,
        "code": code,
        "is_sent": draft.is_sent,
        "phone": phones.facts(wave, who, draft),
    }
    return render(request, "surveys/review.html", context, status=status)


review = doors.for_respondents(require_http_methods(["GET", "HEAD", "POST"])(_review))


def file_names(form: CompiledForm, answers: Mapping[str, Any]) -> set[str]:
    """The names of all files that answers call, in repeated groups too."""
    questions = {question.name for question in form.questions if question.type in FILE_TYPES}

    def walk(part: Mapping[str, Any]) -> Iterator[str]:
        for name, value in part.items():
            if name in questions and isinstance(value, str) and value:
                yield value
            elif isinstance(value, list):
                for one in value:
                    if isinstance(one, Mapping):
                        yield from walk(one)

    return set(walk(answers))


def _parts(
    wave: Wave, form: CompiledForm, answers: Mapping[str, Any], faults: Mapping[str, Fault], *, seed: str
) -> list[dict[str, Any]]:
    """Sections with their questions and answers in words; one without a question is left out."""
    language, today = get_language() or "", day_of(now())
    parts = []
    for part in form.sections:
        shown = items(form, answers, section=part.name, language=language, today=today, seed=seed)
        states = repeats(form, answers, section=part.name, language=language, today=today)
        labels = {state.name: state.label for state in states}
        rows = [
            _answer_row(item, faults.get(item.address), labels)
            for item in shown
            if item.question.is_asked and not item.is_read_only
        ]
        rows += [
            {"label": state.label, "answer": "", "fault": fault.message, "anchor": f"id_a-{state.address}"}
            for state in states
            if (fault := faults.get(state.address))
        ]
        if rows:
            title = form.words(part.labels, language) if part.labels else ""
            url = section_url(wave, form, part.name)
            parts.append({"title": title, "url": url, "rows": rows, "faults": [row for row in rows if row["fault"]]})
    return parts


def _answer_row(item: Item, fault: Fault | None, labels: Mapping[str, str]) -> dict[str, str]:
    """A question and its answer in words."""
    round_ = "".join(f"{labels.get(name, name)} {number + 1} · " for name, number in item.repeats)
    message = fault.message if fault else ""
    return {
        "label": f"{round_}{item.label}",
        "answer": _in_words(item),
        "fault": message,
        "anchor": field_of(item, typed=item.value, fault=message).anchor,
    }


def _in_words(item: Item) -> str:
    labels = dict(item.options)
    values = item.value if isinstance(item.value, list) else [] if item.value is None else [item.value]
    said = [labels.get(str(one), str(one)) for one in values]
    match item.question.type:
        case "rank":
            return "; ".join(f"{place}. {label}" for place, label in enumerate(said, start=1))
        case "acknowledge":
            return gettext("Yes") if said else ""
        case kind if kind in FILE_TYPES:
            return gettext("A file is attached") if said else ""
        case "datetime":
            return "; ".join(said).replace("T", " ")
    return "; ".join(said)


@never_cache
@require_safe
def done(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Thanks, the code to come back with, and when the results come. It shows no answer and no result."""
    wave = queries.wave_by_id(wave_id)
    code = codes.code_from(request)
    draft = queries.draft_of(code=code, wave=wave)
    context = {
        **doors.about(wave),
        "code": code if draft and draft.is_sent else "",
        "is_sent": True,
        "phone": phones.facts(wave, None, draft),
    }
    return render(request, "surveys/done.html", context)


def _withdraw(request: HttpRequest, wave: Wave, who: Respondent) -> HttpResponse:
    """Asks first; POST takes the sent answers back for good, with the copy that lies under the code of this browser."""
    if request.method != "POST":
        return render(request, "surveys/withdraw.html", doors.about(wave))
    was_there = actions.withdraw_answers(wave=wave, who=who, now=now())
    if code := codes.code_from(request):
        actions.forget_draft(wave=wave, code=code)
    response = render(request, "surveys/withdrawn.html", {**doors.about(wave), "was_there": was_there})
    codes.forget(response, wave=wave)
    return response


withdraw = doors.for_respondents(require_http_methods(["GET", "HEAD", "POST"])(_withdraw))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """For phones that several people use. Asks first; POST deletes the answers so far, here and on the server.

    With `only=phone` what was kept under the code stays: this browser alone forgets it.
    """
    wave = queries.wave_by_id(wave_id)
    code = codes.code_from(request)
    draft = queries.draft_of(code=code, wave=wave)
    if request.method != "POST" and draft is not None:
        return render(request, "surveys/forget.html", {**doors.about(wave), "is_sent": draft.is_sent, "code": code})
    if request.method == "POST" and draft is not None and request.POST.get("only") != "phone":
        actions.forget_draft(wave=wave, code=code)
    response = redirect("surveys:wave", wave_id=wave.pk)
    codes.forget(response, wave=wave)
    return response
