"""Questionnaires for the administrator: every version, and the import of an XLSForm with every reason of a refusal."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from councils.surveys import actions, queries
from councils.surveys.forms import UploadForm
from councils.surveys.models import QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.rules import LARGEST_FILE, FormRefusedError, Problem, missing_translations
from users.permissions import is_signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaires(request: HttpRequest) -> HttpResponse:
    """The list with its versions; POST imports a file, or shows every place in it that cannot be carried out."""
    moment = now()
    can_import(request.user, on=day_of(moment)).enforce()
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else (None, None)))
    problems: tuple[Problem, ...] = ()
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        try:
            version = actions.import_questionnaire(
                actor=request.user,
                slug=form.cleaned_data["slug"],
                content=_bounded(form.cleaned_data["file"]),
                filename=form.cleaned_data["file"].name or "",
                now=moment,
            )
        except FormRefusedError as error:
            problems = error.problems
        else:
            return redirect(f"{reverse('surveys:questionnaires')}#v{version.pk}")
    language = get_language() or ""
    context = {
        "form": form,
        "problems": problems,
        "groups": [
            {
                "title": queries.title_in(questionnaire.titles, language),
                "slug": questionnaire.slug,
                "versions": [_row(version) for version in questionnaire.versions.all()],
            }
            for questionnaire in queries.questionnaires()
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "surveys/questionnaires.html", context, status=status)


def _bounded(file: "UploadedFile[bytes]") -> bytes:
    """At most one byte more than is allowed: enough to see that it is too much."""
    content: bytes = file.read(LARGEST_FILE + 1)
    return content


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
