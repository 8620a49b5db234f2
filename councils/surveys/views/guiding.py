"""Whom a wave hopes to hear: a target and quotas, while it runs. They guide helpers and stop nobody's answer."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import queries
from councils.surveys.actions.guiding import set_guides
from councils.surveys.forms.guiding import GuidesForm
from councils.surveys.permissions import can_run
from councils.surveys.queries import running
from councils.surveys.states import WaveState
from councils.surveys.views.running import HEADINGS
from users.permissions import is_signed_in


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guides(request: HttpRequest, wave_id: UUID) -> HttpResponse:
    """Type how many answers are hoped for, in all and by option."""
    wave = queries.wave_by_id(wave_id)
    moment = now()
    can_run(request.user, wave.town, on=day_of(moment)).enforce()
    language = get_language() or ""
    words = running.group_words(wave, language)
    form = GuidesForm(
        request.POST if request.method == "POST" else None,
        parts=[
            (name, HEADINGS[name], [(value, words.get(value, value)) for value in values])
            for name, values in running.asked_options(wave).items()
        ],
        target=wave.target,
        quotas=wave.quotas,
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if form.is_bound and form.is_valid() and is_signed_in(request.user):
        try:
            set_guides(
                actor=request.user,
                wave=wave,
                target=form.cleaned_data["target"],
                quotas=form.quotas(),
                now=moment,
            )
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(None, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            return redirect("surveys:run", wave_id=wave.pk)
    context = {
        "wave": wave,
        "town": wave.town,
        "name": wave.town.name_in(language),
        "title": queries.wave_title(wave, language),
        "is_over": wave.state != WaveState.OPEN,
        "form": form,
    }
    return render(request, "surveys/guides.html", context, status=status)
