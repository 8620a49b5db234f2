"""Asking witnesses to confirm a log's last checkpoint, over HTTP, the towns of this site like any other.

A witness that is away or refuses never stops the log: what is missing is kept and shown. No transaction stays open
while somebody else's server is asked.
"""

import http.client
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Final

from django.db import connection, transaction

from asar.patience import handlers
from transparency.models import Asked, Cosignature
from transparency.queries.generations import generation_of
from transparency.queries.logs import Signed, cosignature_lines, signed_in
from transparency.queries.proofs import tree_at
from transparency.queries.witnesses import policy_of
from transparency.rules.checkpoints import cosignature_time
from transparency.rules.encoding import decimal
from transparency.rules.notes import VerifierKey, parse_signatures
from transparency.rules.policies import Known
from transparency.rules.refusals import RefusedError
from transparency.rules.witnessing import SIZE_TYPE, format_add_checkpoint
from transparency.states import Answer

TIMEOUT_SECONDS: Final = 5
PATIENCE: Final = timedelta(minutes=1)  # before somebody who did not confirm is asked again
_MOST_BYTES: Final = 16 * 1024

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    content_type: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects, *handlers(seconds=TIMEOUT_SECONDS))


def ask_witnesses(*, slug: str, now: datetime) -> int:
    """Ask every witness of the log's policy that has not confirmed its last checkpoint; how many did now."""
    generation = generation_of(slug)
    signed = signed_in(slug, generation)
    if signed is None:
        return 0
    asked = {one.witness: one for one in Asked.objects.filter(log_id=signed.log_id)}
    there = set(Cosignature.objects.filter(log_id=signed.log_id, size=signed.size).values_list("witness", flat=True))
    confirmed = 0
    for known in policy_of(slug, generation).witnesses.values():
        last = asked.get(known.key.name)
        waits = last is not None and last.answer != Answer.SIGNED and now - last.at < PATIENCE
        if known.key.name in there or not known.url or waits:
            continue
        confirmed += _ask(signed, known, old=last.size if last else 0, now=now)
    return confirmed


def _ask(signed: Signed, known: Known, *, old: int, now: datetime) -> bool:
    answer, line = _conversation(signed, known, old=min(old, signed.size))
    if answer != Answer.SIGNED:
        logger.warning("The witness %s has not confirmed %s: %s", known.key.name, signed.slug, answer.value)
    _remember(signed, known.key, answer=answer, line=line, now=now)
    return answer == Answer.SIGNED


def _conversation(signed: Signed, known: Known, *, old: int) -> tuple[Answer, str]:
    """Two requests at most: a witness that remembers another size says so (409) and is asked once more from there."""
    url = f"{known.url}/add-checkpoint"
    try:
        reply = _post(url, _body(signed, old))
        if reply.status == HTTPStatus.CONFLICT and reply.content_type == SIZE_TYPE:
            size = decimal(reply.body.decode("ascii", "replace").removesuffix("\n"), what="the witness's size")
            if size > signed.size:
                return Answer.AHEAD, ""
            reply = _post(url, _body(signed, size))
    except RefusedError:
        return Answer.REFUSED, ""
    except (OSError, http.client.HTTPException, ValueError):
        return Answer.AWAY, ""
    if reply.status == HTTPStatus.OK:
        return _confirmation(signed, known.key, reply.body)
    return (Answer.AWAY if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Answer.REFUSED), ""


def _body(signed: Signed, old: int) -> bytes:
    proof = tree_at(log_id=signed.log_id, size=signed.size).consistency_proof(old=old) if 0 < old < signed.size else []
    return format_add_checkpoint(old=old, proof=proof, note=signed.note.encode())


def _post(url: str, body: bytes) -> _Reply:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a witness is asked over HTTP")
    request = urllib.request.Request(url, data=body, method="POST", headers={"Content-Type": "text/plain"})  # noqa: S310
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return _Reply(answer.status, _read(answer), answer.headers.get_content_type())
    except urllib.error.HTTPError as error:
        with error:
            return _Reply(error.code, _read(error), error.headers.get_content_type())


def _read(answer: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    """As much as a witness has to say. A byte every few seconds would keep all that the site does beside its pages."""
    found, last = b"", monotonic() + TIMEOUT_SECONDS
    while len(found) < _MOST_BYTES and (piece := answer.read1(_MOST_BYTES)):
        found += piece
        if monotonic() > last:
            raise TimeoutError("the witness speaks too slowly")
    return found[:_MOST_BYTES]


def _confirmation(signed: Signed, key: VerifierKey, body: bytes) -> tuple[Answer, str]:
    """The witness's own line out of its answer, if it really confirms this checkpoint."""
    try:
        text = signed.note.rpartition("\n\n")[0] + "\n"
        [mine] = [one for one in parse_signatures(body) if one.is_by(key)]
        cosignature_time(text=text, signature=mine, key=key)
    except (RefusedError, ValueError):
        return Answer.REFUSED, ""
    return Answer.SIGNED, mine.line


@transaction.atomic
def _remember(signed: Signed, key: VerifierKey, *, answer: Answer, line: str, now: datetime) -> None:
    if line and line not in cosignature_lines(log_id=signed.log_id, size=signed.size):
        row = Cosignature(log_id=signed.log_id, size=signed.size, witness=key.name, line=line, at=now)
        Cosignature.objects.bulk_create([row], ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transparency_asked (log_id, witness, size, answer, at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (log_id, witness) DO UPDATE SET answer = excluded.answer, at = excluded.at,"
            " size = greatest(transparency_asked.size, excluded.size)",
            [signed.log_id, key.name, signed.size if answer == Answer.SIGNED else 0, answer.value, now],
        )
