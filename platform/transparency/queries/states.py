"""How a log stands: booked, signed, waiting, refused, confirmed. What pages and operators look at first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from transparency.models import Asked, Cosignature
from transparency.queries.generations import Ended, ended_logs
from transparency.queries.keys import log_key, origin_of, url_of
from transparency.queries.logs import NOT_THERE
from transparency.queries.witnesses import policy_of
from transparency.states import Answer, Refusal

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WitnessState:
    """One witness of a log. `confirmed`: the size it confirmed last (0: never); `current`: whether that is the last."""

    name: str
    key_name: str
    url: str
    answer: Answer | None
    asked_at: datetime | None
    confirmed: int
    current: bool


_NO_FIGURE = 2**31 - 1  # entries that were booked with an old date (a demo world): their delay says nothing


def _told(waited_ms: int | None) -> int | None:
    return None if waited_ms is None or waited_ms >= _NO_FIGURE else waited_ms


@dataclass(frozen=True, slots=True)
class LogState:
    """A log at this moment. Sizes are numbers of entries, delays milliseconds between booking and signature.

    `quorum` is whether the last checkpoint has the witnesses that the policy asks for; None when it asks for none.
    `ended` are the logs that this one follows, oldest first; it is generation `len(ended) + 1`.
    """

    slug: str
    origin: str
    address: str
    ended: tuple[Ended, ...]
    vkey: str
    opened_at: datetime
    booked: int
    signed: int
    root: bytes | None
    signed_at: datetime | None
    oldest_waiting: datetime | None
    refusal: Refusal
    refused_at: datetime | None
    witnesses: tuple[WitnessState, ...]
    quorum: bool | None
    last_delay_ms: int | None
    worst_delay_ms: int | None  # of the checkpoints of the last 24 hours

    @property
    def generation(self) -> int:
        """Which log of the town this is, from 1."""
        return len(self.ended) + 1

    @property
    def waiting(self) -> int:
        """Entries that no checkpoint covers yet."""
        return self.booked - self.signed


_STATE = """
SELECT l.id, l.opened_at, h.size, c.size, c.root, c.signed_at, c.waited_ms, w.oldest, s.refusal, s.refused_at,
       (SELECT max(d.waited_ms) FROM transparency_checkpoint d WHERE d.log_id = l.id AND d.signed_at >= %s),
       (SELECT coalesce(max(g.number), 1) FROM transparency_generation g WHERE g.log_id = l.id)
  FROM transparency_log l JOIN transparency_head h ON h.log_id = l.id
  LEFT JOIN LATERAL (SELECT * FROM transparency_checkpoint k
                      WHERE k.log_id = l.id ORDER BY k.size DESC LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT e.booked_at AS oldest FROM transparency_entry e
                      WHERE e.log_id = l.id AND e.index = coalesce(c.size, 0)) w ON true
  LEFT JOIN transparency_standing s ON s.log_id = l.id
 WHERE l.slug = %s
"""


def log_state(slug: str, *, now: datetime) -> LogState:
    """Everything that is known of a town's log. Refuses a town that has none yet. Four queries, six where it follows
    logs that were ended."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [now - _DAY, slug])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(NOT_THERE, _("This town has no log yet. It opens with the first entry."))
    log_id, opened_at, booked, signed, root, signed_at, waited, oldest, refusal, refused_at, worst, number = row
    witnesses, quorum = _witnesses(slug, log_id, signed or 0, number)
    return LogState(
        slug=slug,
        origin=origin_of(slug, number),
        address=url_of(slug, number),
        ended=tuple(ended_logs(slug)[slug]) if number > 1 else (),
        vkey=log_key(slug, number).verifier.vkey,
        opened_at=opened_at,
        booked=booked,
        signed=signed or 0,
        root=None if root is None else bytes(root),
        signed_at=signed_at,
        oldest_waiting=oldest,
        refusal=Refusal(refusal or ""),
        refused_at=refused_at if refusal else None,
        witnesses=witnesses,
        quorum=quorum,
        last_delay_ms=_told(waited),
        worst_delay_ms=_told(worst),
    )


def _witnesses(slug: str, log_id: int, size: int, number: int) -> tuple[tuple[WitnessState, ...], bool | None]:
    policy = policy_of(slug, number)
    if not policy.witnesses:
        return (), None
    asked = {one.witness: one for one in Asked.objects.filter(log_id=log_id)}
    current = set(Cosignature.objects.filter(log_id=log_id, size=size).values_list("witness", flat=True))
    found = []
    for name, known in policy.witnesses.items():
        last = asked.get(known.key.name)
        found.append(
            WitnessState(
                name=name,
                key_name=known.key.name,
                url=known.url,
                answer=Answer(last.answer) if last else None,
                asked_at=last.at if last else None,
                confirmed=last.size if last else 0,
                current=known.key.name in current,
            )
        )
    names = [one.name for one in found if one.current]
    return tuple(found), policy.satisfied(names)


def refusing_logs() -> list[tuple[str, Refusal]]:
    """Logs whose sequencer has stopped, with the reason: something for an operator to look at. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug, s.refusal FROM transparency_standing s JOIN transparency_log l ON l.id = s.log_id"
            " WHERE s.refusal <> '' ORDER BY l.slug"
        )
        return [(slug, Refusal(refusal)) for slug, refusal in cursor.fetchall()]


def unconfirmed_logs() -> list[str]:
    """Logs whose last checkpoint lacks the witnesses that its policy asks for. One query, and one more per such log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.slug, array(SELECT w.witness FROM transparency_cosignature w WHERE w.log_id = l.id AND w.size ="
            " (SELECT max(c.size) FROM transparency_checkpoint c WHERE c.log_id = l.id)) FROM transparency_log l"
            " WHERE EXISTS (SELECT 1 FROM transparency_checkpoint c WHERE c.log_id = l.id) ORDER BY l.slug"
        )
        rows = cursor.fetchall()
    lacking = []
    for slug, witnesses in rows:
        policy = policy_of(slug)
        names = [name for name, known in policy.witnesses.items() if known.key.name in witnesses]
        if not policy.satisfied(names):
            lacking.append(slug)
    return lacking
