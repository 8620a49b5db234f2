"""Ending a log whose database lost what it had signed, and beginning the next one over what is left.

An origin never signs two trees: the ended log keeps its last checkpoint for ever, and the next has an origin of its
own. The signed statement lies on the disk beside the seed before the database knows of it, so that no other copy of
the database can begin the same generation in another way.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from transparency.actions import watermark
from transparency.actions.comparing import LOCK, Stand, StoppedError, next_step, stand_of
from transparency.actions.entries import append, moment_text
from transparency.models import Asked, Generation, Log, SigningKey, Standing
from transparency.queries.keys import log_key, origin_of
from transparency.queries.proofs import tree_at
from transparency.rules.checkpoints import Checkpoint, sign_checkpoint
from transparency.rules.encoding import to_base64
from transparency.rules.hashing import EMPTY_ROOT
from transparency.rules.notes import VerifierKey, parse_note
from transparency.rules.successions import Succession, sign_succession
from transparency.states import Kind, Refusal


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written: generations that another copy of the database began, then the one that begins here."""

    number: int
    told: Succession
    note: str
    others: tuple[Generation, ...]
    kept: int


@transaction.atomic
def succeed(*, slug: str, now: datetime, only_look: bool = False) -> Succession:
    """End a town's log that had signed more than this database holds, and begin the next. An operator's word.

    Gives the statement that both logs' keys sign. With `only_look` nothing is written. Refuses (`no_log`,
    `not_ended`, `ended_otherwise`) where nothing that was signed is missing, or something else is wrong. Broken off,
    it goes on with the statement that lies on the disk.
    """
    log = Log.objects.filter(slug=slug).first()
    if log is None:
        raise DomainError("no_log", _("This town has no log yet. It opens with the first entry."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, log.pk])
    stand = stand_of(log.pk, slug)
    _refuse_needless(stand)
    plan = _plan(stand, now)
    if only_look:
        return plan.told
    place = _write(plan, stand, now)
    record(
        now=now,
        actor_id=None,
        town_slug=slug,
        action="transparency.succeed",
        object_type="log",
        object_id=log.pk,
        detail={"generation": plan.number, "signed": plan.told.size, "kept": plan.kept, "entry": place},
    )
    # The last step before the commit. What lies on the disk already is never written over.
    if watermark.read_statement(slug, plan.number) is None:
        watermark.write_statement(slug, plan.number, plan.note)
    return plan.told


def _refuse_needless(stand: Stand) -> None:
    try:
        next_step(stand, key=log_key(stand.slug, stand.generation))
    except StoppedError as stopped:
        if stopped.why == Refusal.OLDER_THAN_SIGNED and stand.booked >= stand.size:
            return
        why = Refusal.ENTRY_MISSING if stopped.why == Refusal.OLDER_THAN_SIGNED else stopped.why
        raise DomainError(
            "ended_otherwise",
            _("This log is not ended: it stands still for another reason. Mend that first: %(why)s")
            % {"why": why.label},
        ) from stopped
    raise DomainError("not_ended", _("This log is not ended: nothing that it signed is missing here."))


def _plan(stand: Stand, now: datetime) -> _Plan:
    slug, number, kept = stand.slug, stand.generation, stand.size
    others: list[Generation] = []
    while (note := watermark.read_statement(slug, number + 1)) is not None:
        told = Succession.parse(parse_note(note.encode()).text)
        if _goes_on_with(told, stand, number, kept):
            return _Plan(number + 1, told, note, tuple(others), kept)
        kept = min(kept, told.kept)
        others.append(_generation(stand, number + 1, told, note, kept=kept, now=now))
        number += 1
    mark = watermark.read(slug, number)
    size, root = (mark.size, mark.root) if mark else (0, EMPTY_ROOT)
    kept = min(kept, size)
    told = Succession(
        ended=origin_of(slug, number),
        size=size,
        root=root,
        kept=kept,
        kept_root=tree_at(log_id=stand.log_id, size=kept).root(),
        booked=stand.booked,
        at=moment_text(now),
        successor=log_key(slug, number + 1).verifier,
    )
    signed = sign_succession(succession=told, ended=log_key(slug, number), successor=log_key(slug, number + 1))
    return _Plan(number + 1, told, signed.data.decode(), tuple(others), kept)


def _goes_on_with(told: Succession, stand: Stand, number: int, kept: int) -> bool:
    """Whether the statement on the disk is this very step, broken off before the database knew of it."""
    slug = stand.slug
    mark = watermark.read(slug, number)
    return (
        watermark.read(slug, number + 1) is None
        and watermark.read_statement(slug, number + 2) is None
        and mark is not None
        and (told.size, told.root) == (mark.size, mark.root)
        and told.kept == min(kept, mark.size)
        and told.kept_root == tree_at(log_id=stand.log_id, size=told.kept).root()
        and told.booked <= stand.booked
        and told.successor == log_key(slug, number + 1).verifier
    )


def _generation(
    stand: Stand, number: int, told: Succession, note: str, *, kept: int, now: datetime, since: int | None = None
) -> Generation:
    """The row; with it the checkpoint that the ended log signed last, which this database may have lost."""
    ended = Checkpoint(origin=told.ended, size=told.size, root=told.root)
    key = log_key(stand.slug, number - 1)
    return Generation(
        log_id=stand.log_id,
        number=number,
        since=since,
        ended_size=told.size,
        ended_root=told.root,
        ended_note=sign_checkpoint(checkpoint=ended, key=key).data.decode() if told.size else "",
        kept=kept,
        statement=note,
        begun_at=now,
    )


def _write(plan: _Plan, stand: Stand, now: datetime) -> int:
    told = plan.told
    body = {
        "ended": told.ended,
        "generation": plan.number,
        "held": told.booked,
        "kept": told.kept,
        "next": told.successor.name,
        "root": to_base64(told.root),
        "signed": told.size,
        "statement": plan.note,
    }
    place = append(slug=stand.slug, kind=Kind.SUCCESSION, body=body, now=now)
    for one in plan.others:
        one.save(force_insert=True)
    _generation(stand, plan.number, told, plan.note, kept=plan.kept, now=now, since=place).save(force_insert=True)
    named = {VerifierKey.parse(vkey).name for vkey in _keys(stand.log_id)}
    for number in range(1, plan.number + 1):
        key = log_key(stand.slug, number).verifier
        if key.name not in named:
            SigningKey.objects.create(log_id=stand.log_id, vkey=key.vkey, since_size=stand.size, recorded_at=now)
    # Witnesses have never seen the new log, and the reason to stand still is gone.
    Asked.objects.filter(log_id=stand.log_id).delete()
    Standing.objects.filter(log_id=stand.log_id).update(refusal=Refusal.NONE, refused_at=None)
    return place


def _keys(log_id: int) -> list[str]:
    return list(SigningKey.objects.filter(log_id=log_id).values_list("vkey", flat=True))
