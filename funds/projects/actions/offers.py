"""An offer of skills or goods: made by anybody, answered by the fund, given and thanked for, or withdrawn.

An offer is no money: nothing here may post to the ledger. Letters go to the giver alone.
"""

import secrets
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from funds.ledger.models import Fund
from funds.projects.models import Offer, Project
from funds.projects.permissions import can_answer, can_offer
from funds.projects.rules import may_move
from funds.projects.states import OfferKind, OfferState
from users.models import User


@transaction.atomic
def make_offer(
    *,
    fund: Fund,
    project: Project | None,
    kind: OfferKind,
    title: str,
    text: str,
    available_through: date | None,
    giver_name: str,
    giver_email: str,
    name_public: bool,
    language: str,
    giver: User | None,
    submission_key: UUID,
    now: datetime,
) -> Offer:
    """Write an offer down. The same `submission_key` gives the same offer. Refuses what `can_offer` refuses."""
    can_offer(fund=fund, project=project).enforce()
    known = Offer.objects.filter(submission_key=submission_key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            offer = Offer.objects.create(
                submission_key=submission_key,
                follow_code=secrets.token_urlsafe(32),
                fund=fund,
                project=project,
                kind=kind,
                title=title,
                text=text,
                available_through=available_through,
                giver_name=giver_name,
                giver_email=giver_email,
                name_public=name_public,
                language=language,
                giver=giver,
                offered_at=now,
            )
    except IntegrityError:
        # The other click of a double click was quicker.
        return Offer.objects.get(submission_key=submission_key)
    _note(offer, "projects.offer", now, giver if name_public else None)
    return offer


@transaction.atomic
def accept_offer(*, offer_id: UUID, project: Project, answer: str, actor: User, now: datetime) -> Offer:
    """Take an offer up for one project of the same fund. Refuses (`offer_moved_on`) where somebody else has answered
    meanwhile, for another project or in other words: the giver has their letter.
    """
    offer = _locked(offer_id)
    can_answer(actor, offer.fund, on=day_of(now)).enforce()
    can_offer(fund=offer.fund, project=project).enforce()
    return _move(offer, OfferState.ACCEPTED, answer, actor, now, project=project)


@transaction.atomic
def decline_offer(*, offer_id: UUID, answer: str, actor: User, now: datetime) -> Offer:
    """Decline with thanks and a reason, which goes to the giver alone."""
    offer = _locked(offer_id)
    can_answer(actor, offer.fund, on=day_of(now)).enforce()
    if not answer.strip():
        raise DomainError("no_reason", _("Write in a sentence why, and thank the giver."), field="answer")
    return _move(offer, OfferState.DECLINED, answer, actor, now)


@transaction.atomic
def deliver_offer(*, offer_id: UUID, actor: User, now: datetime) -> Offer:
    """The work was done, the things have arrived: the giver is thanked, once."""
    offer = _locked(offer_id)
    can_answer(actor, offer.fund, on=day_of(now)).enforce()
    offer.delivered_at = now
    return _move(offer, OfferState.DELIVERED, offer.answer, actor, now)


@transaction.atomic
def withdraw_offer(*, follow_code: str, now: datetime) -> Offer:
    """The giver, who alone has the code, takes the offer back."""
    offer = Offer.objects.select_for_update(of=("self",)).select_related("fund__town").get(follow_code=follow_code)
    return _move(offer, OfferState.WITHDRAWN, offer.answer, None, now)


def tell_giver(*, offer: Offer) -> None:
    """Mail the giver where the offer stands. Raises what the mail server raises."""
    with override(offer.language):
        path = reverse("projects:follow", kwargs={"follow_code": offer.follow_code})
        subject = gettext("Your offer. Town: %(town)s") % {"town": offer.fund.town.name_in(offer.language)}
        thanks = {
            OfferState.OFFERED: gettext("Thank you! Your offer has arrived. The fund will answer you."),
            OfferState.ACCEPTED: gettext("Thank you! The fund gladly takes up your offer."),
            OfferState.DELIVERED: gettext("Thank you! What you gave has arrived and serves the town."),
            OfferState.DECLINED: gettext("Thank you for your offer. The fund cannot take it up."),
            OfferState.WITHDRAWN: gettext("You have taken your offer back. Thank you for having thought of the town."),
        }[OfferState(offer.state)]
        parts = [thanks, offer.title, offer.answer, f"{settings.SITE_URL}{path}"]
        keep = gettext("Keep this address to yourself: whoever has it can take the offer back.")
        body = "\n\n".join([*(part for part in parts if part), keep])
    send_mail(subject, body, None, [offer.giver_email])


def _locked(offer_id: UUID) -> Offer:
    return Offer.objects.select_for_update(of=("self",)).select_related("fund__town").get(pk=offer_id)


def _move(
    offer: Offer, new: OfferState, answer: str, actor: User | None, now: datetime, *, project: Project | None = None
) -> Offer:
    if project is None:
        project = offer.project
    if offer.state == new and (offer.answer, offer.project) == (answer, project):
        return offer  # the other click of a double click
    if not may_move(OfferState(offer.state), new):
        raise DomainError(
            "offer_moved_on",
            _("This offer stands elsewhere by now: %(state)s. Load the page anew.")
            % {"state": offer.get_state_display()},
        )
    offer.state, offer.project = new, project
    if actor is not None:
        offer.answer, offer.answered_at, offer.answered_by = answer, now, actor
    offer.save()
    _note(offer, f"projects.offer_{new.value}", now, actor)
    return offer


def _note(offer: Offer, action: str, now: datetime, actor: User | None) -> None:
    record(
        now=now,
        actor_id=actor.pk if actor else None,
        town_slug=offer.fund.town.slug,
        action=action,
        object_type="offer",
        object_id=offer.pk,
        detail={"project": str(offer.project_id)} if offer.project_id else {},
    )
