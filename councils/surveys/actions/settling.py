"""Taking away the last trace that joins the two sides of a survey: the order in which rows came into the database.

A person's participation and answers are stored in one transaction, so both happen or none. PostgreSQL numbers
transactions (`xmin`), keeps rows in the order they came (`ctid`) and marks the account that a participation names
(`xmax`). Settling writes rows anew in random order: fresh answers in batches of five or more, the whole identity side
each time, and both sides whole when the wave closes. A batch of answers then shares one number and one day, the
identity side shares another row of numbers, and no order is left.

What this does not do: whoever has superuser rights and looks before five people have answered, or reads the
write-ahead log, a backup of that minute, or row versions that VACUUM has not taken yet, can join. docs/privacy.md
says so. Never read both sides in one statement here, and never settle fewer than five rows of an open wave.
"""

from uuid import UUID

from django.db import connection, transaction

from councils.surveys.models import Response, Wave
from councils.surveys.states import WaveState

SMALLEST_BATCH = 5

_IDENTITY_SIDE = """
WITH gone AS (DELETE FROM surveys_participation WHERE wave_id = %s RETURNING id, wave_id, user_id)
INSERT INTO surveys_participation (id, wave_id, user_id, settled)
SELECT id, wave_id, user_id, true FROM gone ORDER BY random()
"""
# A batch has one day, the last of its days: with few answers a day, the day of signing in would tell whose they are.
_FRESH_ANSWERS = """
WITH gone AS (DELETE FROM surveys_response WHERE wave_id = %s AND NOT settled RETURNING *)
INSERT INTO surveys_response (id, wave_id, answered_date, channel, answers, codes, settled)
SELECT id, wave_id, (SELECT max(answered_date) FROM gone), channel, answers, codes, true FROM gone ORDER BY random()
"""
# At closing the last few join the last batch, so that no day stands for fewer than five (unless fewer answered at all).
_ALL_ANSWERS = """
WITH gone AS (DELETE FROM surveys_response WHERE wave_id = %s RETURNING *),
batch AS (SELECT count(*) FILTER (WHERE NOT settled) >= %s AS stands,
                 max(answered_date) FILTER (WHERE NOT settled) AS fresh_day,
                 max(answered_date) FILTER (WHERE settled) AS settled_day FROM gone)
INSERT INTO surveys_response (id, wave_id, answered_date, channel, answers, codes, settled)
SELECT id, wave_id,
       CASE WHEN gone.settled THEN answered_date WHEN batch.stands THEN fresh_day
            ELSE coalesce(settled_day, fresh_day) END,
       channel, answers, codes, true
FROM gone, batch ORDER BY random()
"""


@transaction.atomic
def settle_answers(*, wave_id: UUID) -> bool:
    """Settle the fresh answers of an open wave when at least five wait. True when it was done.

    Answers that are being stored wait for it (milliseconds), so that both sides always hold the same people.
    """
    if not Wave.objects.select_for_update().filter(pk=wave_id, state=WaveState.OPEN).exists():
        return False
    waiting = Response.objects.filter(wave_id=wave_id, settled=False)[:SMALLEST_BATCH].count()
    if waiting < SMALLEST_BATCH:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_FRESH_ANSWERS, [wave_id])
    _rewrite_identity_side(wave_id)
    return True


def settle_all(*, wave_id: UUID) -> None:
    """Rewrite both sides whole, however few there are: the last step of closing a wave, inside its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_ANSWERS, [wave_id, SMALLEST_BATCH])
    _rewrite_identity_side(wave_id)


def _rewrite_identity_side(wave_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY_SIDE, [wave_id])
