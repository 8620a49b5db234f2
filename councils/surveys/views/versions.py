"""One version of a questionnaire for the administrator: report, gaps, files, changes, preview, downloads.

A version never changes; only its pictures and sounds may, until the first wave of it begins.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries
from councils.surveys.forms import FilesForm, PlaceForm, SectionPage
from councils.surveys.models import QuestionnaireVersion
from councils.surveys.permissions import can_import
from councils.surveys.queries import versions
from councils.surveys.queries.forms import form_file
from councils.surveys.queries.preview import with_conditions
from councils.surveys.rules.exporting import export_xlsform
from councils.surveys.rules.packing import packed
from councils.surveys.rules.preview import pages
from towns.queries import town_choices
from users.permissions import is_signed_in

FEW = 10  # lines of a list on the version's own page
PAGE = 50  # lines of a page of a list
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_P = ParamSpec("_P")


def _for_importers(view: Callable[Concatenate[HttpRequest, _P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for those who may import questionnaires; never kept by browsers."""

    @wraps(view)
    def checked(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        can_import(request.user, on=day_of(now())).enforce()
        return view(request, *args, **kwargs)

    return never_cache(login_required(checked))


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What there is to know about a version. POST takes pictures, sounds and films that it shows."""
    found = queries.version_by_id(version_id)
    moment = now()
    form = FilesForm(*((request.POST, request.FILES) if request.method == "POST" else (None, None)))
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        try:
            actions.add_form_files(actor=request.user, version=found, files=form.cleaned_data["beside"], now=moment)
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error("beside", str(error.message))
        else:
            return redirect(f"{reverse('surveys:version', args=[found.pk])}#files")
    compiled = queries.form_of(found.pk)
    lines = versions.report_lines(versions.report_of(found.pk))
    gaps = versions.gaps_of(compiled)
    before, after = versions.neighbours_of(found)
    difference = versions.difference_of(before, found.pk) if before else None
    files = versions.files_of_version(found.pk)
    context = _about(found) | {
        "form": form,
        "questions": sum(question.is_asked for question in compiled.questions),
        "sections": len(compiled.sections),
        "spoken": ", ".join(compiled.languages.values()),
        "imported_date": day_of(found.imported_at),
        "lines": lines[:FEW],
        "lines_number": len(lines),
        "gaps": gaps[:FEW],
        "gaps_number": len(gaps),
        "before": before,
        "after": after,
        "changes_number": len(difference.changes) if difference else 0,
        "comparable": len(difference.comparable) if difference else 0,
        "files": files,
        "files_missing": sum(not one.content_type for one in files),
        "has_begun": versions.has_begun(found.pk, on=day_of(moment)),
        "towns": town_choices(language=get_language() or ""),
        "previews": [(name, _in_language(code, found)) for code, name in settings.LANGUAGES],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "surveys/version.html", context, status=status)


@_for_importers
@require_safe
def report(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The whole import report, page by page."""
    found = queries.version_by_id(version_id)
    lines = versions.report_lines(versions.report_of(found.pk))
    return _list(request, found, "report", gettext("Import report"), lines)


@_for_importers
@require_safe
def missing(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Every text that a language lacks, page by page."""
    found = queries.version_by_id(version_id)
    return _list(request, found, "missing", gettext("Missing texts"), versions.gaps_of(queries.form_of(found.pk)))


@_for_importers
@require_safe
def changes(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What is different from the version before, page by page."""
    found = queries.version_by_id(version_id)
    before, _after = versions.neighbours_of(found)
    lines: list[versions.ChangeLine] = []
    if before:
        lines = versions.changes_in_words(
            versions.difference_of(before, found.pk).changes, queries.form_of(before), queries.form_of(found.pk)
        )
    return _list(request, found, "changes", gettext("Changes since the version before"), lines)


@_for_importers
@require_safe
def preview(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The whole questionnaire on one page in the language of the page, every question of it; nothing can be sent."""
    found = queries.version_by_id(version_id)
    language = get_language() or ""
    form = with_conditions(queries.form_of(found.pk), language)
    context = _about(found) | {
        "sections": [
            {
                "title": form.words(section.labels, language),
                "page": SectionPage(form=form, items=items, repeats=repeats, answers={}, faults={}),
            }
            for section, items, repeats in pages(form, language=language, today=day_of(now()))
        ],
        "shown": {"id": found.pk, "file_route": "surveys:version_file"},
    }
    return render(request, "surveys/version_preview.html", context)


@_for_importers
@require_safe
def xlsx(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The version as an XLSForm, to be changed and imported as the next one."""
    found = queries.version_by_id(version_id)
    content = export_xlsform(queries.form_of(found.pk))
    return _download(content, _XLSX, f"{found.questionnaire.slug}-{found.number}.xlsx")


@_for_importers
@require_safe
def source(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The file as it came."""
    found = queries.version_by_id(version_id)
    return _download(versions.source_of(found.pk), "application/octet-stream", found.filename)


@_for_importers
@require_safe
def package(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Both together, with the pictures, sounds and lists that came beside them: all that another site needs."""
    found = queries.version_by_id(version_id)
    name = f"{found.questionnaire.slug}-{found.number}"
    parts = {
        f"{name}.xlsx": export_xlsform(queries.form_of(found.pk)),
        f"as-it-came/{found.filename}": versions.source_of(found.pk),
        **{f"{name}-media/{one}": content for one, content in versions.files_beside(found.pk).items()},
    }
    return _download(packed(parts), "application/zip", f"{name}.zip")


@_for_importers
@require_safe
def file(request: HttpRequest, version_id: UUID, name: str) -> HttpResponse:
    """A picture, sound or film of the version, before any wave shows it."""
    found = form_file(version_id, name)
    return HttpResponse(bytes(found.content), content_type=found.content_type)


def _download(content: bytes, content_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return response


def _about(found: QuestionnaireVersion) -> dict[str, Any]:
    title = queries.title_in(found.questionnaire.titles, get_language() or "") or found.questionnaire.slug
    return {"version": found, "title": title, "slug": found.questionnaire.slug}


def _in_language(code: str, found: QuestionnaireVersion) -> str:
    with override(code):
        return reverse("surveys:version_preview", args=[found.pk])


def _list(
    request: HttpRequest, found: QuestionnaireVersion, kind: str, heading: str, lines: Sequence[object]
) -> HttpResponse:
    place = PlaceForm(request.GET)
    number = (place.cleaned_data["page"] if place.is_valid() else None) or 1
    last = max(1, -(-len(lines) // PAGE))
    number = min(number, last)
    context = _about(found) | {
        "kind": kind,
        "heading": heading,
        "lines": lines[(number - 1) * PAGE : number * PAGE],
        "page": {
            "previous_url": f"?page={number - 1}" if number > 1 else "",
            "next_url": f"?page={number + 1}" if number < last else "",
            "position": gettext("Page %(number)s of %(total)s") % {"number": number, "total": last},
        },
    }
    return render(request, "surveys/version_list.html", context)
