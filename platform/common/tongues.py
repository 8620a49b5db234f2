"""The language of an address. What programs read has none, and must not be kept once per reader's language."""

import re
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

_FOR_PROGRAMS = ("/log/", "/witness/")
_API: Final = "/api/"
_PREFIX: Final = re.compile(rf"/({'|'.join(code for code, _name in settings.LANGUAGES)})/")


@lru_cache(maxsize=1024)
def _preferred(header: str) -> str:
    """The language of ours that an Accept-Language header asks for first."""
    for code, _weight in parse_accept_lang_header(header):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def _vary_by_language(response: HttpResponseBase) -> None:
    if "Vary" in response.headers:
        patch_vary_headers(response, ("Accept-Language",))
    else:
        response.headers["Vary"] = "Accept-Language"


class AddressLanguageMiddleware(LocaleMiddleware):
    """Django's own, but answers of the public log name no language and vary by none.

    Where the address names a language, as nearly every one does, nothing else is asked; the API goes by the header.
    """

    def process_request(self, request: HttpRequest) -> None:
        if named := _PREFIX.match(request.path_info):
            language = named[1]
        elif request.path_info.startswith(_API):
            language = _preferred(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        else:
            super().process_request(request)
            return
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(_FOR_PROGRAMS):
            return response
        if request.path_info.startswith(_API):
            _vary_by_language(response)
        elif _PREFIX.match(request.path_info) is None:
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response
