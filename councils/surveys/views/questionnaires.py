"""Questionnaires for the administrator: every version, and the import of a file with every reason of a refusal."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from common.formats import number
from councils.surveys import actions, queries
from councils.surveys.forms import PlaceForm, UploadForm
from councils.surveys.models import QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.queries.versions import gaps_of, report_lines
from councils.surveys.rules import LARGEST_FILE, FormRefusedError, Problem, missing_translations
from councils.surveys.rules.arriving import Arrived, read_questionnaire
from users.permissions import is_signed_in

MOST_SHOWN = 200  # lines of a refusal or of a first look


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaires(request: HttpRequest) -> HttpResponse:
    """The list with its versions; POST imports a file, or shows every place in it that cannot be carried out."""
    moment = now()
    can_import(request.user, on=day_of(moment)).enforce()
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else (None, None)))
    problems: tuple[Problem, ...] = ()
    is_whole = True
    looked: Arrived | None = None
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        file = form.cleaned_data["file"]
        sent = {"content": _bounded(file), "filename": file.name or "", "files": form.cleaned_data["beside"]}
        try:
            if not form.cleaned_data["only_look"]:
                version = actions.import_questionnaire(
                    actor=request.user, slug=form.cleaned_data["slug"], now=moment, **sent
                )
                return redirect("surveys:version", version_id=version.pk)
            looked = read_questionnaire(**sent)
        except FormRefusedError as error:
            problems, is_whole = error.problems, error.is_whole
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error.message))
    has_failed = form.is_bound and looked is None
    context = {
        "form": form,
        "problems": problems[:MOST_SHOWN],
        "problems_number": number(len(problems), get_language() or "", 0),
        "may_be_more": not is_whole or len(problems) > MOST_SHOWN,
        "looked": _looked(looked) if looked else None,
        **_listed(request),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if has_failed else HTTPStatus.OK
    return render(request, "surveys/questionnaires.html", context, status=status)


def _bounded(file: "UploadedFile[bytes]") -> bytes:
    """At most one byte more than is allowed: enough to see that it is too much."""
    content: bytes = file.read(LARGEST_FILE + 1)
    return content


def _looked(arrived: Arrived) -> dict[str, Any]:
    """What an import would have said."""
    lines = report_lines(arrived.report)
    return {
        "lines": lines[:MOST_SHOWN],
        "number": len(lines),
        "questions": sum(question.is_asked for question in arrived.form.questions),
        "sections": len(arrived.form.sections),
        "missing": len(gaps_of(arrived.form)),
    }


def _listed(request: HttpRequest) -> dict[str, Any]:
    place = PlaceForm(request.GET)
    after = place.cleaned_data["after"] if place.is_valid() else ""
    page = queries.questionnaires(after=after)
    language = get_language() or ""
    return {
        "groups": [
            {
                "title": queries.title_in(questionnaire.titles, language),
                "slug": questionnaire.slug,
                "versions": _rows(questionnaire.versions.all()),
            }
            for questionnaire in page.questionnaires
        ],
        "page": {"previous_url": "", "next_url": f"?after={page.next_after}" if page.next_after else ""},
    }


def _rows(versions: Iterable[QuestionnaireVersion]) -> list[dict[str, object]]:
    return [_row(version) for version in versions]


def _row(version: QuestionnaireVersion) -> dict[str, object]:
    compiled = queries.form_of(version.pk)
    return {
        "id": version.pk,
        "number": version.number,
        "filename": version.filename,
        "imported_date": day_of(version.imported_at),
        "questions": sum(question.is_asked for question in compiled.questions),
        "missing": len(missing_translations(compiled, [code for code, _name in settings.LANGUAGES])),
    }
