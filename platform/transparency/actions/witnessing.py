"""A town as a witness: confirms that another log only grew since it looked last (C2SP tlog-witness).

Looking and remembering are one step under a row lock: two answers at once could otherwise confirm two histories.
"""

from datetime import datetime

from django.db import connection, transaction

from transparency.models import Witnessed
from transparency.queries.keys import origin_hash, witness_key
from transparency.queries.witnesses import trusted_keys
from transparency.rules.checkpoints import cosign, with_signatures
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import Note
from transparency.rules.refusals import FormatError
from transparency.rules.witnessing import BAD_REQUEST, OK, Verdict, judge, parse_add_checkpoint


@transaction.atomic
def add_checkpoint(*, witness: str, body: bytes, now: datetime) -> Verdict:
    """Answer a log's request to be confirmed by the town `witness`: status, body and type as the protocol has them."""
    try:
        request = parse_add_checkpoint(body)
    except FormatError as error:
        return Verdict(BAD_REQUEST, f"{error}\n")
    origin = request.checkpoint.origin
    keys = trusted_keys(witness=witness, origin=origin)
    if not keys:
        return judge(request=request, keys=())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transparency_witnessed (witness, origin, origin_sha256, size, root, note, at)"
            " VALUES (%s, %s, %s, 0, %s, '', %s) ON CONFLICT (witness, origin) DO NOTHING",
            [witness, origin, origin_hash(origin), EMPTY_ROOT, now],
        )
    last = Witnessed.objects.select_for_update().get(witness=witness, origin=origin)
    verdict = judge(request=request, keys=keys, last_size=last.size, last_root=bytes(last.root))
    if verdict.status != OK:
        return verdict
    confirmed = cosign(text=request.note.text, key=witness_key(witness), at=int(now.timestamp()))
    known = Note(request.note.text, tuple(s for s in request.note.signatures if any(s.is_by(key) for key in keys)))
    Witnessed.objects.filter(witness=witness, origin=origin).update(
        size=request.checkpoint.size,
        root=request.checkpoint.root,
        note=with_signatures(note=known, signatures=[confirmed]).data.decode(),
        at=now,
    )
    return Verdict(OK, confirmed.line)
