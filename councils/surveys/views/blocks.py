"""Ready blocks of questions for the administrator, and the questionnaire made of those that were ticked."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import actions, queries
from councils.surveys.forms import BlocksForm
from councils.surveys.permissions import can_import
from councils.surveys.queries.library import block_texts, ready_blocks
from users.permissions import is_signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def blocks(request: HttpRequest) -> HttpResponse:
    """Every block with its questions in the reader's language; POST makes a questionnaire of those ticked."""
    moment = now()
    can_import(request.user, on=day_of(moment)).enforce()
    language = get_language() or ""
    ready = ready_blocks()
    form = BlocksForm(
        request.POST if request.method == "POST" else None,
        blocks=[
            (
                block.name,
                gettext("%(title)s (questions: %(number)s)")
                % {"title": queries.title_in(block.titles, language), "number": len(block.questions)},
            )
            for block in ready
        ],
    )
    if request.method == "POST" and form.is_valid() and is_signed_in(request.user):
        try:
            made = actions.make_of_blocks(
                actor=request.user,
                slug=form.cleaned_data["slug"],
                titles=form.titles(),
                blocks=form.cleaned_data["blocks"],
                now=moment,
            )
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            return redirect("surveys:version", version_id=made.pk)
    context = {
        "form": form,
        "blocks": [
            {
                "name": block.name,
                "title": queries.title_in(block.titles, language),
                "questions": block_texts(block, language),
            }
            for block in ready
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "surveys/blocks.html", context, status=status)
