"""Where a gift, a monthly gift, a refund, a dispute can stand; who gives, by which way, and how tied to the town."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GiftState(TextChoices):
    PENDING = "pending", _("waiting for the payment")
    SUCCEEDED = "succeeded", _("received")
    FAILED = "failed", _("payment failed")
    EXPIRED = "expired", _("not paid in time")


class Standing(TextChoices):
    """What a gift has come to, told from its own state, its refunds and its disputes (rules.standing)."""

    PENDING = "pending", _("waiting for the payment")
    SUCCEEDED = "succeeded", _("received")
    FAILED = "failed", _("payment failed")
    EXPIRED = "expired", _("not paid in time")
    WARNED = "warned", _("received; the bank suspects fraud")
    REFUND_PENDING = "refund_pending", _("being given back")
    REFUNDED_PART = "refunded_part", _("given back in part")
    REFUNDED = "refunded", _("given back")
    REFUND_FAILED = "refund_failed", _("giving back failed")
    DISPUTED = "disputed", _("disputed by the cardholder")
    DISPUTE_WON = "dispute_won", _("dispute decided for the fund")
    DISPUTE_LOST = "dispute_lost", _("dispute lost, money taken back")


class Method(TextChoices):
    CARD = "card", _("Card")
    BANK = "bank", _("Bank transfer")
    KASPI = "kaspi", _("Kaspi")
    CASH = "cash", _("Cash")


class DonorKind(TextChoices):
    PERSON = "person", _("Private person")
    COMPANY = "company", _("Company")


class Origin(TextChoices):
    """What the register of foreign gifts asks (docs/glossary.md: check with a lawyer)."""

    UNSAID = "", _("not said")
    KAZAKHSTAN = "kz", _("Citizen or company of Kazakhstan")
    FOREIGN = "foreign", _("Citizen or company of another country")
    STATELESS = "stateless", _("Without citizenship")


class TieToTown(TextChoices):
    BORN = "born", _("I was born there")
    LIVED = "lived", _("I lived there")
    FAMILY = "family", _("My family is from there")
    OTHER = "other", _("Another tie")


class RefundState(TextChoices):
    PENDING = "pending", _("on its way back")
    SUCCEEDED = "succeeded", _("given back")
    FAILED = "failed", _("came back to the fund")
    CANCELED = "canceled", _("cancelled")


class RefundReason(TextChoices):
    """Why a gift goes back where no treasurer wrote it: what the site itself knows, and what the card service says."""

    OTHER_LINE = "other_line", _("The bank line was another's.")
    BOUNCED = "bounced", _("A debit that did not arrive")
    DUPLICATE = "duplicate", _("Charged twice")
    FRAUDULENT = "fraudulent", _("Not made by the cardholder")
    REQUESTED = "requested_by_customer", _("The giver asked for it")


class DisputeState(TextChoices):
    WARNING = "warning", _("the bank asks")
    OPEN = "open", _("disputed")
    WON = "won", _("decided for the fund")
    LOST = "lost", _("lost")
    AVERTED = "averted", _("ended before it took anything")


class MonthlyState(TextChoices):
    PENDING = "pending", _("waiting for the first payment")
    ACTIVE = "active", _("running")
    PAST_DUE = "past_due", _("the last payment failed")
    PAUSED = "paused", _("paused")
    CANCELLED = "cancelled", _("ended")


class PledgeState(TextChoices):
    OPEN = "open", _("running")
    ENDED = "ended", _("ended")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ScreeningVerdict(TextChoices):
    CLEAR = "clear", _("nothing found")
    HIT = "hit", _("to be looked at by a person")
    CLEARED = "cleared", _("looked at: may be accepted")
    REFUSED = "refused", _("looked at: to be given back")


class MatchReason(TextChoices):
    """Why a line of a bank statement may be what is suggested."""

    CODE = "code", _("the reference code stands in the purpose")
    AMOUNT = "amount", _("the amount is the same")
    NAME = "name", _("the name is the same")
    PROCESSOR = "processor", _("the card processor sent it")
    NEAR = "near", _("the days are close")
    WORDS = "words", _("the bank's own words say so")
    BY_HAND = "by_hand", _("a line of the ledger has this amount and no bank line yet")
    BOX = "box", _("the cash box holds enough")
