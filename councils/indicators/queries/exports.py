"""Reads for files: one vintage with the checkpoint that covers it, all towns' newest vintages, the state of an export.

Published figures only. Nothing here may depend on who asks or when: the same vintage gives the same file for ever.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.errors import NotFound
from councils.indicators.models import Export, OfficialFigure, Publication
from councils.indicators.queries.publications import WaveResults, published_wave, results_of
from councils.indicators.states import ExportKind, ExportState
from councils.surveys.states import WaveState
from towns.models import Town

MOST_DATASETS = 1000
"""How many waves the site's catalogue lists: the newest ones."""

# The first checkpoint over the entry: it stays the same however the log grows.
_COVERED = (
    "SELECT e.ref, c.size, c.root FROM transparency_topic e JOIN LATERAL (SELECT k.size, k.root"
    " FROM transparency_checkpoint k WHERE k.log_id = e.log_id AND k.size > e.index ORDER BY k.size LIMIT 1) c ON true"
    " WHERE e.kind = 'publication' AND e.ref = ANY(%s)"
)
_SIGNED = (
    "SELECT count(*) FROM indicators_publication p JOIN transparency_topic e ON e.ref = p.id AND e.kind = 'publication'"
    " WHERE {} EXISTS (SELECT 1 FROM transparency_checkpoint c WHERE c.log_id = e.log_id AND c.size > e.index)"
)
_OF_THE_WAVE = (
    "SELECT coalesce(sum(v.number), 0) FROM audit_version v WHERE v.town_slug IN ('', (SELECT t.slug"
    " FROM surveys_wave w JOIN towns_town t ON t.id = w.town_id WHERE w.id = %s))"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """One vintage as files tell it. `checkpoint` is `size:root` (root in base64, as in the log's notes), or "".

    `officials` stand beside the residents' figures as they stood when the vintage was published.
    """

    results: WaveResults
    checkpoint: str
    officials: tuple[OfficialFigure, ...] = ()

    @property
    def number(self) -> int:
        """The number of the vintage, 1 for the first."""
        return self.results.publication.number


def files_version(wave_id: UUID, **_address: object) -> str:
    """What the files of a wave's vintages depend on: writes of its town, and which vintages are signed. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({_OF_THE_WAVE}), ({_SIGNED.format('p.wave_id = %s AND')})", [wave_id, wave_id])
        return "{}.{}".format(*cursor.fetchone())


def site_files_version(**_address: object) -> str:
    """The same for what lists every town. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (SELECT coalesce(sum(number), 0) FROM audit_version), ({_SIGNED.format('')})")  # noqa: S608
        return "{}.{}".format(*cursor.fetchone())


def checkpoints_of(publications: Iterable[UUID]) -> dict[UUID, str]:
    """Of each publication whose entry is signed, the first checkpoint that covers it, as `size:root`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, [list(publications)])
        return {ref: f"{size}:{base64.b64encode(root).decode()}" for ref, size, root in cursor.fetchall()}


def summary_of(*, wave_id: UUID, number: int | None = None, checkpoint: str | None = None) -> Summary:
    """A vintage (the newest one) of a closed wave. `checkpoint` is given by an export that froze it."""
    results = results_of(wave=published_wave(wave_id), number=number)
    if checkpoint is None:
        publication = results.publication.pk
        checkpoint = checkpoints_of([publication]).get(publication, "")
    return Summary(
        results, checkpoint, officials_beside(town=results.wave.town, moment=results.publication.published_at)
    )


def officials_beside(*, town: Town, moment: datetime) -> tuple[OfficialFigure, ...]:
    """Of each indicator the newest year's official figure of a town that stood at a moment. One query.

    What was entered or corrected after a vintage was published belongs to later ones: its files never change.
    """
    rows = OfficialFigure.objects.filter(
        Q(replaced_by__isnull=True) | Q(replaced_by__entered_at__gt=moment),
        town=town,
        entered_at__lte=moment,
    ).order_by("indicator", "year", "entered_at", "id")
    return tuple({row.indicator: row for row in rows}.values())


@dataclass(frozen=True, slots=True)
class Vintage:
    """One vintage to be listed, with what a list says of it."""

    publication: Publication
    checkpoint: str


def newest_vintages(*, of_each_town: bool = False) -> list[Vintage]:
    """The newest vintage of each published wave, or of each town's newest wave; by town, the newest wave first.

    At most `MOST_DATASETS`. Two queries.
    """
    found = (
        Publication.objects.filter(replaced_by__isnull=True, wave__state=WaveState.CLOSED)
        .select_related("wave__town", "wave__questionnaire")
        .order_by("wave__town__slug", "-wave__number")
    )
    if of_each_town:
        found = found.distinct("wave__town__slug")
    rows = list(found[:MOST_DATASETS])
    covered = checkpoints_of([row.pk for row in rows])
    return [Vintage(row, covered.get(row.pk, "")) for row in rows]


def export_by_id(export_id: UUID) -> Export:
    """An archive that somebody asked for; raises NotFound for one that was cleaned up."""
    found = Export.objects.filter(pk=export_id, kind=ExportKind.ALL).first()
    if found is None:
        raise NotFound("no_such_export", _("This archive is not here any more. Ask for a new one."))
    return found


def unfinished_exports(*, limit: int = 10) -> list[UUID]:
    """Archives that are not whole yet, the oldest first: what the sweep has made."""
    rows = Export.objects.filter(state__in=[ExportState.WAITING, ExportState.RUNNING]).order_by("asked_at")
    return list(rows.values_list("pk", flat=True)[:limit])
