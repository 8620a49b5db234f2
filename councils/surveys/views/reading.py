"""Open answers: a reader lets each through, redacts or withholds it and codes it; everybody reads what came through.

What was sent to this page is kept when something is wrong. Never show an answer that was not let through to others.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import number
from common.http import public_page
from common.uploads import MEGABYTE
from councils.surveys import queries
from councils.surveys.actions.reading import LONGEST_LABEL, Reading, add_code, read_answers
from councils.surveys.forms.reading import CodeForm, PlaceForm
from councils.surveys.models import OpenAnswer, OpenCode, Wave
from councils.surveys.permissions import can_read_open_answers
from councils.surveys.queries import reading
from councils.surveys.rules import LONGEST_TEXT, Question
from councils.surveys.states import OpenAnswerState
from users.permissions import is_signed_in

_DECISIONS = (OpenAnswerState.APPROVED, OpenAnswerState.REDACTED, OpenAnswerState.WITHHELD)
_AGAIN = (
    (OpenAnswerState.APPROVED.value, _("stays published, as it stands here")),
    (OpenAnswerState.WITHHELD.value, OpenAnswerState.WITHHELD.label),
)


@never_cache
@login_required
@require_safe
def questions(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """The open questions of a closed wave, and how many answers wait for a reader."""
    wave = reading.closed_wave(wave_id)
    can_read_open_answers(request.user, wave.town, on=day_of(now())).enforce()
    language = get_language() or ""
    form = queries.form_of(wave.version_id)
    rows = [
        {
            "label": form.words(one.question.labels, language) or one.question.name,
            "url": reverse("surveys:read", args=[wave.pk, one.question.name]),
            "waiting": number(one.waiting, language, 0),
            "total": number(one.total, language, 0),
        }
        for one in reading.open_questions(wave)
    ]
    return render(request, "surveys/reading.html", {**_about(wave), "rows": rows})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest, wave_id: UUID, question: str) -> HttpResponse:
    """Some answers that wait, each with its decision and codes; POST notes the decisions that were made.

    `?again=yes` shows those that were let through, to be read again; `?file=` is the picture or recording of one. A
    code that was typed is added whichever button is pressed, and what was chosen stays on the page.
    """
    wave = reading.closed_wave(wave_id)
    moment = now()
    can_read_open_answers(request.user, wave.town, on=day_of(moment)).enforce()
    asked = reading.question_of(wave, question)
    place = PlaceForm(request.GET)
    told = place.cleaned_data if place.is_valid() else {}
    if told.get("file"):
        return _file(*reading.file_of_answer(wave, asked, told["file"]))
    again = bool(told.get("again"))
    sent: QueryDict | None = request.POST if request.method == "POST" else None
    error, wrong, status = "", "", HTTPStatus.OK
    code_form, is_added = CodeForm(), False
    if sent is not None and is_signed_in(request.user):
        if "add" in sent or any(sent.get(name, "").strip() for name in code_form.fields):
            code_form = CodeForm(sent)
        facts: dict[str, Any] = {"actor": request.user, "wave": wave, "question": question, "now": moment}
        try:
            if code_form.is_bound:
                if code_form.is_valid():
                    add_code(**facts, labels=code_form.cleaned_data)
                    is_added, code_form = True, CodeForm()  # what was decided meanwhile stays on the page
                else:
                    status = HTTPStatus.UNPROCESSABLE_ENTITY
            else:
                read_answers(**facts, readings=_readings(sent), again=again)
                return HttpResponseRedirect(request.get_full_path())
        except Forbidden:
            raise
        except DomainError as refusal:
            error, wrong, status = str(refusal.message), refusal.field or "", HTTPStatus.CONFLICT
    after = told.get("after")
    found = reading.let_through(wave, question, after=after) if again else reading.waiting_answers(wave, question)
    answers = found[: reading.PAGE]
    frame = reading.coding_frame(wave, question)
    likely = reading.suggestions(wave, question, answers) if not again else {}
    form = queries.form_of(wave.version_id)
    context = {
        **_about(wave),
        "error": error,
        "wrong": wrong,
        "is_added": is_added,
        "again": again,
        "labels": [(code, asked.labels[code]) for code in ("kk", "ru") if code in asked.labels],
        "question": form.words(asked.labels, get_language() or "") or asked.name,
        "kind": asked.type,
        "own_url": request.path,
        "decisions": _AGAIN if again else [(state.value, state.label) for state in _DECISIONS],
        "answers": [_row(answer, frame, likely.get(answer.pk, ()), sent, wrong=wrong) for answer in answers],
        "next_url": f"?again=yes&after={answers[-1].pk}" if len(found) > len(answers) else "",
        "code_form": code_form,
    }
    return render(request, "surveys/read.html", context, status=status)


def _file(content: bytes, media_type: str) -> HttpResponse:
    """What somebody sent, for its reader: shown as a picture or played, never opened as a page."""
    response = HttpResponse(content, content_type=media_type)
    if not media_type.startswith(("image/", "audio/", "video/")):
        response["Content-Disposition"] = "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _readings(sent: QueryDict) -> list[Reading]:
    """The decisions on a sent page; WAITING for answers without one, which stay as they are."""
    found = []
    for name in sent:
        if not name.startswith("text-") and not name.startswith("state-"):
            continue
        try:
            answer_id = UUID(name.partition("-")[2])
        except ValueError:
            continue
        if name.startswith("text-") and f"state-{answer_id}" in sent:
            continue
        state = sent.get(f"state-{answer_id}", "")
        text = sent.get(f"text-{answer_id}")
        found.append(
            Reading(
                answer_id=answer_id,
                state=OpenAnswerState(state) if state in OpenAnswerState.values else OpenAnswerState.WAITING,
                published=None if text is None else str(text)[:LONGEST_TEXT],
                codes=tuple(sent.getlist(f"code-{answer_id}")),
            )
        )
    return found


def _row(
    answer: OpenAnswer,
    frame: list[OpenCode],
    likely: tuple[str, ...],
    sent: QueryDict | None,
    *,
    wrong: str,
) -> dict[str, object]:
    """One answer; suggested codes are named first and are not ticked: the reader decides."""
    is_sent = sent is not None and f"text-{answer.pk}" in sent
    before = sent if sent is not None and is_sent else QueryDict()
    was_read = answer.state != OpenAnswerState.WAITING
    own = [code.code for code in answer.codes.all()] if was_read else []
    ticked = before.getlist(f"code-{answer.pk}") if is_sent else own
    text = answer.published or answer.text
    ordered = sorted(
        frame, key=lambda code: (likely.index(code.code) if code.code in likely else len(likely), code.code)
    )
    return {
        "id": str(answer.pk),
        "text": text,
        "published": before.get(f"text-{answer.pk}", text),
        "state": before.get(f"state-{answer.pk}", OpenAnswerState.APPROVED.value if was_read and not is_sent else ""),
        "has_file": not text,
        "is_wrong": wrong == str(answer.pk),
        "codes": [
            {
                "code": code.code,
                "kk": code.labels.get("kk", "")[:LONGEST_LABEL],
                "ru": code.labels.get("ru", "")[:LONGEST_LABEL],
                "suggested": code.code in likely,
                "ticked": code.code in ticked,
            }
            for code in ordered
        ],
    }


@require_safe
@public_page(reading.words_version)
def words(request: HttpRequest, wave_id: UUID, question: str = "") -> HttpResponse:
    """What residents wrote, as far as readers let it through, with the codes and how often each was given."""
    wave = reading.closed_wave(wave_id)
    language = get_language() or ""
    form = queries.form_of(wave.version_id)
    open_questions = reading.open_questions(wave)
    name = question or (open_questions[0].question.name if open_questions else "")
    asked = next((one.question for one in open_questions if one.question.name == name), None)
    place = PlaceForm(request.GET)
    after = place.cleaned_data["after"] if place.is_valid() else None
    found = reading.published_answers(wave, name, after=after) if name else []
    shown = found[: reading.PAGE]
    context = {
        **_about(wave),
        "questions": [
            (
                form.words(one.question.labels, language) or one.question.name,
                reverse("surveys:words_of", args=[wave.pk, one.question.name]),
                one.question.name == name,
            )
            for one in open_questions
        ],
        "answers": [_published(wave, one, asked, language) for one in shown if asked],
        "codes": [
            (
                one.code.labels.get("kk", ""),
                one.code.labels.get("ru", ""),
                number(one.number, language, 0) if one.number else None,
            )
            for one in (reading.code_counts(wave, name) if name else [])
        ],
        "next_url": f"?after={shown[-1].pk}" if len(found) > len(shown) else "",
    }
    return render(request, "surveys/words.html", context)


def _published(wave: Wave, answer: OpenAnswer, asked: Question, language: str) -> dict[str, object]:
    """An answer as everybody sees it: its words, or the address of its picture, sound or film."""
    file = reading.published_file(answer, asked)
    return {
        "text": answer.published,
        "redacted": answer.state == OpenAnswerState.REDACTED,
        "kind": file.media_type.partition("/")[0] if file else "",
        "file_url": reverse("surveys:words_file", args=[wave.pk, asked.name, answer.pk]) if file else "",
        "size": number(max(file.size / MEGABYTE, 0.1), language, 1) if file else "",
    }


@require_safe
@public_page(reading.file_state)
def words_file(request: HttpRequest, wave_id: UUID, question: str, answer_id: UUID) -> HttpResponse:
    """A picture, sound or film that readers let through, as long as it is: whoever withholds it takes it away here."""
    wave = reading.closed_wave(wave_id)
    return _file(*reading.published_bytes(wave, reading.question_of(wave, question), answer_id))


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
