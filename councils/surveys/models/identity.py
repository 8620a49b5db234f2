"""Identity side: who may answer a wave, and who has. It knows no moment and no answer, and the answer side knows no id
of it. Never add a moment, a channel or a language here: each would narrow down whose answers are whose.
"""

from django.db import models
from django.db.models import Q

from common.ids import random_id
from councils.surveys.models.waves import Wave
from councils.surveys.states import InvitationKind
from users.models import User


class Invitation(models.Model):
    """A code that lets one person, or one household, answer a wave once: by web, device, helper or paper.

    The database knows a code by `code_mark` alone (HMAC-SHA256 under the wave's key). `user` is set where a signed-in
    person asked for a code of their own, so that paper and web count that person once. `batch` names the printing.
    """

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="codes", db_index=False)
    kind = models.CharField(max_length=10, choices=InvitationKind.choices)
    code_mark = models.CharField(max_length=64)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "code_mark"], name="invitation_code"),
            models.UniqueConstraint(fields=["wave", "user"], name="invitation_of_person"),
        ]


class Participation(models.Model):
    """This person, or the holder of this code, has answered this wave. The constraints keep it to one answer."""

    id = models.UUIDField(primary_key=True, default=random_id, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="participations", db_index=False)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "user"], name="participation_once"),
            models.UniqueConstraint(fields=["wave", "invitation"], name="participation_once_by_code"),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(invitation__isnull=True), name="participation_of_one"
            ),
        ]
