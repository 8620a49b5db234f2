"""Whether this process can serve: for supervisors and health checks. Tells nothing else."""

from http import HTTPStatus

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from common.outage import RETRY_AFTER_SECONDS


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 while it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        answer = JsonResponse({"status": "database away"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    return JsonResponse({"status": "ok"})
