"""Every write about needs. An anonymous need stays so: neither the row nor its audit record names who filed it."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.ids import random_id, ticket_code
from common.uploads import Photo
from councils.needs.models import Need
from councils.needs.permissions import can_answer, can_file_as_helper
from councils.needs.rules import MAX_QUARTER, MAX_TEXT, MIN_TEXT, language_of, may_move, submission_key, tidy
from councils.needs.states import Category, FiledBy, NeedState, RefusalReason
from towns.models import Town
from users.models import User

_TICKET_TRIES = 5
_RANDOM_BYTES = 9


@transaction.atomic
def file_need(
    *,
    town: Town,
    text: str,
    page_language: str,
    category: Category,
    quarter: str,
    photo: Photo | None,
    author: User | None,
    helper: User | None,
    submission: UUID,
    now: datetime,
) -> Need:
    """Take down what somebody says the town needs, and give it a ticket.

    `author` is None for everybody who wants to stay anonymous, signed in or not. With `helper`, that person writes for
    somebody else and no author is kept. `submission` is the random number of the form: the same words sent from it
    twice are one need. Refuses a text that says too little (text_short) or too much (text_long).
    """
    if helper is not None:
        can_file_as_helper(helper, town, on=day_of(now)).enforce()
        author = None
    text = tidy(text)
    if len(text) < MIN_TEXT:
        raise DomainError("text_short", _("Say in a sentence what the town needs, and where."), field="text")
    if len(text) > MAX_TEXT:
        raise DomainError("text_long", _("Shorten the text to 2000 characters."), field="text")
    quarter = " ".join(quarter.split())
    if len(quarter) > MAX_QUARTER:
        raise DomainError("quarter_long", _("Shorten the name of the place to 80 characters."), field="quarter")
    picture = hashlib.sha256(photo.bytes).hexdigest() if photo else ""
    key = submission_key(submission, town.slug, category, quarter, text, picture)
    need, created = _once(
        key,
        Need(
            submission_key=key,
            town=town,
            text=text,
            language=language_of(text, page_language),
            category=category,
            quarter=quarter,
            author=author,
            filed_by=FiledBy.WEB if helper is None else FiledBy.HELPER,
            helper=helper,
            filed_at=now,
        ),
    )
    if not created:
        return need
    if photo is not None:
        need.photo.save(f"{random_id()}.jpg", photo.as_file("photo.jpg"), save=False)
        need.save(update_fields=["photo"])
    actor = helper or author
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=town.slug,
        action="needs.file",
        object_type="need",
        object_id=need.pk,
        detail={"category": str(category), "filed_by": need.filed_by, "photo": photo is not None},
    )
    return need


@transaction.atomic
def accept_need(*, actor: User, need: Need, now: datetime, answer: str = "") -> Need:
    """The council takes the need up. Refuses a second answer, also when two answer at the same moment."""
    return _answer(actor=actor, need=need, to=NeedState.ACCEPTED, reason="", answer=answer, now=now)


@transaction.atomic
def refuse_need(*, actor: User, need: Need, reason: RefusalReason, answer: str, now: datetime) -> Need:
    """The council says no, with a reason and in words. A text refused as personal is never shown to the public."""
    if not answer.strip():
        raise DomainError("answer_missing", _("Write to the person why the need is refused."), field="answer")
    return _answer(actor=actor, need=need, to=NeedState.REFUSED, reason=reason.value, answer=answer, now=now)


def _once(key: UUID, need: Need) -> tuple[Need, bool]:
    """Insert under a fresh ticket, or find what the same sending has filed before."""
    tries = 0
    while True:
        existing = Need.objects.select_related("town").filter(submission_key=key).first()
        if existing is not None:
            return existing, False
        need.ticket = ticket_code(secrets.token_bytes(_RANDOM_BYTES))
        tries += 1
        try:
            with transaction.atomic():
                need.save(force_insert=True)
        except IntegrityError:
            # Either the same sending came in by another connection (found in the next turn) or the ticket is taken.
            if tries == _TICKET_TRIES:
                raise
        else:
            return need, True


def _answer(*, actor: User, need: Need, to: NeedState, reason: str, answer: str, now: datetime) -> Need:
    # Two of the council who answer at once take turns here; the second one reads the first one's answer.
    need = Need.objects.select_for_update(of=("self",)).select_related("town").get(pk=need.pk)
    if not may_move(need.state, to):
        raise DomainError(
            "already_answered", _("Somebody from the council has answered this need in the meantime. Read that answer.")
        )
    can_answer(actor, need, on=day_of(now)).enforce()
    answer = tidy(answer)
    if len(answer) > MAX_TEXT:
        raise DomainError("answer_long", _("Shorten the answer to 2000 characters."), field="answer")
    need.state = to
    need.refusal_reason = reason
    need.answer = answer
    need.answered_at = now
    need.answered_by = actor
    need.save(update_fields=["state", "refusal_reason", "answer", "answered_at", "answered_by"])
    record(
        now=now,
        actor_id=actor.pk,
        town_slug=need.town.slug,
        action="needs.accept" if to == NeedState.ACCEPTED else "needs.refuse",
        object_type="need",
        object_id=need.pk,
        detail={"reason": reason} if reason else {},
    )
    return need
