"""Who asks for payment pages, and how often: for a day, and by keyed marks alone. It stops people who try stolen cards.

It lies in PostgreSQL and not in the cache, because a limit that vanishes with the cache is none. Nothing here may hold
an address, neither of a network nor of a mailbox.
"""

from django.db import models

from common.ids import random_id


class CheckoutTry(models.Model):
    """One sending of the form that was let through to a payment page, under the sending's own key.

    `page` is the form's number: one answered question opens one payment page. `declines` counts refused cards.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    submission_key = models.UUIDField(unique=True)
    page = models.UUIDField()
    network_mark = models.CharField(max_length=32)
    email_mark = models.CharField(max_length=32, blank=True)
    opened_at = models.DateTimeField()
    declines = models.PositiveSmallIntegerField(default=0)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["network_mark", "opened_at"], name="checkout_try_network"),
            models.Index(fields=["email_mark", "opened_at"], name="checkout_try_email"),
            models.Index(fields=["opened_at"], name="checkout_try_opened"),
            models.Index(fields=["page"], name="checkout_try_page"),
        ]
