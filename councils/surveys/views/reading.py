"""Open answers: a reader lets each through, redacts or withholds it and codes it; everybody reads what came through.

What was sent to this page is kept when something is wrong. Never show an answer that was not let through to others.
"""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import number
from common.http import public_page
from councils.surveys import queries
from councils.surveys.actions.reading import LONGEST_LABEL, Reading, add_code, read_answers
from councils.surveys.forms.reading import CodeForm, PlaceForm
from councils.surveys.models import OpenAnswer, OpenCode, Wave
from councils.surveys.permissions import can_read_open_answers
from councils.surveys.queries import reading
from councils.surveys.rules import LONGEST_TEXT
from councils.surveys.states import OpenAnswerState
from users.permissions import is_signed_in

_DECISIONS = (OpenAnswerState.APPROVED, OpenAnswerState.REDACTED, OpenAnswerState.WITHHELD)


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
    """Some answers that wait, each with its decision and codes; POST notes the decisions that were made."""
    wave = reading.closed_wave(wave_id)
    moment = now()
    can_read_open_answers(request.user, wave.town, on=day_of(moment)).enforce()
    asked = reading.question_of(wave, question)
    sent: QueryDict | None = request.POST if request.method == "POST" else None
    error, status = "", HTTPStatus.OK
    code_form = CodeForm(sent if sent is not None and "add" in sent else None)
    if sent is not None and is_signed_in(request.user):
        try:
            if "add" in sent:
                if code_form.is_valid():
                    add_code(
                        actor=request.user, wave=wave, question=question, labels=code_form.cleaned_data, now=moment
                    )
                    return redirect("surveys:read", wave_id=wave.pk, question=question)
                status = HTTPStatus.UNPROCESSABLE_ENTITY
            else:
                read_answers(actor=request.user, wave=wave, question=question, readings=_readings(sent), now=moment)
                return redirect("surveys:read", wave_id=wave.pk, question=question)
        except Forbidden:
            raise
        except DomainError as refusal:
            error, status = str(refusal.message), HTTPStatus.CONFLICT
    answers = reading.waiting_answers(wave, question)
    frame = reading.coding_frame(wave, question)
    likely = reading.suggestions(wave, question, answers)
    form = queries.form_of(wave.version_id)
    context = {
        **_about(wave),
        "error": error,
        "labels": [(code, asked.labels[code]) for code in ("kk", "ru") if code in asked.labels],
        "question": form.words(asked.labels, get_language() or "") or asked.name,
        "decisions": [(state.value, state.label) for state in _DECISIONS],
        "answers": [_row(answer, frame, likely[answer.pk], sent) for answer in answers],
        "code_form": code_form,
    }
    return render(request, "surveys/read.html", context, status=status)


def _readings(sent: QueryDict) -> list[Reading]:
    """The decisions on a sent page; answers without one stay waiting."""
    found = []
    for name, state in sent.items():
        if not name.startswith("state-") or state not in OpenAnswerState.values:
            continue
        try:
            answer_id = UUID(name.removeprefix("state-"))
        except ValueError:
            continue
        text = str(sent.get(f"text-{answer_id}", ""))[:LONGEST_TEXT]
        codes = tuple(sent.getlist(f"code-{answer_id}"))
        found.append(Reading(answer_id=answer_id, state=OpenAnswerState(state), published=text, codes=codes))
    return found


def _row(
    answer: OpenAnswer, frame: list[OpenCode], likely: tuple[str, ...], sent: Mapping[str, str] | None
) -> dict[str, object]:
    """One answer; suggested codes are named first and are not ticked: the reader decides."""
    before = sent if isinstance(sent, QueryDict) else QueryDict()
    ticked = before.getlist(f"code-{answer.pk}")
    ordered = sorted(
        frame, key=lambda code: (likely.index(code.code) if code.code in likely else len(likely), code.code)
    )
    return {
        "id": str(answer.pk),
        "text": answer.text,
        "published": before.get(f"text-{answer.pk}", answer.text),
        "state": before.get(f"state-{answer.pk}", ""),
        "has_file": bool(answer.content_type),
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
        "answers": [(one.published, one.state == OpenAnswerState.REDACTED) for one in shown],
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


def _about(wave: Wave) -> dict[str, object]:
    language = get_language() or ""
    return {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
    }
