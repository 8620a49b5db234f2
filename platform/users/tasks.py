"""Sweeps about people. Each may run twice at once."""

from celery import shared_task
from django.core.management import call_command

from common.clock import now
from users.queries import never_entered


@shared_task
def delete_unentered_accounts() -> int:
    """Forget addresses that were typed once and never proven: data nobody needs is data nobody can lose."""
    _all, by_model = never_entered(before=now()).delete()
    return by_model.get("users.User", 0)


@shared_task
def delete_expired_sessions() -> None:
    """Forget sign-ins that have run out."""
    call_command("clearsessions")
