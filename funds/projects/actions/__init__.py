"""Every write of this room: a project is opened; an offer is made, answered, given, withdrawn."""

from funds.projects.actions.needs import follow_with, move_money_of_need
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
    "follow_with",
    "make_offer",
    "move_money_of_need",
    "open_project",
    "tell_giver",
    "withdraw_offer",
]
