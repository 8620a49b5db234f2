"""The inbox of webhook events. An event is a trigger and never the truth: the object is fetched anew."""

from django.db import models

from common.ids import uuid7
from funds.payments.states import EventState


class StripeEvent(models.Model):
    """One delivered event, stored before it is answered. A second delivery of the same id changes nothing.

    `payload` is the event's envelope ({"object", "payment_intent", "created", "api_version"}). What the event tells
    about the donor and the card is not kept: nobody here reads it, and what is not kept need not be erased.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=255, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=EventState.choices, default=EventState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state__in=["received", "failed"]),
                name="stripe_event_waiting",
            )
        ]
