"""The register of gifts from abroad: noted with a deadline, told to the authority, and reminded of in time.

No mail and no line of a log may hold a name or a sum: the letter says how many, the page says which.
"""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from audit.actions import record
from common.clock import day_of
from common.errors import DomainError
from common.formats import date_long
from common.workdays import working_days_after
from funds.donations.models import ForeignNotice
from funds.donations.permissions import can_keep_register
from funds.donations.queries.duties import due_soon, received_on, unnoted_gifts
from funds.ledger.models import Fund
from users.models import Appointment, User
from users.states import Role


@transaction.atomic
def note_foreign_gifts(*, now: datetime, limit: int = 200) -> int:
    """Put received gifts from abroad into the register, each once, with the day by which to tell; how many."""
    noted = 0
    for gift in unnoted_gifts(limit=limit):
        received = received_on(gift)
        notice, created = ForeignNotice.objects.get_or_create(
            gift=gift,
            defaults={
                "received_date": received,
                "due_date": working_days_after(received, settings.FOREIGN_NOTICE_DAYS),
            },
        )
        if created:
            noted += 1
            _audit(notice, gift.fund, "donations.note_foreign", None, now)
    return noted


@transaction.atomic
def mark_notified(*, actor: User, notice_id: UUID, number: str, day: date, now: datetime) -> ForeignNotice:
    """The authority was told on `day` under `number`. Refuses a second time, a day to come or before the gift."""
    notice = ForeignNotice.objects.select_for_update(of=("self",)).select_related("gift__fund__town").get(pk=notice_id)
    can_keep_register(actor, notice.gift.fund, on=day_of(now)).enforce()
    if notice.notified_date is not None:
        raise DomainError("notified_already", _("This gift is marked as told already."))
    if day > day_of(now):
        raise DomainError("day_to_come", _("This day has not come yet."), field="day")
    if day < notice.received_date:
        raise DomainError("before_gift", _("The gift had not arrived on that day."), field="day")
    notice.notified_date = day
    notice.notice_number = number
    notice.notified_by = actor
    notice.save(update_fields=["notified_date", "notice_number", "notified_by"])
    _audit(notice, notice.gift.fund, "donations.tell_foreign", actor, now)
    return notice


@transaction.atomic
def remind_of_notices(*, now: datetime) -> int:
    """Write to the treasurers of funds with a deadline within three working days, once per gift; letters sent.

    A fund without a treasurer is reminded when it has one. Raises what the mail server raises: then nothing is noted.
    """
    today = day_of(now)
    by_fund: dict[UUID, list[ForeignNotice]] = defaultdict(list)
    for notice in due_soon(today=today).select_for_update(of=("self",), skip_locked=True):
        by_fund[notice.gift.fund_id].append(notice)
    letters = 0
    for notices in by_fund.values():
        fund = notices[0].gift.fund
        treasurers = Appointment.objects.current(on=today).filter(town=fund.town, role=Role.TREASURER)
        people = [one.user for one in treasurers.select_related("user").order_by("pk")]
        if not people:
            continue
        for notice in notices:
            notice.reminded_at = now
            notice.save(update_fields=["reminded_at"])
            _audit(notice, fund, "donations.remind_foreign", None, now)
        for person in people:
            _write(person, fund, len(notices), notices[0].due_date)
            letters += 1
    return letters


def _write(person: User, fund: Fund, count: int, due: date) -> None:
    with override(person.language):
        facts = {
            "count": count,
            "town": fund.town.name_in(person.language),
            "due": date_long(due, person.language),
            "address": settings.SITE_URL + reverse("donations:register", args=[fund.town.slug]),
        }
        subject = _("Gifts from abroad to be told of by %(due)s. Town: %(town)s") % facts
        body = (
            ngettext(
                "%(count)d gift from abroad waits to be told to the tax authority, the first by %(due)s.\n"
                "Town: %(town)s\n\n%(address)s",
                "%(count)d gifts from abroad wait to be told to the tax authority, the first by %(due)s.\n"
                "Town: %(town)s\n\n%(address)s",
                count,
            )
            % facts
        )
        send_mail(str(subject), body, None, [person.email])


def _audit(notice: ForeignNotice, fund: Fund, action: str, actor: User | None, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor.pk if actor is not None else None,
        town_slug=fund.town.slug,
        action=action,
        object_type="foreign_notice",
        object_id=notice.pk,
    )
