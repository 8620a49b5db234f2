"""The language of an address. What programs read has none, and must not be kept once per reader's language."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware

_FOR_PROGRAMS = ("/log/", "/witness/")


class AddressLanguageMiddleware(LocaleMiddleware):
    """Django's own, but answers of the public log name no language and vary by none."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(_FOR_PROGRAMS):
            return response
        return super().process_response(request, response)
