"""Sweeps about people. Each may run twice at once."""

from celery import shared_task

from common.clock import now
from users.queries import never_entered


@shared_task
def delete_unentered_accounts() -> int:
    """Forget addresses that were typed once and never proven: data nobody needs is data nobody can lose."""
    _all, by_model = never_entered(before=now()).delete()
    return by_model.get("users.User", 0)
