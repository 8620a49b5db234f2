"""Spending: request, approvals by others, payment, proof. The database books no payment before its approvals exist."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from common.ids import uuid7
from funds.ledger.models import CURRENCY_CHOICES, Transaction
from funds.projects.models import Project
from funds.spending.states import BADGES, ApprovalVerdict, RequestState
from users.models import User


class Request(models.Model):
    """A wish to pay somebody for a project, with the document that shows why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="requests")
    purpose = models.CharField(max_length=200)
    payee_name = models.CharField(max_length=200)
    payee_bin = models.CharField(max_length=12)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, default="KZT")
    document = models.FileField(upload_to="spending/")
    document_name = models.CharField(max_length=120)
    document_type = models.CharField(max_length=60)
    document_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.SUBMITTED)
    approvals_required = models.PositiveSmallIntegerField()
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="request_positive"),
            models.CheckConstraint(condition=Q(approvals_required__gte=2), name="request_never_alone"),
        ]
        indexes = [models.Index(fields=["project", "-submitted_at", "-id"], name="request_of_project")]

    @property
    def undone(self) -> bool:
        """Whether its payment was reversed on the ledger: its money is with the project again, and it is over."""
        paid = self.state in (RequestState.PAID, RequestState.PUBLISHED)
        return paid and hasattr(self.payment.transaction, "reversed_by")

    @property
    def told(self) -> tuple[str, str]:
        """Where it stands in words, and the look of its badge."""
        return (_("payment reversed"), "no") if self.undone else (self.get_state_display(), BADGES[self.state])


class Approval(models.Model):
    """One approver's word on a request. It only grows; the submitter's own is refused by the database."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=ApprovalVerdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "approver"], name="approval_once"),
            models.CheckConstraint(
                condition=Q(verdict=ApprovalVerdict.APPROVE) | ~Q(reason=""), name="approval_refusal_says_why"
            ),
        ]


class Withdrawal(models.Model):
    """A request that was taken back before it was paid, and why. Its reservation ended in the same moment."""

    request = models.OneToOneField(Request, primary_key=True, on_delete=models.PROTECT, related_name="withdrawal")
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField()
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="withdrawal_says_why")]


class Payment(models.Model):
    """A payment that was made, and later its proof: a document and a photo that everybody may see."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="payment")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="payment")
    paid_date = models.DateField()
    bank_reference = models.CharField(max_length=80)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    proof_document = models.FileField(upload_to="proof/", blank=True)
    proof_document_type = models.CharField(max_length=60, blank=True)
    proof_document_sha256 = models.CharField(max_length=64, blank=True)
    proof_photo = models.FileField(upload_to="proof/", blank=True)
    proof_note = models.TextField(max_length=1000, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
