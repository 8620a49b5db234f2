"""The language of an address. What programs read has none, and must not be kept once per reader's language."""

import re
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

_FOR_PROGRAMS = ("/log/", "/witness/")
_PREFIX: Final = re.compile(rf"/({'|'.join(code for code, _name in settings.LANGUAGES)})/")


class AddressLanguageMiddleware(LocaleMiddleware):
    """Django's own, but answers of the public log name no language and vary by none.

    Where the address names a language, as nearly every one does, nothing else is asked.
    """

    def process_request(self, request: HttpRequest) -> None:
        named = _PREFIX.match(request.path_info)
        if named is None:
            super().process_request(request)
        else:
            translation.activate(named[1])
            request.LANGUAGE_CODE = named[1]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(_FOR_PROGRAMS):
            return response
        if _PREFIX.match(request.path_info) is None:
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response
