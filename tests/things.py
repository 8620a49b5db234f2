"""Which real object of the demo world fills an address. What the demo lacks is made on the spot by the same actions."""

from collections.abc import Callable
from functools import partial

from django.db.models import Model

from common import clock
from councils.indicators.actions import ask_for_all
from councils.indicators.models import Export
from councils.meetings.models import Decision, Minutes
from councils.needs.models import Need
from councils.priorities.models import PriorityList
from councils.surveys.models import HelperDevice, QuestionnaireVersion, Wave
from funds.donations.models import CashCount, ForeignNotice, Gift, Pledge, Refund, Screening
from funds.ledger.models import Correction, Transaction
from funds.payments.models import BankAccount, BankLine, StripeEvent
from funds.projects.models import Offer, Project
from funds.spending.models import Request
from tests import things_of_the_fund, things_of_the_town
from towns.models import Town
from users.models import Appointment

OBJECTS: dict[str, Callable[[Town], Model]] = {
    "town": lambda town: town,
    "log": things_of_the_town.signed_log,
    "need": things_of_the_town.photographed_need,
    "decision": lambda town: Decision.objects.filter(council__town=town, project__isnull=False)[0],
    "decision_without_project": lambda town: Decision.objects.get(council__town=town, project__isnull=True),
    "project": lambda town: Project.objects.filter(fund__town=town)[0],
    "monthly": things_of_the_fund.monthly,
    "foreign_notice": things_of_the_fund.foreign_notice,
    "screening": things_of_the_fund.screening,
    "gift": lambda town: Gift.objects.filter(fund__town=town)[0],
    "transaction": lambda town: Transaction.objects.filter(fund__town=town)[0],
    "wave": lambda town: Wave.objects.get(town=town, state="open"),
    "closed_wave": lambda town: Wave.objects.filter(town=town, state="closed").latest("number"),
    "export": lambda _town: ask_for_all(now=clock.now()),
    "version": lambda _town: QuestionnaireVersion.objects.order_by("imported_at")[0],
    "device": things_of_the_town.helpers_device,
    "appointment": lambda town: Appointment.objects.get(town=town, user=things_of_the_town.person("helper")),
    "request": partial(things_of_the_town.request, "submitted"),
    "approved_request": partial(things_of_the_town.request, "approved"),
    "paid_request": things_of_the_town.paid,
    "correction": things_of_the_town.correction,
    "minutes": things_of_the_town.minutes,
    "priority_list": lambda town: PriorityList.objects.get(council__town=town),
    "offer": things_of_the_fund.offer,
    "pledge": things_of_the_fund.promise,
    "reconciliation": things_of_the_fund.reconciled,
    "published_request": partial(things_of_the_town.request, "published"),
    "bank_account": things_of_the_fund.bank_account,
    "bank_line": things_of_the_fund.bank_line,
    "cash_count": things_of_the_fund.cash_count,
    "answered_cash_count": things_of_the_fund.answered_cash_count,
    "refund": things_of_the_fund.refund,
    "stripe_event": things_of_the_fund.stripe_event,
}


PARAMETERS: dict[str, type[Model]] = {
    "need_id": Need,
    "device_id": HelperDevice,
    "version_id": QuestionnaireVersion,
    "decision_id": Decision,
    "notice_id": ForeignNotice,
    "screening_id": Screening,
    "project_id": Project,
    "offer_id": Offer,
    "pledge_id": Pledge,
    "request_id": Request,
    "correction_id": Correction,
    "minutes_id": Minutes,
    "list_id": PriorityList,
    "wave_id": Wave,
    "export_id": Export,
    "appointment_id": Appointment,
    "account_id": BankAccount,
    "line_id": BankLine,
    "count_id": CashCount,
    "gift_id": Gift,
    "refund_id": Refund,
    "event_id": StripeEvent,
}
