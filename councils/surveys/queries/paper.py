"""Reads about paper sheets: which were typed in, which wait for a second typing, how often two typings differ.

Counts of fields only; what stands on a sheet is in its envelope.
"""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from councils.surveys.models import Invitation, PaperEntry, Wave
from councils.surveys.queries.invitations import mark_of
from councils.surveys.states import InvitationKind


@dataclass(frozen=True, slots=True)
class Quality:
    """Sheets typed twice so far, their questions, how many of those differed, and sheets that wait for it."""

    checked: int
    fields: int
    differing: int
    waiting: int

    @property
    def rate(self) -> float | None:
        """Differing fields by fields; None before anything was compared."""
        return self.differing / self.fields if self.fields else None


def sheet_by_code(wave: Wave, code: str) -> Invitation | None:
    """The sheet with this code; None when it is no sheet of this wave."""
    mark = mark_of(wave, code, kind=InvitationKind.SHEET)
    return Invitation.objects.filter(wave=wave, code_mark=mark, kind=InvitationKind.SHEET).first() if mark else None


def entry_of(wave: Wave, sheet: Invitation) -> PaperEntry | None:
    """The typing of a sheet, if there was one."""
    return PaperEntry.objects.filter(wave=wave, sheet=sheet).first()


def quality(wave: Wave) -> Quality:
    """How well sheets are typed. One query."""
    checked = Q(checked_by__isnull=False)
    found = PaperEntry.objects.filter(wave=wave, is_sample=True).aggregate(
        checked=Count("pk", filter=checked),
        waiting=Count("pk", filter=~checked),
        fields=Sum("fields", filter=checked),
        differing=Sum("differing", filter=checked),
    )
    return Quality(**{name: int(number or 0) for name, number in found.items()})
