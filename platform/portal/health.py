"""Whether this process can serve: for supervisors and health checks. Names logs that refuse to sign, nothing else."""

from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from common.outage import RETRY_AFTER_SECONDS
from transparency.queries import refusing_logs


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 while it does not.

    A log that refuses to sign is named in `logs`: pages are served all the same, and an operator has to look.
    """
    try:
        refusing = refusing_logs()
    except (OperationalError, InterfaceError):
        answer = JsonResponse({"status": "database away"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    logs = {"logs": {slug: refusal.value for slug, refusal in refusing}} if refusing else {}
    return JsonResponse({"status": "ok", **logs})
