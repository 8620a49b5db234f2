"""A helper's page: what can be answered today, and the phones and tablets that help. Secrets are shown once."""

from http import HTTPStatus
from uuid import UUID

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from common.clock import day_of, now
from common.errors import DomainError, Forbidden
from councils.surveys import queries
from councils.surveys.actions.devices import NewDevice, add_device, collect_settings, revoke_device
from councils.surveys.forms.helping import DeviceForm
from councils.surveys.permissions import can_help, can_run
from councils.surveys.queries import devices as reads
from councils.surveys.states import Audience
from towns.models import Town
from towns.queries import town_by_slug
from users.permissions import is_signed_in


@never_cache
@login_required
@require_safe
def helping(request: HttpRequest, slug: str) -> HttpResponse:
    """The surveys that a helper can bring answers to today, by paper, side by side, or with a device."""
    town = town_by_slug(slug=slug)
    today = day_of(now())
    can_help(request.user, town, on=today).enforce()
    language = get_language() or ""
    rows = [
        {
            "title": queries.wave_title(wave, language),
            "wave": wave,
            "together": wave.audience != Audience.OPEN,
        }
        for wave in reads.waves_for_devices(town=town, on=today)
    ]
    return render(request, "surveys/helping.html", {**_about(town), "rows": rows})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: HttpRequest, slug: str) -> HttpResponse:
    """One's own devices; for the secretary all of the town. POST makes one and shows its secrets, this one time."""
    town = town_by_slug(slug=slug)
    moment = now()
    today = day_of(moment)
    can_help(request.user, town, on=today).enforce()
    form = DeviceForm(request.POST if request.method == "POST" else None)
    made, status = None, HTTPStatus.OK
    if is_signed_in(request.user) and form.is_valid():
        try:
            made = add_device(actor=request.user, town=town, label=form.cleaned_data["label"], now=moment)
        except Forbidden:
            raise
        except DomainError as error:
            form.add_error(None, str(error.message))
            status = HTTPStatus.CONFLICT
        else:
            form = DeviceForm()
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    everybody = bool(can_run(request.user, town, on=today))
    own = request.user if is_signed_in(request.user) and not everybody else None
    context = {
        **_about(town),
        "form": form,
        "rows": reads.devices_of(town=town, user=own, on=today),
        "everybody": everybody,
        "made": _shown(request, made, town) if made else None,
    }
    return render(request, "surveys/devices.html", context, status=status)


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, device_id: UUID) -> HttpResponse:
    """Switch a device off, at once and for good."""
    town = town_by_slug(slug=slug)
    can_help(request.user, town, on=day_of(now())).enforce()
    if is_signed_in(request.user):
        revoke_device(actor=request.user, device=reads.device_in(town, device_id), now=now())
    return redirect("surveys:devices", slug=slug)


def _shown(request: HttpRequest, made: NewDevice, town: Town) -> dict[str, object]:
    """What is shown once: the square code, and name and secret for typing."""
    server = request.build_absolute_uri(reverse("odk:form_list").rpartition("/")[0])
    project = gettext("Surveys: %(town)s") % {"town": town.name_in(get_language() or "")}
    told = collect_settings(server=f"{server}/{made.token}", project=project)
    picture = segno.make(told, error="l", micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return {
        "label": made.device.label,
        "server": server,
        "username": made.device.username,
        "secret": made.secret,
        "picture": Markup(picture),  # noqa: S704 - drawn by segno from letters and digits
        "site": settings.SITE_URL,
    }


def _about(town: Town) -> dict[str, object]:
    return {"town": town, "name": town.name_in(get_language() or "")}
