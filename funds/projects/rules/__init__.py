"""What a project may cost, and how an offer moves. Pure."""

from funds.projects.rules.offers import may_move
from funds.projects.rules.projects import MAX_GOAL, MIN_GOAL, funded_share, goal_is_possible

__all__ = ["MAX_GOAL", "MIN_GOAL", "funded_share", "goal_is_possible", "may_move"]
