"""The council's list of priorities in the demo world: the evidence, with one need put first against it, and why."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.clock import day_of
from common.ids import random_id
from councils.indicators.queries.order import order_of_town
from councils.needs.states import Category
from councils.priorities.actions import publish_list
from councils.priorities.rules import Entry
from towns.models import Town
from users.models import User

_FIRST = Category.LIGHTING.value
_PLACES = 8
_REASON = (
    "Мектепке баратын жолда қыста шам жанбайды, екі бала құлап, қолын сындырды. "
    "Бұл шығыны аз, осы қыста-ақ шешілетін мәселе."
)
_TEXT = "Кеңес тұрғындардың жауабын негізге алды; жарық мәселесі ғана алға шығарылды."


def adopted(town: Town, people: dict[str, User], now: datetime) -> Iterator[datetime]:
    """The chair publishes what the council adopted three days after the figures came out."""
    moment = now - timedelta(days=45)
    yield moment
    evidence = order_of_town(town=town)
    if evidence is None:
        return
    others = [one.need for one in evidence.order.places if one.need != _FIRST]
    needs = [_FIRST, *others[: _PLACES - 1]]
    publish_list(
        actor=people["chair"],
        town=town,
        entries=[Entry(need, place, _REASON if need == _FIRST else "") for place, need in enumerate(needs, start=1)],
        publication_id=evidence.publication.pk,
        decided_date=day_of(moment),
        text=_TEXT,
        language="kk",
        submission=random_id(),
        now=moment,
    )
