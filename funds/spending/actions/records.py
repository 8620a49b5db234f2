"""What every write of spending begins and ends with: the request's lock and the audit record. It decides nothing."""

from datetime import datetime
from uuid import UUID

from audit.actions import record
from funds.spending.models import Request
from users.models import User


def tell(
    *, now: datetime, actor: User, town_slug: str, action: str, request: Request, detail: dict[str, object]
) -> None:
    """Who did what with a request, when; `detail` holds codes and sums alone."""
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=town_slug,
        action=f"spending.{action}",
        object_type="spending_request",
        object_id=request.pk,
        detail=detail,
    )


def locked(request: Request) -> Request:
    """The request as it stands now; others wait until this transaction ends."""
    return locked_by_id(request.pk)


def locked_by_id(request_id: UUID) -> Request:
    """The same, where only the id is known."""
    rows = Request.objects.select_for_update(of=("self",)).select_related("project__fund__town")
    return rows.get(pk=request_id)
