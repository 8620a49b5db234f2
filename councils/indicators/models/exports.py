"""Long exports: made once by the worker, kept as files, resumed where a worker died. Published figures only."""

from django.db import models

from common.ids import uuid7
from councils.indicators.states import ExportKind, ExportState


class Export(models.Model):
    """An archive for download. `key` says what it holds, so that the same archive is made once.

    `holds` names each vintage in it with the checkpoint that covered it when it was asked for, so that a part made
    later is the same. `done` of `total` parts are made; the parts lie beside the file until it is whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=ExportKind.choices)
    key = models.CharField(max_length=64, unique=True)
    holds = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to="exports/", blank=True)
    bytes = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
