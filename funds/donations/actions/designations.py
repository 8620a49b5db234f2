"""Money tied to a need: the purse it stands in, and where it goes when the need gets a project or falls away.

Nothing here chooses a purpose: a giver named the need, and the council's decision or the leftover rule moves its money.
"""

from councils.needs.models import Need
from councils.needs.rules import excerpt
from funds.ledger.models import Earmark, Fund

_LABEL = 120


def earmark_of_need(*, fund: Fund, need: Need) -> Earmark:
    """What money for a need is tied to. It shares the need's id and is made by the first gift; no audit entry."""
    earmark, _made = Earmark.objects.get_or_create(
        id=need.pk, defaults={"fund": fund, "label": excerpt(need.text, _LABEL)}
    )
    return earmark
