"""The OpenRosa 1.0 server: list of forms, forms, their files, and submissions of ODK Collect and KoboCollect.

Devices know no session, no cookie and no CSRF token: each request proves itself, by the token in its address, by HTTP
digest, or by Basic over TLS. Nothing of a request is logged, no part of it touches the disk, and whatever a device
tells about itself (its id, when a form was begun and ended) is dropped.
"""

import hmac
from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import get_language, gettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from common.clock import day_of, now
from common.errors import DomainError
from common.formats import date_long
from common.http import status_of
from councils.surveys import queries
from councils.surveys.models import HelperDevice, Wave
from councils.surveys.permissions import can_help
from councils.surveys.queries import devices
from councils.surveys.rules import digest, openrosa
from councils.surveys.rules.digest import Proof

DeviceView = Callable[..., HttpResponse]
XML: Final = "text/xml; charset=utf-8"


def for_devices(*methods: str) -> Callable[[DeviceView], DeviceView]:
    """A view for devices that have proven themselves. Every answer, refusals too, is one of the protocol."""

    def decorate(view: DeviceView) -> DeviceView:
        def guarded(request: HttpRequest, *, token: str = "", **kwargs: Any) -> HttpResponse:
            response: HttpResponse
            device, refusal = _device(request, token)
            spoken = get_language() or ""
            if device is not None and "Accept-Language" not in request.headers:
                spoken = device.user.language
            with override(spoken):
                if refusal is not None:
                    response = refusal
                elif device is None:
                    response = said(
                        gettext("This device is not known here any more. Set it up anew on the page for helpers."),
                        HTTPStatus.NOT_FOUND,
                    )
                elif request.method not in methods:
                    response = said(gettext("This is not understood here."), HTTPStatus.METHOD_NOT_ALLOWED)
                    response["Allow"] = ", ".join(methods)
                else:
                    try:
                        can_help(device.user, device.town, on=day_of(now())).enforce()
                        response = view(request, device, **kwargs)
                    except DomainError as error:
                        response = said(str(error.message), status_of(error))
                response.headers.setdefault("Content-Language", get_language() or "")
            response["X-OpenRosa-Version"] = openrosa.PROTOCOL
            response["Date"] = http_date(now().timestamp())
            return response

        update_wrapper(guarded, view, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
        return csrf_exempt(never_cache(guarded))

    return decorate


def said(message: str, status: HTTPStatus, *, nature: str = "") -> HttpResponse:
    """A sentence for the helper, in the protocol's envelope."""
    kind = nature or ("submit_success" if status < HTTPStatus.BAD_REQUEST else "error")
    return HttpResponse(openrosa.envelope(message, nature=kind), content_type=XML, status=status)


def address(request: HttpRequest, token: str, view: str, **kwargs: str) -> str:
    """The whole address of one of these views, by the same way in as the request's."""
    route = f"odk:token_{view}" if token else f"odk:{view}"
    return request.build_absolute_uri(reverse(route, kwargs={**kwargs, **({"token": token} if token else {})}))


@for_devices("GET", "HEAD")
def form_list(request: HttpRequest, device: HelperDevice) -> HttpResponse:
    """The surveys that the device's town takes answers for today. `deviceID` is not looked at."""
    language = get_language() or ""
    wanted, verbose = request.GET.get("formID"), request.GET.get("verbose") == "true"
    token = _token(request)
    listed = []
    offered = devices.waves_for_devices(town=device.town, on=day_of(now()))
    illustrated = devices.with_files(offered)
    for wave in offered:
        form_id = devices.form_id_of(wave)
        if wanted is not None and wanted != form_id:
            continue
        listed.append(
            openrosa.ListedForm(
                form_id=form_id,
                name=queries.wave_title(wave, language),
                version=queries.form_of(wave.version_id).version,
                digest=devices.form_for_devices(wave).digest,
                form_url=address(request, token, "form", form_id=form_id),
                manifest_url=address(request, token, "manifest", form_id=form_id) if wave.pk in illustrated else "",
                description=_description(wave, language) if verbose else "",
            )
        )
    return HttpResponse(openrosa.form_list(listed), content_type=XML)


@for_devices("GET", "HEAD")
def form(request: HttpRequest, device: HelperDevice, form_id: str) -> HttpResponse:
    """The XForm of a survey, with the question for the respondent's code where answers are counted by codes."""
    wave = devices.wave_of_form(town=device.town, form_id=form_id)
    return HttpResponse(devices.form_for_devices(wave).xml, content_type=XML)


@for_devices("GET", "HEAD")
def manifest(request: HttpRequest, device: HelperDevice, form_id: str) -> HttpResponse:
    """The pictures and sounds of a survey's form."""
    wave, token = devices.wave_of_form(town=device.town, form_id=form_id), _token(request)
    listed = [
        openrosa.ListedFile(
            name=name, digest=checksum, file_url=address(request, token, "media", form_id=form_id, name=name)
        )
        for name, checksum in devices.files_of(wave)
    ]
    return HttpResponse(openrosa.manifest(listed), content_type=XML)


@for_devices("GET", "HEAD")
def media(request: HttpRequest, device: HelperDevice, form_id: str, name: str) -> HttpResponse:
    """One of them."""
    file = devices.file_of(devices.wave_of_form(town=device.town, form_id=form_id), name)
    return HttpResponse(bytes(file.content), content_type=file.content_type)


def _description(wave: Wave, language: str) -> str:
    facts = {"town": wave.town.name_in(language), "day": date_long(wave.entry_date, language)}
    return gettext("Town: %(town)s. Last day for sending: %(day)s.") % facts


def _token(request: HttpRequest) -> str:
    return str(request.resolver_match.kwargs.get("token", "")) if request.resolver_match else ""


def _device(request: HttpRequest, token: str) -> tuple[HelperDevice | None, HttpResponse | None]:
    """Who is asking: a device, or the refusal that lets it try again. (None, None) is an unknown token."""
    moment = now()
    today = day_of(moment)
    if token:
        return devices.device_by_token(token, on=today), None
    header = request.headers.get("Authorization", "")
    keys = devices.device_keys()
    stale = False
    if (told := digest.credentials(header)) is not None and unquote(told.uri) == unquote(request.get_full_path()):
        device = devices.device_by_username(told.username, on=today)
        ha1 = keys.open(bytes(device.ha1_sealed), place=str(device.pk)) if device else ""
        method = request.method or ""
        proof = digest.judged(told, ha1=ha1, method=method, keys=keys, at=int(moment.timestamp()))
        if device is not None and proof is Proof.GOOD and _is_fresh(told, device):
            return device, None
        stale = proof is not Proof.WRONG
    elif (named := digest.basic(header)) is not None and request.is_secure():
        username, secret = named
        device = devices.device_by_username(username, on=today)
        ha1 = keys.open(bytes(device.ha1_sealed), place=str(device.pk)) if device else ""
        if ha1 and hmac.compare_digest(ha1, digest.ha1_of(username=username, secret=secret)):
            return device, None
    sentence = gettext("Name or secret of this device are wrong. Look at the page for helpers.")
    response = said(sentence, HTTPStatus.UNAUTHORIZED)
    nonce = keys.nonce(at=int(moment.timestamp()))
    asked = digest.challenge(nonce, domain=_domain(), stale=stale)
    # Basic is offered where nobody can listen, for programs that know nothing else.
    response["WWW-Authenticate"] = f'{asked}, Basic realm="{digest.REALM}"' if request.is_secure() else asked
    return None, response


def _domain() -> str:
    """The part of the site that the proof is for."""
    return reverse("odk:form_list").rpartition("/")[0] + "/"


def _is_fresh(told: digest.Credentials, device: HelperDevice) -> bool:
    """Whether the device's count under this nonce has not been seen: a request that somebody recorded is worth nothing.
    Devices that asked in the same second have the same nonce.

    While the cache is away, the ten minutes of a nonce are all that limits it.
    """
    return bool(cache.add(f"odk:{told.nonce}:{device.pk}:{int(told.count, 16)}", 1, timeout=digest.NONCE_SECONDS + 60))
