"""Who may vote and who may write down what was decided. Deny by default."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.verdict import ALLOWED, Verdict, refused
from councils.members.queries import Member
from towns.models import Town
from users.permissions import Person, holds_role
from users.states import Role


def can_record(user: Person, town: Town, *, on: date) -> Verdict:
    """The chair or the secretary of the council writes a decision down."""
    return holds_role(user, [Role.CHAIR, Role.SECRETARY], town, on=on)


def may_vote(appointment_id: UUID, members: Collection[Member]) -> Verdict:
    """`members` sat in the council on the day of the meeting. The secretary keeps the roll and has no vote."""
    if any(member.appointment_id == appointment_id and member.votes for member in members):
        return ALLOWED
    return refused(_("Only the chair and the council members of that day vote."))
