"""Every write of this room: a project is opened; an offer is made, answered, given, withdrawn."""

from funds.projects.actions.offers import (
    accept_offer,
    decline_offer,
    deliver_offer,
    make_offer,
    tell_giver,
    withdraw_offer,
)
from funds.projects.actions.projects import open_project

__all__ = [
    "accept_offer",
    "decline_offer",
    "deliver_offer",
    "make_offer",
    "open_project",
    "tell_giver",
    "withdraw_offer",
]
