"""What each event of the card service is, in words for whoever looks at the inbox. The raw name stands beside it."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UNKNOWN: Final = _("Unknown here: nobody has read about it yet")

WORDS: Final[Mapping[str, Promise]] = {
    "checkout.session.completed": _("A payment page was finished"),
    "checkout.session.async_payment_succeeded": _("A slow payment has arrived"),
    "checkout.session.async_payment_failed": _("A slow payment did not arrive"),
    "checkout.session.expired": _("A payment page closed unpaid"),
    "payment_intent.created": _("A payment was begun"),
    "payment_intent.succeeded": _("A payment has succeeded"),
    "payment_intent.processing": _("A payment is on its way"),
    "payment_intent.requires_action": _("The giver's bank asks for a confirmation"),
    "payment_intent.payment_failed": _("A card was declined"),
    "payment_intent.canceled": _("A payment was given up"),
    "charge.succeeded": _("A card was charged"),
    "charge.failed": _("A charge failed"),
    "charge.pending": _("A charge is on its way"),
    "charge.updated": _("The fee of a charge is known"),
    "charge.refunded": _("A gift goes back"),
    "charge.refund.updated": _("A gift goes back: something has changed"),
    "refund.created": _("A gift goes back"),
    "refund.updated": _("A gift goes back: something has changed"),
    "refund.failed": _("A gift could not go back"),
    "charge.dispute.created": _("A cardholder disputes a payment"),
    "charge.dispute.updated": _("A dispute: something has changed"),
    "charge.dispute.closed": _("A dispute was decided"),
    "charge.dispute.funds_withdrawn": _("A dispute took money from the card account"),
    "charge.dispute.funds_reinstated": _("Money of a dispute came back"),
    "radar.early_fraud_warning.created": _("A bank suspects fraud"),
    "radar.early_fraud_warning.updated": _("A bank suspects fraud: something has changed"),
    "review.opened": _("Stripe looks at a payment"),
    "review.closed": _("Stripe has looked at a payment"),
    "customer.created": _("A giver is known at Stripe"),
    "customer.updated": _("A giver's facts at Stripe have changed"),
    "customer.subscription.created": _("A monthly gift was begun"),
    "customer.subscription.updated": _("A monthly gift has changed"),
    "customer.subscription.deleted": _("A monthly gift has ended"),
    "customer.subscription.paused": _("A monthly gift is paused"),
    "customer.subscription.resumed": _("A monthly gift goes on"),
    "invoice.created": _("A month's bill was made"),
    "invoice.finalized": _("A month's bill is final"),
    "invoice.updated": _("A month's bill has changed"),
    "invoice.upcoming": _("A month will be charged soon"),
    "invoice.paid": _("A month of a monthly gift is paid"),
    "invoice.payment_succeeded": _("A month of a monthly gift is paid"),
    "invoice_payment.paid": _("A month of a monthly gift is paid"),
    "invoice.payment_failed": _("A month of a monthly gift could not be charged"),
    "invoice.payment_action_required": _("A bank asks the giver to confirm a month"),
    "invoice.voided": _("A month is not charged"),
    "mandate.updated": _("A permission to debit has changed"),
    "setup_intent.succeeded": _("A card was saved for a monthly gift"),
    "payment_method.attached": _("A card was saved for a monthly gift"),
    "payout.created": _("A transfer to the bank was begun"),
    "payout.updated": _("A transfer to the bank has changed"),
    "payout.paid": _("A transfer to the bank has arrived"),
    "payout.failed": _("A transfer to the bank failed"),
    "payout.canceled": _("A transfer to the bank was called off"),
    "payout.reconciliation_completed": _("It is known what a transfer to the bank carries"),
    "balance.available": _("Money on the card account can be transferred"),
    "reserve.hold.created": _("Stripe holds money back"),
    "reserve.release.created": _("Stripe releases money that it held back"),
    "billing_portal.session.created": _("A giver looks at Stripe's own page"),
    "price.created": _("A page of ours named a price"),
    "product.created": _("A page of ours named a gift"),
}


def words_of(event_type: str) -> Promise:
    """What an event of this type is."""
    return WORDS.get(event_type, UNKNOWN)
