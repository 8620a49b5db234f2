"""Who may file for others, read what is not public yet, and answer. Filing a need for oneself is open to everybody."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from councils.needs.models import Need
from councils.needs.rules import text_is_public
from councils.needs.states import NeedState
from towns.models import Town
from users.permissions import Person, holds_role, is_signed_in
from users.states import COUNCIL_ROLES, Role


def can_file_as_helper(user: Person, town: Town, *, on: date) -> Verdict:
    """A helper of the town writes down needs of people who cannot do it themselves."""
    return holds_role(user, [Role.HELPER], town, on=on)


def can_triage(user: Person, town: Town, *, on: date) -> Verdict:
    """The council and the town's moderators read what waits for an answer."""
    return holds_role(user, [*COUNCIL_ROLES, Role.MODERATOR], town, on=on)


def can_answer(user: Person, need: Need, *, on: date) -> Verdict:
    """Whoever may triage, but nobody judges a need of their own, or one that has its answer."""
    verdict = can_triage(user, need.town, on=on)
    if not verdict:
        return verdict
    if is_signed_in(user) and user.pk in {need.author_id, need.helper_id}:
        return refused(_("This need was filed by you. Somebody else from the council answers it."))
    if need.state != NeedState.SUBMITTED:
        return refused(_("This need has been answered already. An answer stands."))
    return ALLOWED


def can_read(user: Person | None, need: Need, *, ticket: str, on: date) -> Verdict:
    """Text and photo: the public once they are public, before that the holder of the ticket and the council.

    `ticket` is a normalised code or ""; `user` is None where a page must not know who reads it.
    """
    if text_is_public(need.state, need.refusal_reason) or (ticket and ticket == need.ticket):
        return ALLOWED
    if user is None:
        return refused(_("This is not public."))
    return can_triage(user, need.town, on=on)
