"""Printing paper sheets with codes. The codes stand in the file alone; a file that waits for its reader is locked.

It waits an hour in the cache under the wave's key, never on a disk or in the queue. Once fetched it is gone.
"""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from common.cache import demanded
from common.clock import day_of
from common.errors import DomainError, NotFound
from common.pdf import render
from councils.surveys.actions.invitations import make_invitations
from councils.surveys.models import Wave
from councils.surveys.permissions import can_run
from councils.surveys.queries import form_of, wave_key
from councils.surveys.queries.printing import sheets_data
from councils.surveys.rules.paper import unprintable
from councils.surveys.states import InvitationKind
from users.models import User

MOST_SHEETS: Final = 200  # in one file
AT_ONCE: Final = 20  # more are made by the worker
_KEPT_SECONDS: Final = 3600
WORKING, READY, FAILED = "working", "ready", "failed"


def print_sheets(*, actor: User, wave: Wave, number: int, language: str, now: datetime) -> bytes:
    """Sheets with fresh codes as one PDF. Refuses as `make_invitations` does, more than 200 sheets (`how_many`), and
    a questionnaire that requires what cannot be on paper (`not_on_paper`)."""
    check_printable(wave=wave, number=number)
    codes = make_invitations(actor=actor, wave=wave, kind=InvitationKind.SHEET, number=number, batch="", now=now)
    return render("sheet", sheets_data(wave, codes, language=language), dated=now)


def check_printable(*, wave: Wave, number: int) -> None:
    """Refuse early what `print_sheets` would refuse."""
    if not 1 <= number <= MOST_SHEETS:
        raise DomainError("how_many", _("Choose between 1 and 200 sheets."), field="number")
    if unprintable(form_of(wave.version_id)):
        raise DomainError(
            "not_on_paper", _("This questionnaire requires pictures, sounds or places. It cannot be on paper.")
        )


def order_sheets(*, actor: User, wave: Wave, number: int, now: datetime) -> str:
    """The name of a file that the worker will make. The caller sends the task."""
    can_run(actor, wave.town, on=day_of(now)).enforce()
    check_printable(wave=wave, number=number)
    token = secrets.token_urlsafe(32)
    with demanded():
        cache.set(_name(wave.pk, token), (WORKING, b""), timeout=_KEPT_SECONDS)
    return token


def make_ordered_sheets(*, actor: User, wave: Wave, number: int, language: str, token: str, now: datetime) -> None:
    """The worker's part. Run twice it makes the file once more, with other codes."""
    state: tuple[str, bytes] = (FAILED, b"")
    try:
        made = print_sheets(actor=actor, wave=wave, number=number, language=language, now=now)
        state = (READY, wave_key(wave).seal(made, place=token))
    finally:
        cache.set(_name(wave.pk, token), state, timeout=_KEPT_SECONDS)


def state_of_sheets(*, wave: Wave, token: str) -> str:
    """working, ready or failed. Raises `NotFound` when the file was fetched or its hour is over."""
    return _waiting(wave, token)[0]


def fetch_sheets(*, wave: Wave, token: str) -> bytes:
    """The file, this one time. Raises `NotFound` as above, and while it is being made."""
    state, sealed = _waiting(wave, token)
    if state != READY:
        raise _gone()
    made = wave_key(wave).open(sealed, place=token)
    cache.delete(_name(wave.pk, token))
    return made


def _waiting(wave: Wave, token: str) -> tuple[str, bytes]:
    found: tuple[str, bytes] | None = cache.get(_name(wave.pk, token))
    if found is None:
        raise _gone()
    return found


def _name(wave_id: UUID, token: str) -> str:
    return f"surveys:sheets:{wave_id}:{token}"


def _gone() -> NotFound:
    return NotFound("no_such_sheets", _("These sheets are not here any more. Print new ones."))
