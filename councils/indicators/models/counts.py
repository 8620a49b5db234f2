"""The count of a closed wave: how far it is, and the cube. Nothing here may exist for a wave that is still open."""

from django.db import models

from councils.surveys.models import Wave


class CountRun(models.Model):
    """How far the count of a wave is, and the count cube itself, packed (`rules/packed.py`; it holds the watermark).

    `cube` counts every answer by sex, age and, `with_education`, education: it never leaves the room unprotected.
    `batch` of `batches` are in it. A full recount compares it cell by cell; `drifted` says that they once differed
    (and that the recount won). `note` is a code when the questionnaire has no indicators.
    """

    wave = models.OneToOneField(Wave, on_delete=models.PROTECT, related_name="count_run", primary_key=True)
    cube = models.BinaryField(null=True)
    with_education = models.BooleanField(default=False)
    batch = models.PositiveIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    responses = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=40, blank=True)
    counted_at = models.DateTimeField(null=True)
    recounted_at = models.DateTimeField(null=True)
    drifted = models.BooleanField(default=False)
