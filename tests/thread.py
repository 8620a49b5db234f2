"""The thread from need to proof, one step a method, through the same actions that people use.

Tests of the rooms that stand on others begin here. Every person holds one role in one town, for a long time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from common.clock import day_of
from common.money import Money
from common.uploads import Document, Photo, read_document
from councils.meetings.actions import record_decision
from councils.meetings.models import Decision
from councils.meetings.rules import Ballot
from councils.meetings.states import Choice
from councils.members.actions import found_council
from councils.members.models import Council
from councils.needs.actions import accept_need, file_need
from councils.needs.models import Need
from councils.needs.states import Category
from funds.donations.actions import publish_batch, purse_of, settle_gift, start_gift
from funds.donations.models import Gift
from funds.ledger.models import Fund
from funds.payments.rules import MovementFact, PaymentStatus
from funds.payments.rules import Payment as CardPayment
from funds.projects.actions import open_project
from funds.projects.models import Project
from funds.spending import actions
from funds.spending.models import Payment, Request
from funds.spending.states import ApprovalVerdict
from towns.models import Town
from users.actions import appoint
from users.models import Appointment, User
from users.states import Role

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
BIN = "991240000013"
TENGE = 100  # minor units

_numbers = count(1)


def document(content: bytes = PDF, name: str = "invoice.pdf") -> Document:
    """A small PDF as it comes out of a form."""
    return read_document(SimpleUploadedFile(name, content, content_type="application/pdf"), max_bytes=1_000_000)


@dataclass
class Thread:
    """A town with a council of three and a fund; what stands before a step is made when the step is asked for."""

    town: Town
    fund: Fund
    now: datetime
    people: dict[str, User] = field(default_factory=dict)

    def somebody(self, role: Role | None = None, *, where: Town | None = None, everywhere: bool = False) -> User:
        """A new person, with a role for the last hundred days if one is named."""
        user = User.objects.create_user(f"thread{next(_numbers)}@example.org")
        if role is not None:
            self.appoint(user, role, where=where, everywhere=everywhere)
        return user

    def appoint(
        self, user: User, role: Role, *, where: Town | None = None, everywhere: bool = False, ends: date | None = None
    ) -> Appointment:
        """Give a role from a hundred days ago on."""
        return appoint(
            actor=None,
            user=user,
            role=role,
            town=None if everywhere else where or self.town,
            starts_date=day_of(self.now - timedelta(days=100)),
            ends_date=ends,
            now=self.now,
        )

    def the(self, role: Role, number: int = 0) -> User:
        """The town's own holder of a role: always the same person; `number` names a second and a third one."""
        key = f"{role}{number}"
        if key not in self.people:
            self.people[key] = self.somebody(role)
        return self.people[key]

    def council(self) -> list[Appointment]:
        """Chair and two members, who have a vote; the secretary has none."""
        if not Council.objects.filter(town=self.town).exists():
            found_council(
                actor=None,
                town=self.town,
                seats=3,
                legal_basis="Tests",
                founded_date=day_of(self.now - timedelta(days=100)),
                now=self.now,
            )
        voters = [self.the(Role.CHAIR), self.the(Role.COUNCILLOR), self.the(Role.COUNCILLOR, 1)]
        return [user.appointments.get() for user in voters]

    def filed(self, text: str = "The street lamps are dark since October.") -> Need:
        """A need that waits for the council."""
        return file_need(
            town=self.town,
            text=text,
            page_language="en",
            category=Category.LIGHTING,
            quarter="",
            photo=None,
            author=None,
            helper=None,
            submission=uuid4(),
            now=self.now - timedelta(days=20),
        )

    def need(self, text: str = "The street lamps are dark since October.") -> Need:
        """A need that the council has accepted."""
        self.council()
        return accept_need(actor=self.the(Role.CHAIR), need=self.filed(text), now=self.now - timedelta(days=15))

    def decision(self, need: Need | None = None, *, choice: Choice = Choice.FOR) -> Decision:
        """A decision by everybody's vote: adopted when all are in favour, else rejected."""
        seats = self.council()
        return record_decision(
            actor=self.the(Role.SECRETARY),
            need=need or self.need(),
            title="Light for school 12",
            text="Twelve lamps shall stand there.",
            language="en",
            decided_date=day_of(self.now - timedelta(days=10)),
            roll={seat.pk: Ballot(choice) for seat in seats},
            submission=uuid4(),
            now=self.now - timedelta(days=10),
        )

    def project(self, decision: Decision | None = None, *, goal: int = 1_000_000, title: str = "Lamps") -> Project:
        """A project; its cost in tenge."""
        return open_project(
            actor=self.the(Role.CHAIR),
            decision=decision or self.decision(),
            title=title,
            summary="Twelve lamps along the way to school.",
            low_carbon_note="",
            goal=Money(goal * TENGE, "KZT"),
            language="en",
            now=self.now - timedelta(days=9),
        )

    def gift(
        self, project: Project | None, amount: int, currency: str = "KZT", *, name: str = "", publish: bool = True
    ) -> Gift:
        """A gift that has arrived with the card processor; whole units. Without a name it is a batch of its own."""
        gift = start_gift(
            fund=self.fund,
            project=project,
            amount=Money(amount * 100, currency),
            donor_name=name,
            donor_email="",
            name_public=bool(name),
            message="",
            tie_to_town="",
            language="en",
            donor=None,
            submission_key=uuid4(),
            now=self.now - timedelta(days=8),
        )
        payment = CardPayment(
            id=f"pi_{gift.pk.hex}",
            reference=gift.pk,
            status=PaymentStatus.SUCCEEDED,
            amount=Money(amount * 100, currency),
            charge_id=f"ch_{gift.pk.hex}",
            paid_at=self.now - timedelta(days=8),
            movement=MovementFact(
                id=f"txn_{gift.pk.hex}",
                type="charge",
                category="charge",
                amount_minor=amount * 100,
                fee_minor=0,
                currency=currency,
                created_at=self.now - timedelta(days=8),
                available_at=self.now - timedelta(days=1),
                source_id=f"ch_{gift.pk.hex}",
                payment_id=f"pi_{gift.pk.hex}",
            ),
        )
        settle_gift(gift_id=gift.pk, payment=payment, now=self.now - timedelta(days=8))
        gift.refresh_from_db()
        if publish and not name:
            publish_batch(purse=purse_of(gift), now=self.now - timedelta(days=8))
            gift.refresh_from_db()
        return gift

    def payout(self, amount: int, currency: str = "KZT") -> int:
        """A transfer from the card processor to the bank account; whole units."""
        return actions.record_payout(
            actor=self.the(Role.TREASURER),
            fund=self.fund,
            amount=Money(amount * 100, currency),
            arrived_date=day_of(self.now - timedelta(days=7)),
            memo="TRF-1",
            submission=uuid4(),
            now=self.now - timedelta(days=7),
        )

    def funded(self, amount: int = 500_000) -> Project:
        """A project whose gifts lie on the bank account, in tenge."""
        project = self.project()
        self.gift(project, amount)
        self.payout(amount)
        return project

    def request(
        self,
        project: Project | None = None,
        amount: int = 100_000,
        *,
        payee_bin: str = BIN,
        purpose: str = "Twelve lamps",
    ) -> Request:
        """A spending request by the treasurer, in tenge."""
        return actions.submit_request(
            actor=self.the(Role.TREASURER),
            project=project or self.funded(),
            purpose=purpose,
            payee_name="Lamps LLP",
            payee_bin=payee_bin,
            amount=Money(amount * TENGE, "KZT"),
            document=document(),
            now=self.now - timedelta(days=6),
        )

    def decide(self, request: Request, verdicts: Sequence[ApprovalVerdict] = (ApprovalVerdict.APPROVE,) * 2) -> Request:
        """Each of the town's approvers says their word in turn."""
        for number, verdict in enumerate(verdicts):
            request = actions.decide(
                actor=self.the(Role.APPROVER, number),
                request=request,
                verdict=verdict,
                reason="No." if verdict == ApprovalVerdict.REFUSE else "",
                now=self.now - timedelta(days=5),
            )
        return request

    def approved(self, project: Project | None = None, amount: int = 100_000) -> Request:
        """A request with both approvals."""
        return self.decide(self.request(project, amount))

    def pay(self, request: Request) -> Payment:
        """The treasurer records that the bank has paid."""
        return actions.record_payment(
            actor=self.the(Role.TREASURER),
            request=request,
            paid_date=day_of(self.now - timedelta(days=4)),
            bank_reference="PO-1",
            now=self.now - timedelta(days=4),
        )

    def paid(self, project: Project | None = None, amount: int = 100_000) -> Request:
        """A request that was paid."""
        request = self.approved(project, amount)
        self.pay(request)
        request.refresh_from_db()
        return request

    def published(
        self, project: Project | None = None, amount: int = 100_000, *, photo: Photo | None = None
    ) -> Request:
        """A request that was paid and proven."""
        request = self.paid(project, amount)
        actions.publish_proof(
            actor=self.the(Role.TREASURER),
            request=request,
            document=document(PDF + b"\n%%EOF\n", "act.pdf"),
            photo=photo,
            note="Twelve lamps burn.",
            now=self.now - timedelta(days=3),
        )
        request.refresh_from_db()
        return request
