"""Where a spending request can stand, and what an approver can say."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestState(TextChoices):
    SUBMITTED = "submitted", _("waiting for approval")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    PAID = "paid", _("paid")
    PUBLISHED = "published", _("published with proof")


# How a state looks beside its words.
BADGES = {
    "submitted": "wait",
    "approved": "wait",
    "refused": "no",
    "withdrawn": "no",
    "paid": "wait",
    "published": "ok",
}
WITHDRAWABLE = (RequestState.SUBMITTED, RequestState.APPROVED)
OVER = (RequestState.REFUSED, RequestState.WITHDRAWN)  # nothing will be paid on these


class ApprovalVerdict(TextChoices):
    APPROVE = "approve", _("approve")
    REFUSE = "refuse", _("refuse")
