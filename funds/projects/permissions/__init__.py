"""Who may open projects, and who answers offers."""

from funds.projects.permissions.offers import can_answer, can_offer
from funds.projects.permissions.projects import can_open

__all__ = ["can_answer", "can_offer", "can_open"]
